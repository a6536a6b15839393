//! An outer join with USING (or NATURAL): the column that both sides have is the one of the side that has the row, `COALESCE(l.id, r.id)`.
//! DataFusion takes the left side's, or in `*` that of the side whose name comes first in the alphabet.
//!
//! The merged column stands beside those of the two sides, which keep their names. That an unqualified name and `*` mean the merged one is told
//! to the planner by a join that is never run: [`Merged`] carries it until the first rule of the analyzer takes it away.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, DFSchemaRef, JoinConstraint, JoinType, NullEquality, TableReference};
use datafusion::error::Result;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{
    EmptyRelation, Expr, Extension, Join, LogicalPlan, LogicalPlanBuilder, Operator, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
    binary_expr,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::{self, Ident, JoinOperator};

use super::rewrite::is_outer_using;
use crate::error::Error;

/// What the merged columns of the nth join from the right are qualified by: it comes before every name that a person gives, and before what
/// qualifies those that they are made of.
pub fn qualifier(nth: usize) -> Ident {
    Ident::with_quote('"', format!("{QUALIFIER}{nth:04}"))
}

pub fn is_qualifier(name: &str) -> bool {
    name.starts_with(QUALIFIER)
}

const QUALIFIER: &str = " using ";

/// Whether what stands in parentheses is one such join, as `rewrite` makes them.
pub fn find(from: &ast::TableWithJoins) -> bool {
    matches!(from.joins.as_slice(), [join] if is_outer_using(join))
}

/// Plans `left FULL JOIN right USING (…)`.
///
/// # Errors
/// A column is missing on a side.
pub fn plan(mut from: ast::TableWithJoins, qualifier: &str, planner: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let Some(ast::Join { relation, join_operator, .. }) = from.joins.pop() else {
        return Err(Error::internal("this join has no USING").into());
    };
    let (join_type, constraint) = match join_operator {
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (JoinType::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (JoinType::Right, constraint),
        JoinOperator::FullOuter(constraint) => (JoinType::Full, constraint),
        _ => return Err(Error::internal("this join is no outer join").into()),
    };
    let left = planner.plan(from.relation)?;
    let right = planner.plan(relation)?;
    let mut sets = left.using_columns()?;
    sets.extend(right.using_columns()?);
    let names = match constraint {
        ast::JoinConstraint::Using(names) => {
            let name = |name| Ok(planner.object_name_to_table_reference(name)?.table().to_string());
            names.into_iter().map(name).collect::<Result<Vec<String>>>()?
        }
        _ => common_names(left.schema(), right.schema()),
    };
    let of = |name: &str, schema: &DFSchema| Column::from_name(name).normalize_with_schemas_and_ambiguity_check(&[&[schema]], &sets);
    let pairs = names.iter().map(|name| Ok((of(name, left.schema())?, of(name, right.schema())?))).collect::<Result<Vec<_>>>()?;
    let (left_columns, right_columns) = (left.schema().columns(), right.schema().columns());

    let on = pairs.iter().map(|(l, r)| binary_expr(Expr::Column(l.clone()), Operator::Eq, Expr::Column(r.clone())));
    let joined = LogicalPlanBuilder::from(left).join_on(right, join_type, on.collect::<Vec<_>>())?.build()?;
    if pairs.is_empty() {
        return Ok(joined);
    }

    let qualifier = TableReference::bare(qualifier);
    let merged = |(l, r): &(Column, Column)| {
        let (l_value, r_value) = (Expr::Column(l.clone()), Expr::Column(r.clone()));
        let value = match join_type {
            JoinType::Left => l_value,
            JoinType::Right => r_value,
            _ => coalesce(vec![l_value, r_value]),
        };
        value.alias_qualified(Some(qualifier.clone()), r.name.clone())
    };
    let mut shown = Vec::new();
    for column in left_columns {
        shown.extend(pairs.iter().filter(|(l, _)| *l == column).map(merged));
        shown.push(Expr::Column(column));
    }
    shown.extend(right_columns.into_iter().map(Expr::Column));
    let projected = LogicalPlanBuilder::from(joined).project(shown)?.build()?;

    let same = pairs.iter().flat_map(|(l, r)| {
        let own = Expr::Column(Column::new(Some(qualifier.clone()), r.name.clone()));
        let older = sets.iter().filter(|set| set.contains(l) || set.contains(r)).flatten().filter(|c| c.name == r.name).cloned();
        let all = older.chain([l.clone(), r.clone()]).collect::<Vec<_>>();
        all.into_iter().map(move |column| (own.clone(), Expr::Column(column)))
    });
    let node = Merged { schema: projected.schema().clone(), input: projected, same: said(same.collect()) };
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

fn common_names(left: &DFSchema, right: &DFSchema) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in right.fields() {
        if !left.columns_with_unqualified_name(field.name()).is_empty() && !names.contains(field.name()) {
            names.push(field.name().clone());
        }
    }
    names
}

/// A join that says which columns are one, and is never run.
fn said(on: Vec<(Expr, Expr)>) -> LogicalPlan {
    let schema = Arc::new(DFSchema::empty());
    let nothing = Arc::new(LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: schema.clone() }));
    LogicalPlan::Join(Join {
        left: nothing.clone(),
        right: nothing,
        on,
        filter: None,
        join_type: JoinType::Inner,
        join_constraint: JoinConstraint::Using,
        schema,
        null_equality: NullEquality::NullEqualsNothing,
        null_aware: false,
    })
}

/// The joined rows, and which of their columns are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Merged {
    input: LogicalPlan,
    same: LogicalPlan,
    schema: DFSchemaRef,
}

impl PartialOrd for Merged {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.input.partial_cmp(&other.input)
    }
}

impl UserDefinedLogicalNodeCore for Merged {
    fn name(&self) -> &str {
        "Merged"
    }
    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input, &self.same]
    }
    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }
    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }
    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Merged")
    }
    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let [input, same] = <[LogicalPlan; 2]>::try_from(inputs).map_err(|_| Error::internal("merged columns have two inputs"))?;
        Ok(Self { schema: input.schema().clone(), input, same })
    }
}

/// Takes the node away, once every name stands for a column.
#[derive(Debug)]
pub struct TakeAway;

impl AnalyzerRule for TakeAway {
    fn name(&self) -> &str {
        "take_merged_columns_away"
    }
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let bare = plan.transform_up_with_subqueries(|node| {
            let LogicalPlan::Extension(extension) = &node else { return Ok(Transformed::no(node)) };
            let merged = (extension.node.as_ref() as &dyn UserDefinedLogicalNode).as_any().downcast_ref::<Merged>();
            Ok(match merged {
                Some(merged) => Transformed::yes(merged.input.clone()),
                None => Transformed::no(node),
            })
        })?;
        Ok(bare.data)
    }
}
