//! `least_available(availability)`: the worst grade of the dates that a row is made of. Grades are ordered, and not as words are.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_string_array;
use datafusion::common::types::{NativeType, logical_string};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Coercion, Signature, TypeSignature, TypeSignatureClass, Volatility,
};

use crate::engine::functions::Documentation;
use crate::error::Error;
use crate::time::Availability;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "least_available",
    syntax: "least_available(availability, ...)",
    summary: "The worst of the grades of a group, of up to four columns: what is made of several rows is dated no better than the worst dated of them. Grades are, best \
              first, stamped, scheduled, rule, lagged and observed; max(availability) orders them as words and makes of rule and observed a rule. \
              An aggregate, and with OVER a window function; beside it max(available_at) and bool_or(backcast) date a row of one's own.",
    nulls: "NULL values are left out; NULL where there is no other. Anything but a grade is an error.",
    causality: "Sees the rows of its group, as known at the clock.",
    example: "SELECT root, as_of, sum(net) AS net, max(available_at) AS available_at, least_available(availability) AS availability \
              FROM cot_tff WHERE root = 'ES' GROUP BY root, as_of ORDER BY as_of DESC LIMIT 3",
};

/// Columns that one call may take the worst of.
const MOST_COLUMNS: usize = 4;

pub fn function() -> AggregateUDF {
    let text = Coercion::new_implicit(
        TypeSignatureClass::Native(logical_string()),
        vec![TypeSignatureClass::Native(logical_string())],
        NativeType::String,
    );
    let forms = (1..=MOST_COLUMNS).map(|n| TypeSignature::Coercible(vec![text.clone(); n]));
    AggregateUDF::from(LeastAvailable { signature: Signature::one_of(forms.collect(), Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LeastAvailable {
    signature: Signature,
}

impl AggregateUDFImpl for LeastAvailable {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |grade: Availability| Arc::new(Field::new(format!("{}[{}]", args.name, grade.name()), DataType::Int64, true));
        Ok(Availability::ALL.map(field).to_vec())
    }
    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Counts::default()))
    }
}

/// How many rows have each grade: a row can leave a window again.
#[derive(Debug, Default)]
struct Counts([i64; Availability::ALL.len()]);

impl Counts {
    fn add(&mut self, words: &ArrayRef, step: i64) -> Result<()> {
        let words = datafusion::arrow::compute::cast(words, &DataType::Utf8)?;
        for word in as_string_array(&words)?.iter().flatten() {
            let place = Availability::ALL.iter().position(|grade| grade.name() == word).ok_or_else(|| {
                let grades = Availability::ALL.map(Availability::name).join(", ");
                Error::query(format!("`least_available`: `{word}` is no grade of availability"))
                    .hint(format!("grades, best first, are {grades}"))
            })?;
            self.0[place] += step;
        }
        Ok(())
    }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().try_for_each(|words| self.add(words, 1))
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let worst = self.0.iter().rposition(|n| *n > 0);
        Ok(ScalarValue::Utf8(worst.map(|place| Availability::ALL[place].name().to_string())))
    }
    fn size(&self) -> usize {
        size_of_val(self)
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self.0.map(|n| ScalarValue::Int64(Some(n))).to_vec())
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (own, counts) in self.0.iter_mut().zip(states) {
            *own += counts.as_primitive::<Int64Type>().iter().flatten().sum::<i64>();
        }
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().try_for_each(|words| self.add(words, -1))
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
}
