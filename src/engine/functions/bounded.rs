//! Functions that make much of little (`repeat('x', 1000000000)`, a list of all numbers up to 10^12): they allocate at once what no pool is
//! asked for, and an allocation that fails ends the process. What a call would make is reckoned before, and refused where there is no room.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::length::length;
use datafusion::arrow::datatypes::{DataType, Float64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit};
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

use crate::engine::context::StatementContext;
use crate::error::Error;
use crate::memory;

/// What is reckoned of a row: about as many bytes as these arguments make.
type Reckoning = fn(&[ArrayRef], usize) -> Result<f64>;

const BOUNDED: [(&str, Reckoning); 7] = [
    ("repeat", repeated),
    ("lpad", padded),
    ("rpad", padded),
    ("array_repeat", listed),
    ("array_resize", resized),
    ("range", counted),
    ("generate_series", counted),
];

/// The part of a statement's memory that one call may take.
const SHARE: u64 = 4;
const BYTES_PER_ITEM: f64 = 8.0;
const MICROS_PER_DAY: f64 = 86_400_000_000.0;

/// Puts them in the place of the functions themselves.
pub fn register(state: &mut SessionState, context: &Arc<StatementContext>) -> Result<()> {
    let most = context.memory.unwrap_or_else(memory::limit) / SHARE;
    for (name, reckoning) in BOUNDED {
        if let Some(inner) = state.scalar_functions().get(name).cloned() {
            state.register_udf(Arc::new(ScalarUDF::new_from_impl(Bounded { inner, reckoning, most })))?;
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    reckoning: Reckoning,
    most: u64,
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner && self.most == other.most
    }
}
impl Eq for Bounded {}
impl std::hash::Hash for Bounded {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }
    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }
    fn signature(&self) -> &Signature {
        self.inner.signature()
    }
    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        self.inner.return_type(kinds)
    }
    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arguments = ColumnarValue::values_to_arrays(&call.args)?;
        let n_rows = arguments.iter().map(Array::len).min().unwrap_or(0);
        let mut bytes = 0.0;
        for row in (0..n_rows).filter(|row| arguments.iter().all(|argument| argument.is_valid(*row))) {
            bytes += (self.reckoning)(&arguments, row)?;
        }
        if bytes > self.most as f64 {
            let made = memory::shown(bytes as u64);
            return Err(Error::query(format!(
                "`{}` would make {made} at once, more than a quarter of the memory that may be taken",
                self.name()
            ))
            .hint("ask for less; as a table, `FROM generate_series(1, 1000000)` gives its rows one after the other")
            .into());
        }
        self.inner.invoke_with_args(call)
    }
}

/// An argument as a number; instants and days are microseconds.
fn number(argument: &ArrayRef, row: usize) -> Result<f64> {
    let one = argument.slice(row, 1);
    let one = match one.data_type() {
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            cast(&cast(&one, &DataType::Timestamp(TimeUnit::Microsecond, None))?, &DataType::Int64)?
        }
        _ => one,
    };
    Ok(cast(&one, &DataType::Float64)?.as_primitive::<Float64Type>().value(0))
}

fn repeated(arguments: &[ArrayRef], row: usize) -> Result<f64> {
    let [text, times, ..] = arguments else { return Ok(0.0) };
    Ok(number(&length(&text.slice(row, 1))?, 0)? * number(times, row)?.max(0.0))
}

fn padded(arguments: &[ArrayRef], row: usize) -> Result<f64> {
    let [_, width, ..] = arguments else { return Ok(0.0) };
    Ok(number(width, row)?.max(0.0))
}

fn listed(arguments: &[ArrayRef], row: usize) -> Result<f64> {
    let [item, times, ..] = arguments else { return Ok(0.0) };
    let size = item.slice(row, 1).to_data().get_slice_memory_size()? as f64;
    Ok(size.max(BYTES_PER_ITEM) * number(times, row)?.max(0.0))
}

fn resized(arguments: &[ArrayRef], row: usize) -> Result<f64> {
    let [_, length, ..] = arguments else { return Ok(0.0) };
    Ok(BYTES_PER_ITEM * number(length, row)?.max(0.0))
}

fn counted(arguments: &[ArrayRef], row: usize) -> Result<f64> {
    let (start, stop) = match arguments {
        [stop] => (0.0, number(stop, row)?),
        [start, stop, ..] => (number(start, row)?, number(stop, row)?),
        [] => return Ok(0.0),
    };
    let step = match arguments.get(2) {
        None => 1.0,
        Some(step) if matches!(step.data_type(), DataType::Interval(_)) => {
            let step = cast(&step.slice(row, 1), &DataType::Interval(IntervalUnit::MonthDayNano))?;
            let (months, days, nanos) = IntervalMonthDayNanoType::to_parts(step.as_primitive::<IntervalMonthDayNanoType>().value(0));
            (f64::from(months) * 28.0 + f64::from(days)) * MICROS_PER_DAY + nanos as f64 / 1e3
        }
        Some(step) => number(step, row)?,
    };
    // a step of nothing, or backwards, is the function's own to refuse
    let n = (stop - start) / step;
    Ok(if n.is_finite() { n.max(0.0) * BYTES_PER_ITEM } else { 0.0 })
}
