//! What is wrong with a clause before it is planned, put right on the syntax tree: a time zone becomes a function, INTERSECT ALL and EXCEPT ALL
//! a relation of ours, and an outer join with USING stands in parentheses, where there is a hook for it. Pure.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    self, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, JoinConstraint, JoinOperator,
    ObjectName, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier, TableAlias, TableFactor, TableWithJoins, VisitorMut,
};

use super::{multisets, using, zones};
use crate::engine::parse;

/// Rewrites a statement in place.
pub fn rewrite(statement: &mut Statement) {
    let _ = parse::visit(statement, &mut Rewrite::default());
}

#[derive(Default)]
struct Rewrite {
    /// Joins with USING that have their parentheses: what is further in has the larger number.
    n_joins: usize,
}

impl VisitorMut for Rewrite {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        by_places(query);
        told_apart(&mut query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        select.projection.iter_mut().for_each(named);
        for from in &mut select.from {
            from.joins.iter_mut().for_each(|join| left_of_two(&mut join.join_operator));
        }
        let merged = match select.from.as_mut_slice() {
            [from] => self.in_parentheses(from),
            several => {
                several.iter_mut().for_each(|from| drop(self.in_parentheses(from)));
                Vec::new()
            }
        };
        if let Some(condition) = &mut select.selection {
            qualify(condition, &merged);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::NestedJoin { table_with_joins, alias } = factor
            && !alias.as_ref().is_some_and(|alias| using::is_qualifier(&alias.name.value))
        {
            table_with_joins.joins.iter_mut().for_each(|join| left_of_two(&mut join.join_operator));
            self.in_parentheses(table_with_joins);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::AtTimeZone { timestamp, time_zone } = expr {
            let (timestamp, zone) = (std::mem::replace(timestamp.as_mut(), nothing()), std::mem::replace(time_zone.as_mut(), nothing()));
            *expr = call(zones::NAME, vec![timestamp, zone]);
        }
        // DataFusion makes a name of the column's, and takes it apart again at a point in it
        if let Expr::InSubquery { subquery, .. } = expr
            && let SetExpr::Select(select) = subquery.body.as_mut()
            && let [item] = select.projection.as_mut_slice()
            && let SelectItem::UnnamedExpr(value) = item
            && !matches!(value, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            let value = std::mem::replace(value, nothing());
            *item = SelectItem::ExprWithAlias { expr: value, alias: Ident::new("value") };
        }
        ControlFlow::Continue(())
    }
}

/// `ORDER BY ALL` is by the place of each column: DataFusion takes the clause for plain columns alone. Behind a `*` their number is not known
/// yet, and they are plain.
fn by_places(query: &mut Query) {
    fn width(body: &SetExpr) -> Option<usize> {
        match body {
            SetExpr::Select(select) => {
                let is_wildcard = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
                (!select.projection.iter().any(is_wildcard)).then_some(select.projection.len())
            }
            SetExpr::SetOperation { left, .. } => width(left),
            SetExpr::Query(query) => width(&query.body),
            _ => None,
        }
    }
    let Some(n) = width(&query.body) else { return };
    if let Some(ast::OrderBy { kind, .. }) = &mut query.order_by
        && let ast::OrderByKind::All(options) = kind
    {
        let place = |at: usize| ast::OrderByExpr {
            expr: Expr::value(ast::Value::Number(at.to_string(), false)),
            options: *options,
            with_fill: None,
        };
        *kind = ast::OrderByKind::Expressions((1..=n).map(place).collect());
    }
}

/// `SEMI JOIN` keeps rows of the left side, as elsewhere.
fn left_of_two(operator: &mut JoinOperator) {
    *operator = match std::mem::replace(operator, JoinOperator::CrossJoin(JoinConstraint::None)) {
        JoinOperator::Semi(constraint) => JoinOperator::LeftSemi(constraint),
        JoinOperator::Anti(constraint) => JoinOperator::LeftAnti(constraint),
        other => other,
    };
}

/// Names in a WHERE that are those of USING get a qualifier: DataFusion finds them everywhere but there. What a subquery names is its own.
fn qualify(condition: &mut Expr, merged: &[(String, Ident)]) {
    struct Qualify<'a> {
        merged: &'a [(String, Ident)],
        depth: usize,
    }
    impl VisitorMut for Qualify<'_> {
        type Break = ();
        fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            if self.depth == 0
                && let Expr::Identifier(name) = expr
                && let Some((_, qualifier)) = self.merged.iter().rev().find(|(merged, _)| *merged == folded(name))
            {
                *expr = Expr::CompoundIdentifier(vec![qualifier.clone(), name.clone()]);
            }
            ControlFlow::Continue(())
        }
    }
    if !merged.is_empty() {
        let _ = ast::VisitMut::visit(condition, &mut Qualify { merged, depth: 0 });
    }
}

/// A name as the planner takes it.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

pub fn nothing() -> Expr {
    Expr::value(ast::Value::Null)
}

pub fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: vec![] }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}

/// A column whose expression is rewritten is called as it was written.
fn named(item: &mut SelectItem) {
    let SelectItem::UnnamedExpr(expr) = item else { return };
    let is_rewritten = ast::visit_expressions(expr, |part| match part {
        // two subqueries have one name in DataFusion
        Expr::AtTimeZone { .. } | Expr::Subquery(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    if is_rewritten.is_break() {
        let alias = Ident::with_quote('"', expr.to_string());
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
    }
}

/// `a INTERSECT ALL b` as `SELECT * FROM "intersect all"((a), (b))`, which a relation of ours answers.
fn told_apart(body: &mut SetExpr) {
    let SetExpr::SetOperation { op, set_quantifier, left, right } = body else { return };
    told_apart(left);
    told_apart(right);
    let name = match (op, set_quantifier) {
        (SetOperator::Intersect, SetQuantifier::All) => multisets::INTERSECT,
        (SetOperator::Except | SetOperator::Minus, SetQuantifier::All) => multisets::EXCEPT,
        _ => return,
    };
    called(left);
    let side = |side: &mut SetExpr| {
        let side = std::mem::replace(side, SetExpr::Values(ast::Values { explicit_row: false, value_keyword: false, rows: vec![] }));
        let query = match side {
            SetExpr::Query(query) => query,
            side => Box::new(query_of(side)),
        };
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(query)))
    };
    let args = vec![side(left), side(right)];
    let relation = TableFactor::Table {
        name: ObjectName::from(vec![Ident::with_quote('"', name)]),
        alias: None,
        args: Some(ast::TableFunctionArgs { args, settings: None }),
        with_hints: vec![],
        version: None,
        with_ordinality: false,
        partitions: vec![],
        json_path: None,
        sample: None,
        index_hints: vec![],
    };
    // what a SELECT has beside its parts is whatever an empty one has
    if let Ok(Some(Statement::Statement(template))) = parse::statement("SELECT * FROM t")
        && let ast::Statement::Query(query) = *template
        && let SetExpr::Select(mut select) = *query.body
    {
        select.from = vec![TableWithJoins { relation, joins: vec![] }];
        *body = SetExpr::Select(select);
    }
}

/// The columns of a set operation are called as its first part wrote them.
fn called(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => {
            for item in &mut select.projection {
                if let SelectItem::UnnamedExpr(expr) = item
                    && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
                {
                    let alias = Ident::with_quote('"', expr.to_string());
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                }
            }
        }
        SetExpr::SetOperation { left, .. } => called(left),
        SetExpr::Query(query) => called(&mut query.body),
        _ => {}
    }
}

fn query_of(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: vec![],
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: vec![],
    }
}

/// Whether a join is one whose columns of USING may be missing on a side.
pub fn is_outer_using(join: &ast::Join) -> bool {
    let constraint = match &join.join_operator {
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => constraint,
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) | JoinOperator::FullOuter(constraint) => constraint,
        _ => return false,
    };
    let is_lateral = match &join.relation {
        TableFactor::Derived { lateral, .. } | TableFactor::Function { lateral, .. } => *lateral,
        TableFactor::UNNEST { .. } => true,
        _ => false,
    };
    matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural) && !is_lateral
}

impl Rewrite {
    /// Puts every such join into parentheses of its own, with what stands to its left. Gives back the names of all USING, and what qualifies them.
    fn in_parentheses(&mut self, from: &mut TableWithJoins) -> Vec<(String, Ident)> {
        let n_outer = from.joins.iter().filter(|join| is_outer_using(join)).count();
        let first = self.n_joins;
        self.n_joins += n_outer;
        let mut merged = Vec::new();
        let mut nth = 0;
        for join in &from.joins {
            let is_outer = is_outer_using(join);
            nth += usize::from(is_outer);
            let qualifier = match &join.relation {
                _ if is_outer => Some(using::qualifier(first + n_outer - nth)),
                TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => Some(alias.name.clone()),
                TableFactor::Table { name, .. } => name.0.last().and_then(|part| part.as_ident()).cloned(),
                _ => None,
            };
            if let (Some(JoinConstraint::Using(names)), Some(qualifier)) = (constraint(&join.join_operator), qualifier) {
                let names = names.iter().filter_map(|name| Some(folded(name.0.last()?.as_ident()?)));
                merged.extend(names.map(|name| (name, qualifier.clone())));
            }
        }
        let mut nth = 0;
        while let Some(at) = from.joins.iter().position(is_outer_using) {
            nth += 1;
            let after = from.joins.split_off(at + 1);
            let own = from.joins.split_off(at);
            let left = std::mem::replace(from, TableWithJoins { relation: placeholder(), joins: after });
            let relation = if left.joins.is_empty() { left.relation } else { nested(left, None) };
            from.relation = nested(TableWithJoins { relation, joins: own }, Some(using::qualifier(first + n_outer - nth)));
        }
        merged
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

/// The name is no alias of the rows: it is taken up where the join is planned.
fn nested(table_with_joins: TableWithJoins, name: Option<Ident>) -> TableFactor {
    let alias = name.map(|name| TableAlias { explicit: true, name, columns: vec![], at: None });
    TableFactor::NestedJoin { table_with_joins: Box::new(table_with_joins), alias }
}

/// Stands for a relation while it is moved.
fn placeholder() -> TableFactor {
    TableFactor::UNNEST { alias: None, array_exprs: vec![], with_offset: false, with_offset_alias: None, with_ordinality: false }
}
