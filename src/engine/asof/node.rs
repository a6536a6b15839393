//! `AsOfJoin`: the join as a logical node, and its planning into the operator.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::Session;
use datafusion::common::{Column, DFSchemaRef, JoinType};
use datafusion::error::Result;
use datafusion::logical_expr::builder::build_join_schema;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, Operator, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::exec::{AsOfExec, Compared, Sorts};
use crate::error::Error;

/// A comparison of an expression over the left side with one over the right side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pair {
    pub left: Expr,
    pub op: Operator,
    pub right: Expr,
}

impl Pair {
    pub fn new(left: Expr, op: Operator, right: Expr) -> Self {
        Self { left, op, right }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.op, self.right)
    }
}

/// The type in which keys of two types are compared; `None` where they are not, or where it would order them in another way than their own
/// types do.
pub fn key_type(left: &DataType, right: &DataType) -> Option<DataType> {
    let value = |kind: &DataType| match kind {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        other => other.clone(),
    };
    let (left, right) = (value(left), value(right));
    let both = |is: fn(&DataType) -> bool| is(&left) && is(&right);
    let is_alike = both(DataType::is_integer)
        || both(|kind| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View))
        || both(|kind| matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)))
        || both(|kind| matches!(kind, DataType::Boolean));
    if is_alike { comparison_coercion(&left, &right) } else { None }
}

/// The type in which instants are compared: as instants where one of the two is, a date by its first instant in UTC; `None` for what is
/// neither.
pub fn instant_type(left: &DataType, right: &DataType) -> Option<DataType> {
    let unit = |kind: &DataType| match kind {
        DataType::Date32 | DataType::Date64 => Some(TimeUnit::Microsecond),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Some(TimeUnit::Nanosecond),
        DataType::Timestamp(..) => Some(TimeUnit::Microsecond),
        _ => None,
    };
    if left.is_integer() && right.is_integer() {
        return Some(DataType::Int64);
    }
    let unit = match (unit(left)?, unit(right)?) {
        (TimeUnit::Microsecond, TimeUnit::Microsecond) => TimeUnit::Microsecond,
        _ => TimeUnit::Nanosecond,
    };
    Some(DataType::Timestamp(unit, Some("UTC".into())))
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AsOfJoin {
    pub left: LogicalPlan,
    pub right: LogicalPlan,
    keys: Vec<Pair>,
    pub time: Pair,
    /// A match that is older (or later) than this is none.
    bound: Option<Pair>,
    /// What decides between right rows of one instant, before anything else: the day that they describe.
    tie: Option<Expr>,
    schema: DFSchemaRef,
}

impl PartialOrd for AsOfJoin {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.time.left.partial_cmp(&other.time.left)
    }
}

impl AsOfJoin {
    pub fn new(left: LogicalPlan, right: LogicalPlan, keys: Vec<Pair>, time: Pair, bound: Option<Pair>) -> Result<Self> {
        let schema = Arc::new(build_join_schema(left.schema(), right.schema(), &JoinType::Left)?);
        let as_of = right.schema().columns().into_iter().find(|column| column.name == "as_of");
        Ok(Self { left, right, keys, time, bound, tie: as_of.map(Expr::Column), schema })
    }

    pub fn into_plan(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }

    /// The right side's column that a left column is held equal to.
    pub fn equal_on_the_right(&self, column: &Column) -> Option<&Column> {
        self.keys.iter().find_map(|key| match (&key.left, &key.right) {
            (Expr::Column(left), Expr::Column(right)) if left == column => Some(right),
            _ => None,
        })
    }

    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.keys.iter().chain([&self.time]).chain(&self.bound)
    }

    pub fn with_inputs(&self, left: LogicalPlan, right: LogicalPlan) -> Result<Self> {
        let schema = Arc::new(build_join_schema(left.schema(), right.schema(), &JoinType::Left)?);
        Ok(Self { left, right, schema, ..self.clone() })
    }
}

impl UserDefinedLogicalNodeCore for AsOfJoin {
    fn name(&self) -> &str {
        "AsOfJoin"
    }
    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.left, &self.right]
    }
    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }
    fn expressions(&self) -> Vec<Expr> {
        self.pairs().flat_map(|pair| [pair.left.clone(), pair.right.clone()]).chain(self.tie.clone()).collect()
    }
    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AsOfJoin: match [{}]", self.time)?;
        if let Some(bound) = &self.bound {
            write!(f, " within [{bound}]")?;
        }
        let keys: Vec<String> = self.keys.iter().map(Pair::to_string).collect();
        write!(f, " on [{}]", keys.join(", "))
    }
    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let [left, right] = <[LogicalPlan; 2]>::try_from(inputs).map_err(|_| Error::internal("an as-of join has two inputs"))?;
        let mut exprs = exprs.into_iter();
        let mut next = |pair: &Pair| match (exprs.next(), exprs.next()) {
            (Some(left), Some(right)) => Ok(Pair { left, op: pair.op, right }),
            _ => Err(Error::internal("an expression of an as-of join was lost")),
        };
        let keys = self.keys.iter().map(&mut next).collect::<Result<_, _>>()?;
        let time = next(&self.time)?;
        let bound = self.bound.as_ref().map(&mut next).transpose()?;
        let schema = Arc::new(build_join_schema(left.schema(), right.schema(), &JoinType::Left)?);
        Ok(Self { left, right, keys, time, bound, tie: exprs.next(), schema })
    }
    /// What the output shows of each side; what is compared is added by the optimizer.
    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let n_left = self.left.schema().fields().len();
        let (left, right): (Vec<usize>, Vec<usize>) = output_columns.iter().partition(|column| **column < n_left);
        Some(vec![left, right.into_iter().map(|column| column - n_left).collect()])
    }
}

/// Plans the node above; DataFusion's planner does the rest.
pub struct Planner;

#[async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<AsOfJoin>() else { return Ok(None) };
        let (left, right) = (node.left.schema(), node.right.schema());
        let compared = |pair: &Pair, kind: fn(&DataType, &DataType) -> Option<DataType>| -> Result<Compared> {
            use datafusion::logical_expr::ExprSchemable;
            let kind = kind(&pair.left.get_type(left)?, &pair.right.get_type(right)?)
                .ok_or_else(|| Error::internal(format!("`{pair}` does not compare")))?;
            Ok(Compared {
                left: session.create_physical_expr(pair.left.clone(), left)?,
                op: pair.op,
                right: session.create_physical_expr(pair.right.clone(), right)?,
                kind,
            })
        };
        let keys = node.keys.iter().map(|key| compared(key, key_type)).collect::<Result<Vec<_>>>()?;
        let time = compared(&node.time, instant_type)?;
        let bound = node.bound.as_ref().map(|bound| compared(bound, instant_type)).transpose()?;
        let tie = node.tie.clone().map(|tie| session.create_physical_expr(tie, right)).transpose()?;
        let schema = Arc::new(node.schema.as_arrow().clone());
        let sorts = Sorts::of(&keys, &time, tie, &inputs[1].schema());
        Ok(Some(Arc::new(AsOfExec::new(inputs[0].clone(), inputs[1].clone(), keys, time, bound, sorts, schema))))
    }
}
