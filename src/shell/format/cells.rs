//! The text of single values: what table, markdown, csv and tsv have in common, and json with other instants. Pure.

use std::sync::Arc;

use chrono_tz::Tz;
use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// How instants look. `%.f` prints a fraction only where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    /// `2023-01-27 20:30:00Z`
    Spaced,
    /// `2023-01-27T20:30:00Z`
    Iso,
    /// `2023-01-27 15:30:00-05:00`
    Local(Tz),
}

impl Instants {
    fn options(self) -> FormatOptions<'static> {
        let options = FormatOptions::new().with_null("NULL").with_date_format(Some("%Y-%m-%d"));
        match self {
            Self::Spaced => {
                options.with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f")).with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.fZ"))
            }
            Self::Local(_) => {
                options.with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f")).with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"))
            }
            Self::Iso => {
                options.with_timestamp_format(Some("%Y-%m-%dT%H:%M:%S%.f")).with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"))
            }
        }
    }
}

/// Columns of equal length, made ready for printing.
pub struct Columns {
    arrays: Vec<(ArrayRef, Option<NullBuffer>)>,
    instants: Instants,
}

impl Columns {
    /// # Errors
    /// A column of instants cannot be moved to UTC.
    pub fn new(columns: &[ArrayRef], instants: Instants) -> Result<Self, ArrowError> {
        let arrays = columns.iter().map(|array| {
            let array = in_zone(array, instants)?;
            let nulls = array.logical_nulls();
            Ok((array, nulls))
        });
        Ok(Self { arrays: arrays.collect::<Result<_, ArrowError>>()?, instants })
    }

    /// The columns as they are printed.
    pub fn arrays(&self) -> impl Iterator<Item = &ArrayRef> {
        self.arrays.iter().map(|(array, _)| array)
    }

    pub fn rows(&self) -> usize {
        self.arrays.first().map_or(0, |(array, _)| array.len())
    }

    /// One printer per column.
    ///
    /// # Errors
    /// A type that has no text.
    pub fn printers(&self) -> Result<Vec<Printer<'_>>, ArrowError> {
        let options = self.instants.options();
        self.arrays
            .iter()
            .map(|(array, nulls)| Ok(Printer { formatter: ArrayFormatter::try_new(array.as_ref(), &options)?, nulls: nulls.as_ref() }))
            .collect()
    }
}

/// Prints the values of one column.
pub struct Printer<'a> {
    formatter: ArrayFormatter<'a>,
    nulls: Option<&'a NullBuffer>,
}

impl Printer<'_> {
    /// The value's text; `None` for NULL.
    ///
    /// # Errors
    /// A value that has no text (an instant outside the calendar).
    pub fn text(&self, row: usize) -> Result<Option<String>, ArrowError> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(None);
        }
        self.formatter.value(row).try_to_string().map(Some)
    }
}

/// Instants of any zone in the one that is shown: the `Z` of the format must be true.
fn in_zone(array: &ArrayRef, instants: Instants) -> Result<ArrayRef, ArrowError> {
    let name = match instants {
        Instants::Local(zone) => zone.name(),
        Instants::Spaced | Instants::Iso => "UTC",
    };
    match array.data_type() {
        DataType::Timestamp(unit, Some(zone)) if zone.as_ref() != name => cast(array, &DataType::Timestamp(*unit, Some(name.into()))),
        _ => Ok(Arc::clone(array)),
    }
}

/// Control characters made visible: a value must not steer the terminal, nor shift the columns.
pub fn visible(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_string();
    }
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Float64Array, TimestampMicrosecondArray};

    fn texts(array: ArrayRef, instants: Instants) -> Vec<Option<String>> {
        let columns = Columns::new(&[array], instants).expect("printable");
        let printers = columns.printers().expect("printable");
        (0..columns.rows()).map(|row| printers[0].text(row).expect("printable")).collect()
    }

    #[test]
    fn instants_are_utc_and_carry_a_fraction_only_where_there_is_one() {
        let micros = vec![Some(1_674_851_400_000_000), Some(1_674_851_400_000_001), None];
        let utc: ArrayRef = Arc::new(TimestampMicrosecondArray::from(micros.clone()).with_timezone("UTC"));
        let expected = [Some("2023-01-27 20:30:00Z"), Some("2023-01-27 20:30:00.000001Z"), None].map(|t| t.map(str::to_string));
        assert_eq!(texts(utc, Instants::Spaced), expected);
        let new_york: ArrayRef = Arc::new(TimestampMicrosecondArray::from(micros.clone()).with_timezone("America/New_York"));
        assert_eq!(texts(new_york, Instants::Spaced), expected);
        let naive: ArrayRef = Arc::new(TimestampMicrosecondArray::from(micros));
        assert_eq!(texts(naive, Instants::Iso)[0].as_deref(), Some("2023-01-27T20:30:00"));
    }

    #[test]
    fn instants_in_a_zone_tell_how_far_it_is_from_utc() {
        let utc: ArrayRef =
            Arc::new(TimestampMicrosecondArray::from(vec![1_674_851_400_000_000, 1_690_000_000_000_000]).with_timezone("UTC"));
        let shown = texts(utc, Instants::Local(Tz::America__New_York));
        assert_eq!(shown, [Some("2023-01-27 15:30:00-05:00"), Some("2023-07-22 00:26:40-04:00")].map(|t| t.map(str::to_string)));
    }

    #[test]
    fn floats_print_so_that_they_read_back_equal() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.1 + 0.2, 1.0, -0.0, f64::NAN, 1e300]));
        for (text, value) in texts(floats, Instants::Spaced).into_iter().flatten().zip([0.1 + 0.2, 1.0, -0.0, f64::NAN, 1e300]) {
            let back: f64 = text.parse().expect("a number");
            assert!(back.to_bits() == value.to_bits() || (back.is_nan() && value.is_nan()), "{text}");
        }
    }
}
