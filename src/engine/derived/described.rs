//! What configuration says of a series, row by row: its unit, and the end of the period of an observation.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, StringArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::config::{Config, Series};

/// What is asked of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fact {
    Unit,
    /// Of the observation whose `as_of` is the third argument.
    PeriodEnd,
}

/// (source, series_id[, as_of]) → a fact; NULL for a series that configuration does not describe.
#[derive(Debug)]
pub(super) struct Described {
    fact: Fact,
    config: Arc<Config>,
    signature: Signature,
}

impl Described {
    pub(super) fn new(fact: Fact, config: &Arc<Config>) -> Self {
        let mut arguments = vec![DataType::Utf8, DataType::Utf8];
        if fact == Fact::PeriodEnd {
            arguments.push(DataType::Date32);
        }
        Self { fact, config: config.clone(), signature: Signature::exact(arguments, Volatility::Immutable) }
    }
}

impl PartialEq for Described {
    fn eq(&self, other: &Self) -> bool {
        self.fact == other.fact && self.config.series == other.config.series
    }
}
impl Eq for Described {}
impl std::hash::Hash for Described {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.fact.hash(state);
    }
}

impl ScalarUDFImpl for Described {
    fn name(&self) -> &str {
        match self.fact {
            Fact::Unit => "series_unit",
            Fact::PeriodEnd => "series_period_end",
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.fact {
            Fact::Unit => DataType::Utf8,
            Fact::PeriodEnd => DataType::Date32,
        })
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (sources, ids) = (arrays[0].as_string::<i32>(), arrays[1].as_string::<i32>());
        let series = self.series_of(sources, ids);
        let shown: ArrayRef = match self.fact {
            Fact::Unit => {
                let mut units = StringBuilder::new();
                series.iter().for_each(|series| units.append_option(series.map(|series| &series.unit)));
                Arc::new(units.finish())
            }
            Fact::PeriodEnd => {
                let days = arrays[2].as_primitive::<Date32Type>();
                let end = |(row, series): (usize, &Option<&Series>)| {
                    let as_of = days.is_valid(row).then(|| Date32Type::to_naive_date_opt(days.value(row))).flatten()?;
                    Some(Date32Type::from_naive_date((*series)?.period_end(as_of)?))
                };
                Arc::new(series.iter().enumerate().map(end).collect::<Date32Array>())
            }
        };
        Ok(ColumnarValue::Array(shown))
    }
}

impl Described {
    /// The series of each row. Rows come sorted by series: one look-up per run.
    fn series_of(&self, sources: &StringArray, ids: &StringArray) -> Vec<Option<&Series>> {
        let mut last: Option<((&str, &str), Option<&Series>)> = None;
        let mut found = Vec::with_capacity(ids.len());
        for (source, id) in sources.iter().zip(ids) {
            let name = (source.unwrap_or_default(), id.unwrap_or_default());
            let series = match last {
                Some((known, series)) if known == name => series,
                _ => self.config.series(name.0, name.1),
            };
            last = Some((name, series));
            found.push(series);
        }
        found
    }
}
