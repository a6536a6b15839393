//! The vintages that a call replays: the `_vintages` face of its relation, planned as any query would plan it, cut to the series asked for
//! and to the columns that are looked at.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::error::Result;
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, LogicalPlanBuilder, cast, lit};

use super::call::{Call, Measure};
use super::node::ReplayNode;
use crate::engine::face::Face;
use crate::engine::relations::Relations;
use crate::engine::{flow, views};
use crate::error::Error;

/// Plans a call; the relation is called as the function is.
///
/// # Errors
/// There is no such relation, it has no series, or no series of a name asked for can be in it.
pub fn plan(call: Call, planner: &Relations) -> Result<LogicalPlan> {
    let name = format!("{}{}", call.relation, Face::Vintages.suffix());
    if !views::lake_names().chain(planner.core.session_names()).any(|known| known == name) {
        return Err(no_relation(&call.relation).into());
    }
    let vintages = planner.core.plan_text_now(&format!("SELECT * FROM \"{}\"", name.replace('"', "\"\"")), planner.context.clone())?;
    if call.relation == "flow_data"
        && let Some(error) = call.ids.iter().find_map(|id| flow::missing(&planner.context.config, id))
    {
        return Err(error.into());
    }
    let has_source = vintages.schema().has_column_with_unqualified_name("source");
    if call.source.is_some() && !has_source {
        return Err(Error::query(format!("`{}` has no column `source` to choose by", call.relation)).into());
    }
    let column = |name: &str| -> Result<Expr> {
        match vintages.schema().qualified_fields_with_unqualified_name(name).first() {
            Some((qualifier, field)) => Ok(Expr::Column(Column::new(qualifier.cloned(), field.name()))),
            None => Err(no_series(&call, name).into()),
        }
    };
    let series_id = column("series_id")?;
    let mut shown = if has_source { vec![column("source")?.alias("source")] } else { Vec::new() };
    shown.extend([
        cast(series_id.clone(), DataType::Utf8).alias("series_id"),
        column("as_of")?.alias("as_of"),
        cast(column("value")?, DataType::Float64).alias("value"),
        column("available_at")?.alias("available_at"),
    ]);
    if call.measure == Measure::FirstRelease {
        shown.extend([column("availability")?.alias("availability"), column("backcast")?.alias("backcast")]);
    }
    let of_source = call.source.as_ref().map(|source| column("source").map(|c| c.eq(lit(source.clone())))).transpose()?;

    let mut input = LogicalPlanBuilder::from(vintages.clone());
    for filter in asked(&call, &series_id).into_iter().chain(of_source) {
        input = input.filter(filter)?;
    }
    let function = call.function;
    let node = ReplayNode::new(input.project(shown)?.build()?, Arc::new(call))?;
    LogicalPlanBuilder::from(LogicalPlan::Extension(Extension { node: Arc::new(node) })).alias(function)?.build()
}

/// The series asked for; `None` for all.
fn asked(call: &Call, series_id: &Expr) -> Option<Expr> {
    let ids = match &call.ids[..] {
        [] => None,
        [one] => Some(series_id.clone().eq(lit(one.clone()))),
        many => Some(series_id.clone().in_list(many.iter().map(|id| lit(id.clone())).collect(), false)),
    };
    let like = |pattern: &String| Expr::Like(Like::new(false, Box::new(series_id.clone()), Box::new(lit(pattern.clone())), None, false));
    ids.into_iter().chain(call.patterns.iter().map(like)).reduce(Expr::or)
}

fn no_relation(name: &str) -> Error {
    let error = Error::query(format!("there are no vintages of a table `{name}`"));
    let known: Vec<String> = views::lake_names().filter(|known| Face::of_name(known).1 == Face::Latest).collect();
    match crate::config::closest(name, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`macro_series` and `flow_data` hold series; a view `x_vintages` of your own is called `x` here"),
    }
}

fn no_series(call: &Call, column: &str) -> Error {
    Error::query(format!("`{}` has no column `{column}`, so `{}` finds no series in it", call.relation, call.function)).hint(
        "`macro_series` and `flow_data` hold series; a view of your own, named `x_vintages`, needs series_id, as_of, value and available_at",
    )
}
