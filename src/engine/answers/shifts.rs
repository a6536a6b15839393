//! `lead` and `lag` under their own names: with IGNORE NULLS the whole partition is looked at at once, since DataFusion's way of looking at it
//! piece by piece loses values, and neither lets a LIMIT cut off the rows that it looks ahead to.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::functions_window::lead_lag::{lag_udwf, lead_udwf};
use datafusion::logical_expr::function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Documentation, LimitEffect, PartitionEvaluator, ReversedUDWF, Signature, WindowUDF, WindowUDFImpl};
use datafusion::physical_expr::PhysicalExpr;

/// Puts both in the place of those of their names.
pub fn register(state: &mut SessionState) -> Result<()> {
    for of in [lead_udwf(), lag_udwf()] {
        state.register_udwf(Arc::new(WindowUDF::from(Shift { of })))?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Shift {
    of: Arc<WindowUDF>,
}

impl Shift {
    fn of(&self) -> &dyn WindowUDFImpl {
        self.of.inner().as_ref()
    }
}

impl WindowUDFImpl for Shift {
    fn name(&self) -> &str {
        self.of().name()
    }
    fn signature(&self) -> &Signature {
        self.of().signature()
    }
    fn expressions(&self, args: ExpressionArgs) -> Vec<Arc<dyn PhysicalExpr>> {
        self.of().expressions(args)
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.of().coerce_types(types)
    }
    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        self.of().field(args)
    }
    /// Turned round, DataFusion's own would stand there again.
    fn reverse_expr(&self) -> ReversedUDWF {
        ReversedUDWF::NotSupported
    }
    fn documentation(&self) -> Option<&Documentation> {
        self.of().documentation()
    }
    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        let ignores_nulls = args.ignore_nulls();
        let of = self.of().partition_evaluator(args)?;
        Ok(if ignores_nulls { Box::new(Whole(of)) } else { of })
    }
}

/// An evaluator that sees whole partitions alone.
#[derive(Debug)]
struct Whole(Box<dyn PartitionEvaluator>);

impl PartitionEvaluator for Whole {
    fn evaluate_all(&mut self, values: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
        self.0.evaluate_all(values, n_rows)
    }
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        self.0.evaluate(values, range)
    }
}
