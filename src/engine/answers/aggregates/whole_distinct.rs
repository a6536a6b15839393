//! The sum of the distinct whole numbers of a group or a window.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type, UInt64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;

use super::whole;

#[derive(Debug)]
pub struct Distinct {
    /// How often each number is there.
    counts: HashMap<i128, usize>,
    sum: i128,
    kind: DataType,
}

impl Distinct {
    pub fn new(kind: &DataType) -> Self {
        Self { counts: HashMap::new(), sum: 0, kind: kind.clone() }
    }

    fn values(&self, values: &dyn Array) -> Vec<i128> {
        match self.kind {
            DataType::UInt64 => values.as_primitive::<UInt64Type>().iter().flatten().map(i128::from).collect(),
            _ => values.as_primitive::<Int64Type>().iter().flatten().map(i128::from).collect(),
        }
    }

    fn add(&mut self, values: &dyn Array) {
        for value in self.values(values) {
            let count = self.counts.entry(value).or_default();
            if *count == 0 {
                self.sum += value;
            }
            *count += 1;
        }
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0]);
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in self.values(&values[0]) {
            if let Some(count) = self.counts.get_mut(&value) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&value);
                    self.sum -= value;
                }
            }
        }
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        match self.counts.is_empty() {
            true => ScalarValue::try_from(&self.kind),
            false => whole::fitted(self.sum, &self.kind),
        }
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values = self.counts.keys().map(|value| whole::fitted(*value, &self.kind)).collect::<Result<Vec<_>>>()?;
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.kind))])
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        for row in (0..lists.len()).filter(|row| lists.is_valid(*row)) {
            let values: Arc<dyn Array> = lists.value(row);
            self.add(&values);
        }
        Ok(())
    }
    fn size(&self) -> usize {
        size_of_val(self) + self.counts.capacity() * size_of::<(i128, usize)>()
    }
}
