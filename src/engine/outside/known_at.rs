//! When a row of a file became known, by the column that was declared to say it. In doubt later: a bare date is known when the day is over,
//! a part of a microsecond counts as a whole one, and what reads as no instant is never known.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::error::Error;
use crate::tables::ColumnType;
use crate::time::KnowledgeTime;

const DAY: i64 = 86_400_000_000;

/// The instant at which a row with this value was known; NULL for never.
pub fn known_at(value: Expr) -> Expr {
    ScalarUDF::from(KnownAt { signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

/// Whether a column of this type can say when a row was known.
pub fn is_instant(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// That of a text.
pub fn of_text(text: &str) -> Option<i64> {
    let text = text.trim();
    let has_time = text.contains(':') || text.contains(['T', 't']);
    if !has_time {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d")).ok()?;
        return day.succ_opt()?.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc().timestamp_micros());
    }
    match string_to_datetime(&Utc, text) {
        Ok(instant) => whole_micros(instant),
        // with a zone by its name
        Err(_) => KnowledgeTime::parse(text).ok().map(KnowledgeTime::micros),
    }
}

fn whole_micros(instant: DateTime<Utc>) -> Option<i64> {
    let micros = instant.timestamp_micros();
    let has_more = !instant.timestamp_subsec_nanos().is_multiple_of(1_000);
    micros.checked_add(i64::from(has_more))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct KnownAt {
    signature: Signature,
}

impl ScalarUDFImpl for KnownAt {
    fn name(&self) -> &'static str {
        "known_at"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(ColumnType::Instant.arrow())
    }
    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [array] = arrays.as_slice() else { return Err(Error::internal("a knowledge time is read from one column").into()) };
        let micros = of_array(array)?;
        Ok(ColumnarValue::Array(Arc::new(micros.with_timezone("UTC"))))
    }
}

fn of_array(array: &ArrayRef) -> Result<TimestampMicrosecondArray> {
    let up = |value: i64| value.div_euclid(1_000) + i64::from(value.rem_euclid(1_000) != 0);
    Ok(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            array.as_primitive::<TimestampSecondType>().iter().map(|t| t?.checked_mul(1_000_000)).collect()
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            array.as_primitive::<TimestampMillisecondType>().iter().map(|t| t?.checked_mul(1_000)).collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => array.as_primitive::<TimestampMicrosecondType>().iter().collect(),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => array.as_primitive::<TimestampNanosecondType>().iter().map(|t| t.map(up)).collect(),
        DataType::Date32 | DataType::Date64 => {
            let days = cast(array, &DataType::Date32)?;
            days.as_primitive::<Date32Type>().iter().map(|day| (i64::from(day?) + 1).checked_mul(DAY)).collect()
        }
        _ => {
            let texts = cast(array, &DataType::Utf8)?;
            texts.as_string::<i32>().iter().map(|text| of_text(text?)).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Date32Array, StringArray, TimestampNanosecondArray};

    fn at(text: &str) -> Option<i64> {
        Some(text.parse::<DateTime<Utc>>().expect("an instant").timestamp_micros())
    }

    #[test]
    fn a_bare_date_is_known_when_the_day_is_over() {
        let next = at("2023-06-16T00:00:00Z");
        assert_eq!((of_text("2023-06-15"), of_text(" 20230615 ")), (next, next));
        let days: ArrayRef = Arc::new(Date32Array::from(vec![19_523, 19_524]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["2023-06-15", "2023-06-16"]));
        assert_eq!(of_array(&days).expect("instants"), of_array(&texts).expect("instants"));
    }

    #[test]
    fn a_part_of_a_microsecond_counts_as_a_whole_one() {
        let later = at("2023-06-15T12:00:00.000001Z");
        assert_eq!(of_text("2023-06-15 12:00:00.000000001Z"), later);
        assert_eq!(of_text("2023-06-15 12:00:00.000001"), later);
        let nanos: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![1, 1_000, -1, -1_001, 0]));
        assert_eq!(of_array(&nanos).expect("instants").values().to_vec(), [1, 1, 0, -1, 0]);
    }

    #[test]
    fn what_reads_as_no_instant_is_never_known() {
        for text in ["TBA", "", "2023-13-01", "12:00", "2023-06-15 25:00:00", "soon: T"] {
            assert_eq!(of_text(text), None, "{text}");
        }
        assert_eq!(of_text("2023-06-15T14:00:00+02:00"), at("2023-06-15T12:00:00Z"));
        assert_eq!(of_text("2023-06-15 08:00 America/New_York"), at("2023-06-15T12:00:00Z"));
    }
}
