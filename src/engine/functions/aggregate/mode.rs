//! `mode(x)`: the value that comes most often.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::ranked;
use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "mode",
    syntax: "mode(x)",
    summary: "The value that comes most often; of several that come as often the smallest. An aggregate, and with OVER a window function.",
    nulls: "NULL values are left out; NULL where there is no other.",
    causality: "Sees the rows of its group, as known at the clock.",
    example: "SELECT mode(extract(isodow FROM as_of)) AS day_of_week FROM cot_tff WHERE root = 'ES'",
};

pub fn function() -> AggregateUDF {
    AggregateUDF::from(Mode { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Mode {
    signature: Signature,
}

impl AggregateUDFImpl for Mode {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |part: &str, kind: DataType| {
            let list = DataType::List(Arc::new(Field::new_list_field(kind, true)));
            Arc::new(Field::new(format!("{}[{part}]", args.name), list, true))
        };
        Ok(vec![list("values", args.input_fields[0].data_type().clone()), list("counts", DataType::Int64)])
    }
    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Counts { kind: args.expr_fields[0].data_type().clone(), counts: HashMap::new(), bytes: 0 }))
    }
}

#[derive(Debug)]
struct Counts {
    kind: DataType,
    counts: HashMap<ScalarValue, i64>,
    /// What the values take beside the map.
    bytes: usize,
}

impl Counts {
    fn add(&mut self, values: &ArrayRef, row: usize, n: i64) -> Result<()> {
        if values.is_null(row) {
            return Ok(());
        }
        let value = ranked(ScalarValue::try_from_array(values, row)?);
        if value.is_null() {
            return Ok(());
        }
        if let Some(count) = self.counts.get_mut(&value) {
            *count += n;
            return Ok(());
        }
        let value = value.compacted();
        self.bytes += value.size();
        self.counts.insert(value, n);
        Ok(())
    }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        (0..values[0].len()).try_for_each(|row| self.add(&values[0], row, 1))
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut best: Option<(&ScalarValue, i64)> = None;
        for (value, n) in self.counts.iter().map(|(value, n)| (value, *n)).filter(|(_, n)| *n > 0) {
            if best.is_none_or(|(known, most)| n > most || (n == most && value < known)) {
                best = Some((value, n));
            }
        }
        best.map_or_else(|| ScalarValue::try_from(&self.kind), |(value, _)| Ok(value.clone()))
    }
    fn size(&self) -> usize {
        size_of_val(self) + self.bytes + self.counts.capacity() * size_of::<i64>()
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let (values, counts): (Vec<ScalarValue>, Vec<ScalarValue>) =
            self.counts.iter().map(|(value, n)| (value.clone(), ScalarValue::Int64(Some(*n)))).unzip();
        let list = |items: &[ScalarValue], kind| ScalarValue::List(ScalarValue::new_list_nullable(items, kind));
        Ok(vec![list(&values, &self.kind), list(&counts, &DataType::Int64)])
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (values, counts) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for state in (0..values.len()).filter(|state| values.is_valid(*state) && counts.is_valid(*state)) {
            let (values, counts) = (values.value(state), counts.value(state));
            for (row, n) in counts.as_primitive::<Int64Type>().iter().enumerate() {
                self.add(&values, row, n.unwrap_or_default())?;
            }
        }
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        (0..values[0].len()).try_for_each(|row| self.add(&values[0], row, -1))?;
        self.counts.retain(|_, n| *n != 0);
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
}
