//! INTERSECT ALL and EXCEPT ALL: a row that one side has m times and the other n times is there min(m, n) times, or m - n times. DataFusion
//! looks whether the other side has the row at all.
//!
//! Rows are numbered among their equals, and the numbered rows are intersected.

use datafusion::common::{Column, NullEquality};
use datafusion::error::Result;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Expr, ExprFunctionExt, JoinType, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, FunctionArg, FunctionArgExpr, TableFactor};

use crate::error::Error;

/// What the clauses are called where they have become relations.
pub const INTERSECT: &str = "intersect all";
pub const EXCEPT: &str = "except all";

const LEFT: &str = "left of all";
const RIGHT: &str = "right of all";
const NUMBER: &str = "number among equals";

/// Plans `"intersect all"((a), (b))`, as `rewrite` makes them.
///
/// # Errors
/// The two sides do not have as many columns.
pub fn plan(name: &str, args: Vec<FunctionArg>, planner: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let mut side = |arg: FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(SqlExpr::Subquery(subquery))) => {
            planner.plan(TableFactor::Derived { lateral: false, subquery, alias: None, sample: None })
        }
        _ => Err(Error::query(format!("`{name}` takes two queries")).into()),
    };
    let mut args = args.into_iter();
    let (Some(left), Some(right), None) = (args.next(), args.next(), args.next()) else {
        return Err(Error::query(format!("`{name}` takes two queries")).into());
    };
    let (left, right) = (side(left)?, side(right)?);
    let (n_left, n_right) = (left.schema().fields().len(), right.schema().fields().len());
    if n_left != n_right {
        let said = name.to_uppercase();
        return Err(Error::query(format!("the sides of {said} have {n_left} and {n_right} columns"))
            .hint("select as many columns on both sides")
            .into());
    }
    let names: Vec<String> = left.schema().fields().iter().map(|field| field.name().clone()).collect();
    let (left, right) = (numbered(left, LEFT)?, numbered(right, RIGHT)?);
    let join_type = if name == INTERSECT { JoinType::LeftSemi } else { JoinType::LeftAnti };
    let keys = (left.schema().columns(), right.schema().columns());
    let joined = LogicalPlanBuilder::from(left).join_detailed(right, join_type, keys, None, NullEquality::NullEqualsNull)?.build()?;
    let columns = joined.schema().columns().into_iter().zip(names);
    let shown = columns.map(|(column, name)| Expr::Column(column).alias(name)).collect::<Vec<_>>();
    LogicalPlanBuilder::from(joined).project(shown)?.build()
}

/// The rows with a number behind their columns, which are renamed: on one side two may have one name.
fn numbered(plan: LogicalPlan, side: &str) -> Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().enumerate();
    let renamed = columns.map(|(at, column)| Expr::Column(column).alias(format!("column {at}"))).collect::<Vec<_>>();
    let plan = LogicalPlanBuilder::from(plan).project(renamed)?.build()?;
    let by = plan.schema().columns().into_iter().map(Expr::Column).collect::<Vec<_>>();
    let window = Expr::from(WindowFunction::new(row_number_udwf(), vec![])).partition_by(by.clone()).build()?;
    let with_number = LogicalPlanBuilder::from(plan).window([window.clone()])?;
    let number = Expr::Column(Column::from_name(window.schema_name().to_string())).alias(NUMBER);
    with_number.project(by.into_iter().chain([number]).collect::<Vec<_>>())?.alias(side)?.build()
}
