//! What makes up a query, field by field: what the planner would drop is refused, what it refuses itself is left to it.

use datafusion::sql::sqlparser::ast::{
    Cte, Distinct, ExprWithAlias, ExprWithAliasAndOrderBy, GroupByExpr, GroupByWithModifier, Join, JoinConstraint, JoinOperator,
    LimitClause, NamedWindowDefinition, NamedWindowExpr, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, PipeOperator, Query, Select,
    SelectFlavor, SelectItem, SetExpr, TableAlias, TableAliasColumnDef, TableFactor, TableWithJoins, WildcardAdditionalOptions, With,
};

use super::{ensure_absent, expressions, refusal};
use crate::engine::spelling::SAMPLE_HINT;
use crate::error::{Error, Result};

pub fn query(query: &Query) -> Result<()> {
    let Query { with, body, order_by, limit_clause, fetch: _, locks, for_clause, settings, format_clause, pipe_operators } = query;
    ensure_absent(&[
        (!locks.is_empty(), "FOR UPDATE"),
        (for_clause.is_some(), "FOR XML/JSON"),
        (settings.is_some(), "SETTINGS"),
        (format_clause.is_some(), "FORMAT"),
    ])?;
    if let Some(with) = with {
        with_clause(with)?;
    }
    if let Some(OrderBy { kind, interpolate }) = order_by {
        ensure_absent(&[
            (interpolate.is_some(), "INTERPOLATE"),
            (matches!(kind, OrderByKind::All(_)) && !matches!(body.as_ref(), SetExpr::Select(_)), "ORDER BY ALL"),
        ])?;
        if let OrderByKind::Expressions(exprs) = kind {
            exprs.iter().try_for_each(order_by_expr)?;
        }
    }
    match limit_clause {
        None | Some(LimitClause::OffsetCommaLimit { offset: _, limit: _ }) => {}
        Some(LimitClause::LimitOffset { limit: _, offset: _, limit_by }) => ensure_absent(&[(!limit_by.is_empty(), "LIMIT BY")])?,
    }
    set_expr(body)?;
    pipe_operators.iter().try_for_each(pipe_operator)
}

fn with_clause(with: &With) -> Result<()> {
    let With { with_token: _, recursive, cte_tables } = with;
    for cte in cte_tables {
        let Cte { alias, query, from, materialized, closing_paren_token: _ } = cte;
        table_alias(Some(alias))?;
        ensure_absent(&[(from.is_some(), "a CTE with FROM"), (materialized.is_some(), "MATERIALIZED")])?;
        // a recursive CTE is planned from the two sides of its UNION alone
        let Query { with, body, order_by, limit_clause, fetch, locks: _, for_clause: _, settings: _, format_clause: _, pipe_operators } =
            query.as_ref();
        if *recursive && matches!(body.as_ref(), SetExpr::SetOperation { .. }) {
            ensure_absent(&[
                (with.is_some(), "WITH inside a recursive CTE"),
                (order_by.is_some(), "ORDER BY of a recursive CTE"),
                (limit_clause.is_some(), "LIMIT of a recursive CTE"),
                (fetch.is_some(), "FETCH of a recursive CTE"),
                (!pipe_operators.is_empty(), "|> in a recursive CTE"),
            ])?;
        }
    }
    Ok(())
}

/// The parts of a body that are no queries of their own.
fn set_expr(body: &SetExpr) -> Result<()> {
    let mut open = vec![body];
    while let Some(body) = open.pop() {
        match body {
            SetExpr::SetOperation { left, right, op: _, set_quantifier: _ } => open.extend([left.as_ref(), right.as_ref()]),
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => {}
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                return Err(refusal("a statement that writes inside a query"));
            }
            SetExpr::Table(_) => return Err(Error::query("`TABLE t` is not supported").hint("write SELECT * FROM t")),
        }
    }
    Ok(())
}

pub fn select(select: &Select) -> Result<()> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        into,
        from,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by,
        cluster_by,
        distribute_by: _,
        sort_by,
        having: _,
        named_window,
        qualify: _,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    match flavor {
        SelectFlavor::Standard | SelectFlavor::FromFirst | SelectFlavor::FromFirstNoSelect => {}
    }
    if projection.is_empty() {
        return Err(Error::query("`SELECT` names no columns").hint("write SELECT * FROM ..., or FROM ... alone"));
    }
    match distinct {
        None | Some(Distinct::All | Distinct::Distinct | Distinct::On(_)) => {}
    }
    ensure_absent(&[
        (!optimizer_hints.is_empty(), "/*+ hint */"),
        (select_modifiers.is_some(), "SELECT modifier"),
        (top.is_some(), "TOP"),
        (exclude.is_some(), "SELECT ... EXCLUDE"),
        (prewhere.is_some(), "PREWHERE"),
        (!lateral_views.is_empty(), "LATERAL VIEW"),
        (!connect_by.is_empty(), "CONNECT BY"),
        (!cluster_by.is_empty(), "CLUSTER BY"),
        (!sort_by.is_empty(), "SORT BY"),
        (value_table_mode.is_some(), "AS STRUCT/VALUE"),
        (into.is_some(), "SELECT INTO"),
    ])?;
    projection.iter().try_for_each(select_item)?;
    from.iter().try_for_each(table_with_joins)?;
    let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
    if let Some(modifier) = modifiers.first() {
        return Err(match modifier {
            GroupByWithModifier::Rollup => refusal("WITH ROLLUP").hint("write GROUP BY ROLLUP (a, b)"),
            GroupByWithModifier::Cube => refusal("WITH CUBE").hint("write GROUP BY CUBE (a, b)"),
            GroupByWithModifier::Totals => refusal("WITH TOTALS").hint("write GROUP BY ROLLUP (a, b)"),
            GroupByWithModifier::GroupingSets(_) => {
                refusal("GROUPING SETS behind the list").hint("write GROUP BY GROUPING SETS ((a), (b)) alone")
            }
        });
    }
    for NamedWindowDefinition(_, window) in named_window {
        match window {
            NamedWindowExpr::NamedWindow(_) => {}
            NamedWindowExpr::WindowSpec(spec) => expressions::window(spec)?,
        }
    }
    Ok(())
}

fn select_item(item: &SelectItem) -> Result<()> {
    match item {
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { expr: _, alias: _ } => Ok(()),
        SelectItem::ExprWithAliases { expr: _, aliases: _ } => Err(refusal("several names for one column")),
        SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
            let WildcardAdditionalOptions {
                wildcard_token: _,
                opt_ilike,
                opt_exclude: _,
                opt_except: _,
                opt_replace: _,
                opt_rename,
                opt_alias,
            } = options;
            ensure_absent(&[(opt_ilike.is_some(), "* ILIKE"), (opt_rename.is_some(), "* RENAME"), (opt_alias.is_some(), "a name for *")])
        }
    }
}

fn table_with_joins(from: &TableWithJoins) -> Result<()> {
    let TableWithJoins { relation: _, joins } = from;
    joins.iter().try_for_each(join)
}

fn join(join: &Join) -> Result<()> {
    let Join { relation: _, global, join_operator } = join;
    ensure_absent(&[(*global, "GLOBAL JOIN")])?;
    match join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::RightSemi(constraint)
        | JoinOperator::LeftAnti(constraint)
        | JoinOperator::RightAnti(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::AsOf { match_condition: _, constraint } => match constraint {
            JoinConstraint::On(_) | JoinConstraint::Using(_) | JoinConstraint::Natural | JoinConstraint::None => Ok(()),
        },
        JoinOperator::Semi(_) => Err(refusal("SEMI JOIN").hint("write LEFT SEMI JOIN")),
        JoinOperator::Anti(_) => Err(refusal("ANTI JOIN").hint("write LEFT ANTI JOIN")),
        JoinOperator::CrossApply => Err(refusal("CROSS APPLY").hint("write CROSS JOIN LATERAL (...)")),
        JoinOperator::OuterApply => Err(refusal("OUTER APPLY").hint("write LEFT JOIN LATERAL (...) ON true")),
        JoinOperator::StraightJoin(_) => Err(refusal("STRAIGHT_JOIN").hint("write JOIN")),
        JoinOperator::ArrayJoin | JoinOperator::LeftArrayJoin | JoinOperator::InnerArrayJoin => {
            Err(refusal("ARRAY JOIN").hint("write CROSS JOIN UNNEST(...)"))
        }
    }
}

fn table_alias(alias: Option<&TableAlias>) -> Result<()> {
    let Some(TableAlias { explicit: _, name: _, columns, at }) = alias else { return Ok(()) };
    ensure_absent(&[(at.is_some(), "AT behind a name")])?;
    let has_type = columns.iter().any(|TableAliasColumnDef { name: _, data_type }| data_type.is_some());
    ensure_absent(&[(has_type, "a type in a list of columns")])
}

pub fn table_factor(factor: &TableFactor) -> Result<()> {
    match factor {
        // their other clauses are taken apart where they are planned
        TableFactor::Table {
            name: _,
            alias,
            args: _,
            with_hints: _,
            version: _,
            with_ordinality: _,
            partitions: _,
            json_path: _,
            sample: _,
            index_hints: _,
        }
        | TableFactor::Function { lateral: _, name: _, args: _, with_ordinality: _, alias }
        | TableFactor::Pivot { table: _, aggregate_functions: _, value_column: _, value_source: _, default_on_null: _, alias }
        | TableFactor::Unpivot { table: _, value: _, name: _, columns: _, null_inclusion: _, alias } => table_alias(alias.as_ref()),
        TableFactor::Derived { lateral: _, subquery: _, alias, sample } => {
            if sample.is_some() {
                return Err(refusal("TABLESAMPLE").hint(SAMPLE_HINT));
            }
            table_alias(alias.as_ref())
        }
        TableFactor::UNNEST { alias, array_exprs: _, with_offset, with_offset_alias, with_ordinality } => {
            ensure_absent(&[(*with_offset || with_offset_alias.is_some(), "WITH OFFSET"), (*with_ordinality, "WITH ORDINALITY")])?;
            table_alias(alias.as_ref())
        }
        TableFactor::NestedJoin { table_with_joins: from, alias } => {
            table_with_joins(from)?;
            table_alias(alias.as_ref())
        }
        TableFactor::TableFunction { expr: _, alias: _ } => Err(refusal("TABLE(...)").hint("write FROM f(...)")),
        TableFactor::JsonTable { json_expr: _, json_path: _, columns: _, alias: _ } => Err(refusal("JSON_TABLE")),
        TableFactor::OpenJsonTable { json_expr: _, json_path: _, columns: _, alias: _ } => Err(refusal("OPENJSON")),
        TableFactor::MatchRecognize {
            table: _,
            partition_by: _,
            order_by: _,
            measures: _,
            rows_per_match: _,
            after_match_skip: _,
            pattern: _,
            symbols: _,
            alias: _,
        } => Err(refusal("MATCH_RECOGNIZE")),
        TableFactor::XmlTable { namespaces: _, row_expression: _, passing: _, columns: _, alias: _ } => Err(refusal("XMLTABLE")),
        TableFactor::SemanticView { name: _, dimensions: _, metrics: _, facts: _, where_clause: _, alias: _ } => {
            Err(refusal("SEMANTIC_VIEW"))
        }
    }
}

pub fn order_by_expr(order: &OrderByExpr) -> Result<()> {
    let OrderByExpr { expr: _, options: OrderByOptions { asc: _, nulls_first: _ }, with_fill } = order;
    ensure_absent(&[(with_fill.is_some(), "WITH FILL")])
}

fn pipe_operator(operator: &PipeOperator) -> Result<()> {
    match operator {
        PipeOperator::Limit { expr: _, offset: _ } | PipeOperator::Where { expr: _ } | PipeOperator::As { alias: _ } => Ok(()),
        PipeOperator::OrderBy { exprs } => exprs.iter().try_for_each(order_by_expr),
        PipeOperator::Select { exprs } | PipeOperator::Extend { exprs } => exprs.iter().try_for_each(select_item),
        PipeOperator::Union { set_quantifier: _, queries: _ }
        | PipeOperator::Intersect { set_quantifier: _, queries: _ }
        | PipeOperator::Except { set_quantifier: _, queries: _ } => Ok(()),
        PipeOperator::Aggregate { full_table_exprs, group_by_expr } => {
            let sorts = |item: &ExprWithAliasAndOrderBy| {
                let ExprWithAliasAndOrderBy { expr: ExprWithAlias { expr: _, alias: _ }, order_by: OrderByOptions { asc, nulls_first } } =
                    item;
                asc.is_some() || nulls_first.is_some()
            };
            let is_sorted = full_table_exprs.iter().chain(group_by_expr).any(sorts);
            if is_sorted {
                return Err(refusal("an order in |> AGGREGATE").hint("write |> ORDER BY behind it"));
            }
            Ok(())
        }
        PipeOperator::Join(inner) => join(inner),
        PipeOperator::TableSample { sample: _ } => Err(refusal("TABLESAMPLE").hint(SAMPLE_HINT)),
        // the planner says that it does not know them
        PipeOperator::Set { assignments: _ }
        | PipeOperator::Drop { columns: _ }
        | PipeOperator::Rename { mappings: _ }
        | PipeOperator::Call { function: _, alias: _ }
        | PipeOperator::Pivot { aggregate_functions: _, value_column: _, value_source: _, alias: _ }
        | PipeOperator::Unpivot { value_column: _, name_column: _, unpivot_columns: _, alias: _ } => Ok(()),
    }
}
