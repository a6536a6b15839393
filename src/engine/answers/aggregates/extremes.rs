//! The largest and the smallest of the doubles of many groups. A NaN is larger than every other number, as it is in an order of rows; DataFusion
//! compares with it, which is never true, so that what it gives depends on which row comes first.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::error::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::NullState;

#[derive(Debug)]
pub struct Extremes {
    is_max: bool,
    values: Vec<f64>,
    nulls: NullState,
}

impl Extremes {
    pub fn new(is_max: bool) -> Self {
        Self { is_max, values: Vec::new(), nulls: NullState::new() }
    }

    fn built(&mut self, emit_to: EmitTo) -> ArrayRef {
        let values = emit_to.take_needed(&mut self.values);
        Arc::new(Float64Array::new(values.into(), self.nulls.build(emit_to)))
    }
}

impl GroupsAccumulator for Extremes {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>, n_groups: usize) -> Result<()> {
        let is_max = self.is_max;
        self.values.resize(n_groups, if is_max { f64::NEG_INFINITY } else { f64::NAN });
        let extremes = &mut self.values;
        let take = |group: usize, value: f64| {
            let extreme = &mut extremes[group];
            let is_further = if is_max { value > *extreme || value.is_nan() } else { value < *extreme || extreme.is_nan() };
            if is_further {
                *extreme = value;
            }
        };
        self.nulls.accumulate(groups, values[0].as_primitive::<Float64Type>(), filter, n_groups, take);
        Ok(())
    }
    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], n_groups: usize) -> Result<()> {
        self.update_batch(values, groups, None, n_groups)
    }
    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        Ok(self.built(emit_to))
    }
    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.built(emit_to)])
    }
    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<Float64Type>();
        let passes = filter.map(|filter| filter.iter().map(|passes| passes == Some(true)).collect::<NullBuffer>());
        let nulls = NullBuffer::union(values.nulls(), passes.as_ref());
        Ok(vec![Arc::new(Float64Array::new(values.values().clone(), nulls))])
    }
    fn size(&self) -> usize {
        self.values.capacity() * size_of::<f64>() + self.nulls.size()
    }
}
