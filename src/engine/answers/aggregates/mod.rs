//! `sum`, `avg`, `stddev`, `var`, `covar`, `corr`, `regr_*`, `min` and `max` under their own names, with ours in the place of what DataFusion
//! gets wrong: whole numbers that wrap, windows that keep what left them, and NaN among the numbers of a group.
//!
//! Everything else about a function is what DataFusion's is: [`Cured`] asks the function it stands for. Which functions there are is one list.

mod extremes;
mod moving;
mod moving_pair;
mod whole;
mod whole_distinct;

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::functions_aggregate::all_default_aggregate_functions;
use datafusion::logical_expr::expr::{AggregateFunctionParams, WindowFunctionParams};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF, SetMonotonicity, Signature, StatisticsArgs,
};

use moving::{Measure, Moving};
use moving_pair::{MovingPair, PairMeasure};

/// How a function is computed over a window that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Cure {
    /// Also over whole numbers, whose sum is exact wherever it stands.
    Sum,
    One(Measure),
    Two(PairMeasure),
    /// Over the groups of doubles.
    Extreme {
        is_max: bool,
    },
}

/// Every function that is cured, by its name in DataFusion.
const CURED: [(&str, Cure); 20] = [
    ("min", Cure::Extreme { is_max: false }),
    ("max", Cure::Extreme { is_max: true }),
    ("sum", Cure::Sum),
    ("avg", Cure::One(Measure::Mean)),
    ("stddev", Cure::One(Measure::Deviation { is_sample: true })),
    ("stddev_pop", Cure::One(Measure::Deviation { is_sample: false })),
    ("var", Cure::One(Measure::Variance { is_sample: true })),
    ("var_pop", Cure::One(Measure::Variance { is_sample: false })),
    ("covar_samp", Cure::Two(PairMeasure::Covariance { is_sample: true })),
    ("covar_pop", Cure::Two(PairMeasure::Covariance { is_sample: false })),
    ("corr", Cure::Two(PairMeasure::Correlation)),
    ("regr_slope", Cure::Two(PairMeasure::Slope)),
    ("regr_intercept", Cure::Two(PairMeasure::Intercept)),
    ("regr_count", Cure::Two(PairMeasure::Count)),
    ("regr_r2", Cure::Two(PairMeasure::R2)),
    ("regr_avgx", Cure::Two(PairMeasure::MeanX)),
    ("regr_avgy", Cure::Two(PairMeasure::MeanY)),
    ("regr_sxx", Cure::Two(PairMeasure::SquaresX)),
    ("regr_syy", Cure::Two(PairMeasure::SquaresY)),
    ("regr_sxy", Cure::Two(PairMeasure::Products)),
];

/// Puts the functions in the place of those of their names.
pub fn register(state: &mut SessionState) -> Result<()> {
    for of in all_default_aggregate_functions() {
        if let Some((_, cure)) = CURED.iter().find(|(name, _)| *name == of.name()) {
            state.register_udaf(Arc::new(AggregateUDF::from(Cured { of, cure: *cure })))?;
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Cured {
    of: Arc<AggregateUDF>,
    cure: Cure,
}

impl Cured {
    fn of(&self) -> &dyn AggregateUDFImpl {
        self.of.inner().as_ref()
    }

    fn is_whole(&self, result: &DataType) -> bool {
        self.cure == Cure::Sum && matches!(result, DataType::Int64 | DataType::UInt64)
    }
}

impl AggregateUDFImpl for Cured {
    fn name(&self) -> &str {
        self.of().name()
    }
    fn aliases(&self) -> &[String] {
        self.of().aliases()
    }
    fn schema_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        self.of().schema_name(params)
    }
    fn human_display(&self, params: &AggregateFunctionParams) -> Result<String> {
        self.of().human_display(params)
    }
    fn window_function_schema_name(&self, params: &WindowFunctionParams) -> Result<String> {
        self.of().window_function_schema_name(params)
    }
    fn display_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        self.of().display_name(params)
    }
    fn window_function_display_name(&self, params: &WindowFunctionParams) -> Result<String> {
        self.of().window_function_display_name(params)
    }
    fn signature(&self) -> &Signature {
        self.of().signature()
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.of().return_type(types)
    }
    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        self.of().return_field(fields)
    }
    fn is_nullable(&self) -> bool {
        self.of().is_nullable()
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.of().coerce_types(types)
    }
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.of().order_sensitivity()
    }
    fn reverse_expr(&self) -> ReversedUDAF {
        self.of().reverse_expr()
    }
    fn default_value(&self, kind: &DataType) -> Result<ScalarValue> {
        self.of().default_value(kind)
    }
    fn set_monotonicity(&self, kind: &DataType) -> SetMonotonicity {
        self.of().set_monotonicity(kind)
    }
    fn is_descending(&self) -> Option<bool> {
        self.of().is_descending()
    }
    fn value_from_stats(&self, args: &StatisticsArgs) -> Option<ScalarValue> {
        if self.cure == Cure::Sum { None } else { self.of().value_from_stats(args) }
    }
    fn documentation(&self) -> Option<&Documentation> {
        self.of().documentation()
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match self.is_whole(args.return_field.data_type()) {
            true if args.is_distinct => Ok(Box::new(whole_distinct::Distinct::new(args.return_field.data_type()))),
            true => Ok(Box::new(whole::Sum::new(args.return_field.data_type()))),
            false => self.of().accumulator(args),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if !self.is_whole(args.return_type()) {
            return self.of().state_fields(args);
        }
        let name = format!("{}[sum]", args.name);
        let field = match args.is_distinct {
            true => Field::new_list(name, Field::new_list_field(args.return_type().clone(), true), true),
            false => Field::new(name, whole::STATE, true),
        };
        Ok(vec![Arc::new(field)])
    }

    /// DataFusion's `corr` over groups subtracts sums of squares from one another, which leaves no digits of values far from 0; over one
    /// group at a time it does not.
    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        match self.cure {
            Cure::Two(PairMeasure::Correlation) => false,
            _ if self.is_whole(args.return_field.data_type()) => !args.is_distinct,
            _ => self.of().groups_accumulator_supported(args),
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match (self.cure, args.return_field.data_type()) {
            (Cure::Extreme { is_max }, DataType::Float64) => Ok(Box::new(extremes::Extremes::new(is_max))),
            (_, kind) if self.is_whole(kind) => Ok(Box::new(whole::GroupSums::new(kind))),
            _ => self.of().create_groups_accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let is_double = args.expr_fields.iter().all(|field| field.data_type() == &DataType::Float64);
        match self.cure {
            _ if self.is_whole(args.return_field.data_type()) => self.accumulator(args),
            Cure::Sum if is_double && !args.is_distinct => Ok(Box::new(Moving::new(Measure::Sum))),
            Cure::One(measure) if is_double && !args.is_distinct => Ok(Box::new(Moving::new(measure))),
            Cure::Two(measure) if is_double && !args.is_distinct => Ok(Box::new(MovingPair::new(measure))),
            _ => self.of().create_sliding_accumulator(args),
        }
    }
}
