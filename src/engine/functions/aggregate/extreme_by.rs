//! `max_by(x, y)` and `min_by(x, y)`: the x of the row whose y is the largest or the smallest.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::ranked;
use crate::engine::functions::Documentation;

pub static MAX: Documentation = Documentation {
    name: "max_by",
    syntax: "max_by(x, y), arg_max(x, y)",
    summary: "The x of the row whose y is the largest: max_by(value, available_at) is the newest figure known. Of rows with the same y the \
              smallest x, so that the answer does not depend on the order of rows.",
    nulls: "Rows whose x or y is NULL are left out; NULL where none is left. NaN is larger than any number, as in max.",
    causality: "Sees the rows of its group, as known at the clock.",
    example: "SELECT category, max_by(net, as_of) AS newest FROM cot_tff WHERE root = 'ES' GROUP BY category ORDER BY category",
};

pub static MIN: Documentation = Documentation {
    name: "min_by",
    syntax: "min_by(x, y), arg_min(x, y)",
    summary: "The x of the row whose y is the smallest; of rows with the same y the smallest x.",
    nulls: "Rows whose x or y is NULL are left out; NULL where none is left.",
    causality: "Sees the rows of its group, as known at the clock.",
    example: "SELECT category, min_by(as_of, net) AS shortest_on FROM cot_tff WHERE root = 'ES' GROUP BY category ORDER BY category",
};

pub fn max_by() -> AggregateUDF {
    made(Ordering::Greater, &MAX, "arg_max")
}
pub fn min_by() -> AggregateUDF {
    made(Ordering::Less, &MIN, "arg_min")
}

fn made(wins: Ordering, documentation: &'static Documentation, other: &str) -> AggregateUDF {
    let signature = Signature::any(2, Volatility::Immutable);
    AggregateUDF::from(ExtremeBy { wins, name: documentation.name, aliases: vec![other.to_string()], signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ExtremeBy {
    /// How the y that is kept compares with all others.
    wins: Ordering,
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
}

impl AggregateUDFImpl for ExtremeBy {
    fn name(&self) -> &str {
        self.name
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field =
            |(field, part): (&FieldRef, &str)| Arc::new(Field::new(format!("{}[{part}]", args.name), field.data_type().clone(), true));
        Ok(args.input_fields.iter().zip(["x", "y"]).map(field).collect())
    }
    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let types = args.expr_fields.iter().map(|field| ScalarValue::try_from(field.data_type())).collect::<Result<Vec<_>>>()?;
        let [x, y] = <[ScalarValue; 2]>::try_from(types).map_err(|_| crate::error::Error::internal("a call with two arguments"))?;
        Ok(Box::new(Best { wins: self.wins, x, y }))
    }
}

/// The row that wins so far; NULL before there is one.
#[derive(Debug)]
struct Best {
    wins: Ordering,
    x: ScalarValue,
    y: ScalarValue,
}

impl Best {
    fn take(&mut self, xs: &ArrayRef, ys: &ArrayRef) -> Result<()> {
        let (no_x, no_y) = (xs.logical_nulls(), ys.logical_nulls());
        let is_null = |nulls: &Option<datafusion::arrow::buffer::NullBuffer>, row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        for row in (0..xs.len()).filter(|row| !is_null(&no_x, *row) && !is_null(&no_y, *row)) {
            let y = ranked(ScalarValue::try_from_array(ys, row)?);
            let order = if self.y.is_null() { Some(self.wins) } else { y.partial_cmp(&self.y) };
            let is_better = match order {
                Some(order) if order == self.wins => true,
                Some(Ordering::Equal) => ranked(ScalarValue::try_from_array(xs, row)?) < self.x,
                _ => false,
            };
            if is_better {
                self.x = ranked(ScalarValue::try_from_array(xs, row)?).compacted();
                self.y = y.compacted();
            }
        }
        Ok(())
    }
}

impl Accumulator for Best {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.take(&values[0], &values[1])
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.take(&states[0], &states[1])
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.x.clone())
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.x.clone(), self.y.clone()])
    }
    fn size(&self) -> usize {
        size_of_val(self) + self.x.size() + self.y.size() - 2 * size_of::<ScalarValue>()
    }
}
