//! Which values become columns where a PIVOT does not name them: asked of the same relation before the statement is planned, in the statement's
//! own context. The clock, the settings and the table versions are the statement's, so a value that is not known becomes no column.
//!
//! What was found is written into the syntax tree as `IN (VALUES ('a'), ...)`, which the planner of the clause takes for found.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::physical_plan::execute_stream;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Cte, Expr, GroupByExpr, OrderByKind, Parens, PivotValueSource, Query, SelectItem, SetExpr, Statement as Sql, TableFactor, Value,
    Values, VisitorMut, With,
};
use futures::TryStreamExt;

use super::MAX_COLUMNS;
use crate::engine::catalogue::Scope;
use crate::engine::{fault, honoured, interrupt, parse, system_time};
use crate::error::{Error, Result};

/// Finds the values of every PIVOT of a statement that does not name them.
///
/// # Errors
/// The relation or the column of a PIVOT cannot be read, or has more values than a table may have columns.
pub async fn find(scope: &Scope, statement: &mut Statement) -> Result<()> {
    while let Some(asked) = first_unknown(statement) {
        let checked = honoured::check(statement, scope.core.kinds())?;
        let values = Box::pin(values_of(&scope.below(&checked), asked)).await?;
        let mut fill = Fill(Some(values));
        let _ = parse::visit(statement, &mut fill);
    }
    Ok(())
}

/// What is to be found out for one PIVOT.
struct Asked {
    query: Box<Query>,
    what: String,
}

async fn values_of(scope: &Scope, asked: Asked) -> Result<Vec<String>> {
    let context = Arc::new(scope.context.aside());
    let state = scope.core.scoped_state(scope.in_context(context.clone()));
    let mut statement = Statement::Statement(Box::new(Sql::Query(asked.query)));
    system_time::into_names(&mut statement, &state, &context)?;
    let plan = interrupt::logical(&state, statement).await?;
    if plan.schema().fields().len() != 1 {
        return Err(Error::query(format!("the values of `PIVOT` are one column, not {}", plan.schema().fields().len()))
            .hint("select the column whose values become columns"));
    }
    let physical = interrupt::physical(&state, plan).await?;
    let mut rows = execute_stream(physical, state.task_ctx()).map_err(fault::explain)?;
    let mut values: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut has_null = false;
    while let Some(batch) = rows.try_next().await.map_err(fault::explain)? {
        for value in texts(&batch).map_err(fault::explain)? {
            match value {
                None => has_null = true,
                Some(value) if seen.insert(value.clone()) => values.push(value),
                Some(_) => {}
            }
        }
        if values.len() > MAX_COLUMNS {
            return Err(too_many(&asked.what));
        }
    }
    if has_null {
        context.notes.add(format!("rows whose `{}` is NULL are in no column of `PIVOT`", asked.what));
    }
    if values.is_empty() {
        context.notes.add(format!("`PIVOT` has no columns of values: nothing that is known has a `{}`", asked.what));
    }
    Ok(values)
}

/// More values than columns that a person can look at.
pub fn too_many(what: &str) -> Error {
    Error::query(format!("`{what}` has more than {MAX_COLUMNS} values, each of which would be a column"))
        .hint("name those that you want, IN ('a', 'b'), or filter the relation in a subquery")
}

/// The texts of a column, as they read back.
fn texts(batch: &RecordBatch) -> datafusion::error::Result<Vec<Option<String>>> {
    let column = batch.column(0);
    let formatter = ArrayFormatter::try_new(column, &FormatOptions::default())?;
    let is_instant = matches!(column.data_type(), DataType::Timestamp(..));
    let text = |row: usize| {
        let text = formatter.value(row).to_string();
        if is_instant { text.replacen('T', " ", 1) } else { text }
    };
    Ok((0..column.len()).map(|row| column.is_valid(row).then(|| text(row))).collect())
}

fn is_unknown(source: &PivotValueSource) -> bool {
    match source {
        PivotValueSource::Any(_) => true,
        PivotValueSource::Subquery(query) => super::found(query).is_none(),
        PivotValueSource::List(_) => false,
    }
}

/// The query that answers for the first PIVOT, from the inside out, whose values are not known.
fn first_unknown(statement: &mut Statement) -> Option<Asked> {
    let mut search = Search::default();
    let _ = parse::visit(statement, &mut search);
    search.found
}

/// The CTEs of a query, and how many of them stand before the place that is being looked at.
struct Frame {
    ctes: Vec<Cte>,
    is_recursive: bool,
    /// Where their queries lie, to know them again.
    places: Vec<*const Query>,
    n_before: usize,
}

#[derive(Default)]
struct Search {
    frames: Vec<Frame>,
    found: Option<Asked>,
}

impl VisitorMut for Search {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let with = query.with.as_ref();
        self.frames.push(Frame {
            ctes: with.map_or_else(Vec::new, |with| with.cte_tables.clone()),
            is_recursive: with.is_some_and(|with| with.recursive),
            places: with.map_or_else(Vec::new, |with| with.cte_tables.iter().map(|cte| std::ptr::from_ref(cte.query.as_ref())).collect()),
            n_before: 0,
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.frames.pop();
        if let Some(around) = self.frames.last_mut()
            && around.places.get(around.n_before).is_some_and(|&place| std::ptr::eq(place, query))
        {
            around.n_before += 1;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Pivot { table, value_column, value_source, .. } = factor else { return ControlFlow::Continue(()) };
        let [key] = value_column.as_slice() else { return ControlFlow::Continue(()) };
        if !is_unknown(value_source) {
            return ControlFlow::Continue(());
        }
        let query = match value_source {
            PivotValueSource::Subquery(query) => query.clone(),
            _ => every_value(table, key, value_source),
        };
        self.found = Some(Asked { query: within(query, &self.frames), what: super::shown(key) });
        ControlFlow::Break(())
    }
}

/// `SELECT key FROM table GROUP BY key ORDER BY key` with one value more than may be.
fn every_value(table: &TableFactor, key: &Expr, source: &PivotValueSource) -> Box<Query> {
    let text = format!("SELECT k AS value FROM t GROUP BY k ORDER BY k LIMIT {}", MAX_COLUMNS + 2);
    let parsed = parse::statement(&text);
    let Ok(Some(Statement::Statement(sql))) = parsed else { unreachable!("our own text is a statement") };
    let Sql::Query(mut query) = *sql else { unreachable!("our own text is a query") };
    if let SetExpr::Select(select) = query.body.as_mut() {
        if let Some(SelectItem::ExprWithAlias { expr, .. }) = select.projection.first_mut() {
            *expr = key.clone();
        }
        if let GroupByExpr::Expressions(by, _) = &mut select.group_by {
            *by = vec![key.clone()];
        }
        if let Some(from) = select.from.first_mut() {
            from.relation = table.clone();
        }
    }
    if let Some(order) = &mut query.order_by
        && let OrderByKind::Expressions(by) = &mut order.kind
    {
        match source {
            PivotValueSource::Any(given) if !given.is_empty() => by.clone_from(given),
            _ => by.iter_mut().for_each(|by| by.expr = key.clone()),
        }
    }
    query
}

/// A query inside the CTEs that can be seen from where it stands.
fn within(mut query: Box<Query>, frames: &[Frame]) -> Box<Query> {
    for frame in frames.iter().rev().filter(|frame| frame.n_before > 0) {
        let with = With {
            with_token: datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            recursive: frame.is_recursive,
            cte_tables: frame.ctes[..frame.n_before].to_vec(),
        };
        let mut outer = query.clone();
        *outer.body = SetExpr::Query(query);
        outer.with = Some(with);
        outer.order_by = None;
        outer.limit_clause = None;
        outer.fetch = None;
        query = outer;
    }
    query
}

/// Writes values into the first PIVOT, from the inside out, that has none.
struct Fill(Option<Vec<String>>);

impl VisitorMut for Fill {
    type Break = ();
    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Pivot { value_column, value_source, .. } = factor else { return ControlFlow::Continue(()) };
        if value_column.len() != 1 || !is_unknown(value_source) {
            return ControlFlow::Continue(());
        }
        if let Some(values) = self.0.take() {
            *value_source = PivotValueSource::Subquery(rows_of(values));
        }
        ControlFlow::Break(())
    }
}

fn rows_of(values: Vec<String>) -> Box<Query> {
    let parsed = parse::statement("VALUES (1)");
    let Ok(Some(Statement::Statement(sql))) = parsed else { unreachable!("our own text is a statement") };
    let Sql::Query(mut query) = *sql else { unreachable!("our own text is a query") };
    let rows = values.into_iter().map(|value| Parens::with_empty_span(vec![Expr::value(Value::SingleQuotedString(value))])).collect();
    *query.body = SetExpr::Values(Values { explicit_row: false, value_keyword: false, rows });
    query
}
