//! `diffusion_index(change [, unchanged])`: how broad a move is among the components of a date.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, TypeSignature, Volatility};

use crate::engine::functions::Documentation;
use crate::engine::functions::window::number;
use crate::quant::breadth::Diffusion;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "diffusion_index",
    syntax: "diffusion_index(change, [unchanged])",
    summary: "100 x (components that rose + unchanged x components that stayed) / all components, in [0, 100]; a component rose where its change \
              is above 0. unchanged is 0.5 unless given: half of what stayed counts, as in the surveys of purchasing managers and the \
              diffusion indexes of The Conference Board, and 50 is the line between more and fewer. With unchanged => 0, written as the second \
              argument, it is the share that rose, as the Banco Central do Brasil gives the diffusion of the IPCA. An aggregate over the \
              components of a date: GROUP BY as_of.",
    nulls: "Components whose change is NULL or NaN are left out. NULL where there is none. unchanged is a constant from 0 to 1.",
    causality: "Sees the rows of its group: over the components of one date as known at the clock. A component that comes later than the others \
                changes the index when it comes.",
    example: "SELECT as_of, diffusion_index(change) AS breadth, diffusion_index(change, 0) AS share_that_rose FROM (SELECT as_of, \
              net - lag(net) OVER (PARTITION BY contract_code ORDER BY as_of) AS change FROM cot_tff WHERE category = 'leveraged_funds') \
              GROUP BY as_of ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> AggregateUDF {
    let forms = [vec![number()], vec![number(), number()]].map(TypeSignature::Coercible);
    AggregateUDF::from(DiffusionIndex { signature: Signature::one_of(forms.to_vec(), Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DiffusionIndex {
    signature: Signature,
}

impl AggregateUDFImpl for DiffusionIndex {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |count| Arc::new(Field::new(format!("{}[{count}]", args.name), DataType::Int64, true));
        Ok(["up", "same", "down"].map(field).to_vec())
    }
    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let unchanged = super::constant(&args, 1, "unchanged", "a number from 0 to 1", is_share, &DOCUMENTATION)?.unwrap_or(0.5);
        Ok(Box::new(Counts { diffusion: Diffusion::default(), unchanged }))
    }
}

#[derive(Debug)]
struct Counts {
    diffusion: Diffusion,
    unchanged: f64,
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values[0].as_primitive::<Float64Type>().iter().flatten().for_each(|change| self.diffusion.add(change));
        Ok(())
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.diffusion.index(self.unchanged)))
    }
    fn size(&self) -> usize {
        size_of_val(self)
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Diffusion { n_up, n_same, n_down } = self.diffusion;
        Ok([n_up, n_same, n_down].map(|n| ScalarValue::Int64(i64::try_from(n).ok())).to_vec())
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let count = |place: usize, row: usize| -> u64 {
            let counts = states[place].as_primitive::<Int64Type>();
            if counts.is_valid(row) { u64::try_from(counts.value(row)).unwrap_or(0) } else { 0 }
        };
        for row in 0..states[0].len() {
            self.diffusion.merge(Diffusion { n_up: count(0, row), n_same: count(1, row), n_down: count(2, row) });
        }
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values[0].as_primitive::<Float64Type>().iter().flatten().for_each(|change| self.diffusion.remove(change));
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
}
