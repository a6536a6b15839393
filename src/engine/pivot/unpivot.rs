//! `UNPIVOT`: columns become rows. Planned as two lists per row, the names and the values, that are unnested side by side, so the relation is
//! read once.

use std::collections::HashSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue, UnnestOptions};
use datafusion::error::Result;
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, cast, lit};
use datafusion::sql::sqlparser::ast::{self, ExprWithAlias, NullInclusion, TableFactor};

use crate::engine::types::sql_name;
use crate::error::Error;

/// The parts of a clause.
pub struct Unpivot {
    pub table: TableFactor,
    pub value: ast::Expr,
    pub name: ast::Ident,
    pub columns: Vec<ExprWithAlias>,
    pub nulls: Option<NullInclusion>,
}

/// Plans a clause.
///
/// # Errors
/// A column is none of the relation, or the columns have no type in common.
pub fn plan(unpivot: Unpivot, planner: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let ast::Expr::Identifier(value) = unpivot.value else {
        return Err(Error::query(format!("`{}` is no name for the values of `UNPIVOT`", unpivot.value))
            .hint("write UNPIVOT (value FOR name IN (a, b))")
            .into());
    };
    let (value, name) = (planner.normalize_ident(value), planner.normalize_ident(unpivot.name));
    let input = planner.plan(unpivot.table)?;
    let schema = input.schema().clone();
    let mut labels = Vec::new();
    let mut cells = Vec::new();
    for ExprWithAlias { expr, alias } in unpivot.columns {
        let cell = planner.sql_to_expr(expr.clone(), &schema)?;
        if !matches!(cell, Expr::Column(_)) {
            return Err(Error::query(format!("`UNPIVOT` takes columns, not `{expr}`")).hint("compute it in a subquery first").into());
        }
        labels.push(match (alias, &cell) {
            (Some(alias), _) => alias.value,
            (None, Expr::Column(column)) => column.name.clone(),
            (None, other) => other.to_string(),
        });
        cells.push(cell);
    }
    let kinds = cells.iter().map(|cell| cell.get_type(&schema)).collect::<Result<Vec<_>>>()?;
    let is_mixed = kinds.iter().any(DataType::is_string) && !kinds.iter().all(|kind| kind.is_string() || kind.is_null());
    let Some(kind) = type_union_resolution(&kinds).filter(|_| !is_mixed) else {
        let first = labels.iter().zip(&kinds).map(|(label, kind)| format!("`{label}` is {}", sql_name(kind)));
        return Err(Error::query("the columns of `UNPIVOT` have no type in common")
            .hint(format!("{}: CAST them in a subquery", first.collect::<Vec<_>>().join(", ")))
            .into());
    };
    let taken: HashSet<Column> = cells.iter().flat_map(Expr::column_refs).cloned().collect();
    let columns = schema.iter().map(|(qualifier, field)| Column::new(qualifier.cloned(), field.name()));
    let kept: Vec<Column> = columns.filter(|column| !taken.contains(column)).collect();
    let mut projection: Vec<Expr> = kept.iter().map(|column| Expr::Column(column.clone()).alias(column.name.as_str())).collect();
    projection.push(make_array(labels.into_iter().map(|label| lit(ScalarValue::Utf8(Some(label)))).collect()).alias(name.as_str()));
    projection.push(make_array(cells.into_iter().map(|cell| cast(cell, kind.clone())).collect()).alias(value.as_str()));
    let names: Vec<String> = kept.iter().map(|column| column.name.clone()).chain([name.clone(), value.clone()]).collect();
    super::ensure_distinct(&names)?;
    let long = LogicalPlanBuilder::from(input)
        .project(projection)?
        .unnest_columns_with_options(vec![Column::from_name(name), Column::from_name(value.as_str())], UnnestOptions::default())?;
    let long = match unpivot.nulls {
        Some(NullInclusion::IncludeNulls) => long,
        Some(NullInclusion::ExcludeNulls) | None => long.filter(Expr::Column(Column::from_name(value)).is_not_null())?,
    };
    long.build()
}
