//! `t AT TIME ZONE 'America/New_York'`, as SQL has it: of an instant what the clocks showed there, without a zone; of what clocks there showed
//! the instant. DataFusion keeps the instant in either case and hangs the zone on it, which is lost when it is cast.

use std::sync::Arc;

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowTimestampType, DataType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use datafusion::common::{ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};

use crate::error::Error;

/// What the clause is called where it has become a function.
pub const NAME: &str = "at_time_zone";
/// What stands inside a cast of an instant to what the clocks showed, where the session has a zone.
pub const SHOWN: &str = "shown_in_time_zone";

/// Gives an instant as what clocks in a zone showed, and leaves anything else as it is.
pub fn shown() -> ScalarUDF {
    ScalarUDF::from(Shown { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Shown {
    signature: Signature,
}

impl ScalarUDFImpl for Shown {
    fn name(&self) -> &str {
        SHOWN
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match &types[0] {
            DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, None),
            other => other.clone(),
        })
    }
    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.arg_fields.first().map(|field| field.data_type()) {
            Some(DataType::Timestamp(_, Some(_))) => at_time_zone(args),
            _ => Ok(args.args.swap_remove(0)),
        }
    }
}

pub fn function() -> ScalarUDF {
    ScalarUDF::from(AtTimeZone { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AtTimeZone {
    signature: Signature,
}

impl ScalarUDFImpl for AtTimeZone {
    fn name(&self) -> &str {
        NAME
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match &types[0] {
            DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, None),
            DataType::Timestamp(unit, None) => DataType::Timestamp(*unit, Some("UTC".into())),
            DataType::Date32 | DataType::Date64 | DataType::Null => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => return Err(Error::query("AT TIME ZONE takes an instant, and a text is none")
                .hint("write TIMESTAMP '2024-03-08 16:00:00' AT TIME ZONE 'America/New_York' for what the clocks there showed, TIMESTAMPTZ '2024-03-08 21:00:00Z' AT TIME ZONE ... for an instant")
                .into()),
        })
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        at_time_zone(args)
    }
}

fn at_time_zone(args: ScalarFunctionArgs) -> Result<ColumnarValue> {
    let [times, zone] = args.args.as_slice() else { return internal_err!("AT TIME ZONE has two sides") };
    let ColumnarValue::Scalar(zone) = zone else {
        return Err(Error::query("AT TIME ZONE takes one zone for all rows").hint("write the zone as a text").into());
    };
    let Some(Some(name)) = zone.try_as_str() else { return Ok(ColumnarValue::Scalar(ScalarValue::try_from(args.return_type())?)) };
    let zone: Tz = name.parse().map_err(|_| {
        Error::query(format!("there is no time zone `{name}`"))
            .hint("zones are written as in 'America/New_York', 'America/Sao_Paulo', 'UTC'")
    })?;
    let is_scalar = matches!(times, ColumnarValue::Scalar(_));
    let times = times.to_array(if is_scalar { 1 } else { args.number_rows })?;
    let shown = match times.data_type() {
        DataType::Timestamp(..) => times,
        _ => cast(&times, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
    };
    let moved = match shown.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => moved::<TimestampSecondType>(&shown, zone, name),
        DataType::Timestamp(TimeUnit::Millisecond, _) => moved::<TimestampMillisecondType>(&shown, zone, name),
        DataType::Timestamp(TimeUnit::Microsecond, _) => moved::<TimestampMicrosecondType>(&shown, zone, name),
        _ => moved::<TimestampNanosecondType>(&shown, zone, name),
    }?;
    match is_scalar {
        true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&moved, 0)?)),
        false => Ok(ColumnarValue::Array(moved)),
    }
}

fn moved<T: ArrowTimestampType>(times: &ArrayRef, zone: Tz, name: &str) -> Result<ArrayRef> {
    let a_second: i64 = match T::UNIT {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let times = times.as_primitive::<T>();
    let out_of_range = |_: Option<()>| Error::query(format!("an instant is too far away to be told in `{name}`"));
    let seconds = |time: i64| DateTime::from_timestamp(time.div_euclid(a_second), 0).map(|second| second.naive_utc());
    if times.timezone().is_some() {
        let shown = |time: i64| -> Option<i64> {
            let offset = zone.offset_from_utc_datetime(&seconds(time)?).fix().local_minus_utc();
            time.checked_add(i64::from(offset) * a_second)
        };
        let of = |time: i64| shown(time).ok_or_else(|| out_of_range(None));
        let shown: PrimitiveArray<T> = times.try_unary(of)?;
        return Ok(Arc::new(shown.with_timezone_opt(None::<Arc<str>>)));
    }
    let instant = |time: i64| -> Result<i64, Error> {
        let local = seconds(time).ok_or_else(|| out_of_range(None))?;
        let offset = match zone.offset_from_local_datetime(&local) {
            LocalResult::Single(offset) => offset.fix().local_minus_utc(),
            LocalResult::Ambiguous(first, second) => return Err(twice(local, name, first.fix(), second.fix())),
            LocalResult::None => return Err(never(local, name)),
        };
        time.checked_sub(i64::from(offset) * a_second).ok_or_else(|| out_of_range(None))
    };
    let instants: PrimitiveArray<T> = times.try_unary(instant)?;
    Ok(Arc::new(instants.with_timezone("UTC")))
}

fn twice(local: NaiveDateTime, name: &str, first: chrono::FixedOffset, second: chrono::FixedOffset) -> Error {
    Error::query(format!("{local} comes twice in `{name}`, when the clocks are put back"))
        .hint(format!("say which is meant: TIMESTAMPTZ '{local}{first}' or TIMESTAMPTZ '{local}{second}'"))
}

fn never(local: NaiveDateTime, name: &str) -> Error {
    let later = local.checked_add_signed(TimeDelta::hours(1)).unwrap_or(local);
    Error::query(format!("{local} never was in `{name}`, when the clocks are put forward")).hint(format!("an hour later it was {later}"))
}
