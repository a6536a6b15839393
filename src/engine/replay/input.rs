//! The vintages that a call replays: the `_vintages` face of its relation, planned as any query would plan it, cut to the series asked for
//! and to the columns that are looked at.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, LogicalPlanBuilder, cast, col, lit};

use super::call::{Call, Measure};
use super::node::ReplayNode;
use crate::engine::face::Face;
use crate::engine::predicates::may_go_below;
use crate::engine::relations::Relations;
use crate::engine::scan::KnownTable;
use crate::engine::{flow, views};
use crate::error::Error;
use crate::tables;

/// Plans a call; the relation is called as the function is.
///
/// # Errors
/// There is no such relation, it has no series, or no series of a name asked for can be in it.
pub fn plan(call: Call, planner: &Relations) -> Result<LogicalPlan> {
    let name = format!("{}{}", call.relation, Face::Vintages.suffix());
    if !views::lake_names().chain(planner.core.session_names(planner.context.clock)).any(|known| known == name) {
        return Err(no_relation(&call.relation).into());
    }
    if call.relation == "flow_data"
        && let Some(error) = call.ids.iter().find_map(|id| flow::missing(&planner.context.config, id))
    {
        return Err(error.into());
    }
    let vintages = vintages(&name, &call, planner)?;
    let schema = vintages.schema().clone();
    let column = |name: &str| column(&schema, name).ok_or_else(|| no_column(&call, name));
    let mut shown = if has_source(&schema) { vec![column("source")?.alias("source")] } else { Vec::new() };
    shown.extend([
        cast(column("series_id")?, DataType::Utf8).alias("series_id"),
        column("as_of")?.alias("as_of"),
        cast(column("value")?, DataType::Float64).alias("value"),
        column("available_at")?.alias("available_at"),
    ]);
    if call.measure == Measure::FirstRelease {
        shown.extend([column("availability")?.alias("availability"), column("backcast")?.alias("backcast")]);
    }
    let function = call.function;
    let node = ReplayNode::new(vintages.project(shown)?.build()?, Arc::new(call))?;
    LogicalPlanBuilder::from(LogicalPlan::Extension(Extension { node: Arc::new(node) })).alias(function)?.build()
}

/// The vintages of the series asked for.
fn vintages(name: &str, call: &Call, planner: &Relations) -> Result<LogicalPlanBuilder> {
    if let Some(table) = tables::find(&call.relation) {
        let asked = asked(call, col("series_id"), col("source"));
        if asked.iter().all(|filter| may_go_below(filter, table, Face::Vintages)) {
            // the scan applies all of it, so no filter above has to read every row again; a scan is told from others by its name
            let own_name = asked.iter().fold(name.to_string(), |name, filter| format!("{name} of {filter}"));
            let source = provider_as_source(Arc::new(KnownTable::new(table, Face::Vintages)));
            return LogicalPlanBuilder::scan_with_filters(TableReference::bare(own_name), source, None, asked)?.alias(name);
        }
    }
    let text = format!("SELECT * FROM \"{}\"", name.replace('"', "\"\""));
    let all = LogicalPlanBuilder::from(planner.plan_text(&text, None)?);
    let column = |name: &str| column(all.schema(), name).ok_or_else(|| no_column(call, name));
    let source = if call.source.is_some() { column("source")? } else { lit(true) };
    // what is not dated, or was never known, is no vintage
    let needed = ["series_id", "as_of", "available_at"].map(column).into_iter().collect::<Result<Vec<_>, _>>()?;
    let present = needed.into_iter().map(Expr::is_not_null);
    match conjunction(asked(call, column("series_id")?, source).into_iter().chain(present)) {
        Some(filter) => all.filter(filter),
        None => Ok(all),
    }
}

/// Predicates that only the series asked for pass.
fn asked(call: &Call, series_id: Expr, source: Expr) -> Vec<Expr> {
    let ids = match &call.ids[..] {
        [] => None,
        [one] => Some(series_id.clone().eq(lit(one.clone()))),
        many => Some(series_id.clone().in_list(many.iter().map(|id| lit(id.clone())).collect(), false)),
    };
    let like = |pattern: &String| Expr::Like(Like::new(false, Box::new(series_id.clone()), Box::new(lit(pattern.clone())), None, false));
    let of_series = ids.into_iter().chain(call.patterns.iter().map(like)).reduce(Expr::or);
    of_series.into_iter().chain(call.source.as_ref().map(|name| source.eq(lit(name.clone())))).collect()
}

fn has_source(schema: &DFSchema) -> bool {
    schema.has_column_with_unqualified_name("source")
}

fn column(schema: &DFSchema, name: &str) -> Option<Expr> {
    let (qualifier, field) = schema.qualified_fields_with_unqualified_name(name).into_iter().next()?;
    Some(Expr::Column(Column::new(qualifier.cloned(), field.name())))
}

fn no_relation(name: &str) -> Error {
    let error = Error::query(format!("there are no vintages of a table `{name}`"));
    let known: Vec<String> = views::lake_names().filter(|known| Face::of_name(known).1 == Face::Latest).collect();
    match crate::config::closest(name, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`macro_series` and `flow_data` hold series; a view `x_vintages` of your own is called `x` here"),
    }
}

fn no_column(call: &Call, column: &str) -> Error {
    if column == "source" {
        return Error::query(format!("`{}` has no column `source` to choose by", call.relation)).hint("leave `source` away");
    }
    Error::query(format!("`{}` has no column `{column}`, so `{}` finds no series in it", call.relation, call.function)).hint(
        "`macro_series` and `flow_data` hold series; a view of your own, named `x_vintages`, needs series_id, as_of, value and available_at",
    )
}
