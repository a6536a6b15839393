//! An Excel workbook: one result on one sheet, the header frozen, and what was asked on a second. Numbers are numbers, days and instants are Excel's dates (instants in UTC,
//! since Excel knows no zone); what Excel cannot hold as such is text, never another value.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use rust_xlsxwriter::{Format as Look, Workbook, Worksheet, XlsxError};

use super::cells::{Columns, Instants, Printer};
use super::{Asked, Format, Layout, ResultWriter, io_error};

pub struct Xlsx;

/// Rows of a sheet, header included, and its columns.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
/// Characters of a cell.
const MAX_TEXT: usize = 32_767;
/// Whole numbers below are floating ones too.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;
/// Rows by whose values the columns' widths are chosen.
const MEASURED: u32 = 1_000;

impl Format for Xlsx {
    fn name(&self) -> &'static str {
        "xlsx"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["xlsx"]
    }
    fn is_binary(&self) -> bool {
        true
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        if schema.fields().len() > MAX_COLUMNS {
            return Err(io::Error::other(format!("an Excel sheet has {MAX_COLUMNS} columns, and the result {}", schema.fields().len())));
        }
        let mut sheet = Worksheet::new();
        sheet.set_autofit_max_row(MEASURED);
        sheet.set_freeze_panes(1, 0).map_err(excel_error)?;
        let bold = Look::new().set_bold();
        for (column, field) in (0..).zip(schema.fields()) {
            sheet.write_string_with_format(0, column, field.name(), &bold).map_err(excel_error)?;
        }
        let looks = schema.fields().iter().map(|field| look(field.data_type())).collect();
        let widths = schema.fields().iter().map(|field| width(field.data_type()).map(|least| least.max(field.name().len() + 2)));
        Ok(Box::new(Writer { out, sheet, looks, widths: widths.collect(), asked: layout.asked, next: 1 }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    sheet: Worksheet,
    looks: Vec<Option<Look>>,
    /// Characters that a day or an instant takes as shown; Excel fits the width of numbers and texts.
    widths: Vec<Option<usize>>,
    asked: Asked,
    /// The row to write next.
    next: u32,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let rows = u32::try_from(batch.num_rows()).ok().and_then(|rows| self.next.checked_add(rows)).filter(|end| *end <= MAX_ROWS);
        if rows.is_none() {
            return Err(io::Error::other(format!(
                "an Excel sheet has {MAX_ROWS} rows, and the result more: write parquet or csv, or fewer rows"
            )));
        }
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        for (at, (array, printer)) in (0..).zip(batch.columns().iter().zip(&printers)) {
            let values = Values::of(array)?;
            for row in 0..batch.num_rows() {
                let place = (self.next + row as u32, at);
                write_cell(&mut self.sheet, place, self.looks[usize::from(at)].as_ref(), &values, printer, row)?;
            }
        }
        self.next += batch.num_rows() as u32;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.sheet.autofit();
        for (column, width) in (0..).zip(&self.widths) {
            if let Some(width) = width {
                self.sheet.set_column_width(column, *width as f64).map_err(excel_error)?;
            }
        }
        let mut book = Workbook::new();
        book.push_worksheet(self.sheet);
        if !self.asked.statement.is_empty() {
            book.push_worksheet(question(&self.asked).map_err(excel_error)?);
        }
        let bytes = book.save_to_buffer().map_err(excel_error)?;
        self.out.write_all(&bytes)
    }
}

/// The sheet that says what the first one answers.
fn question(asked: &Asked) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name("question")?;
    let clock = asked.clock.map_or_else(|| "none: all that is known".to_string(), |clock| clock.to_string());
    let statement: String = asked.statement.chars().take(MAX_TEXT).collect();
    let bold = Look::new().set_bold();
    for (row, (name, text)) in (0..).zip([("clock", clock), ("sql", statement)]) {
        sheet.write_string_with_format(row, 0, name, &bold)?;
        sheet.write_string_with_format(row, 1, text, &Look::new().set_text_wrap())?;
    }
    sheet.set_column_width(1, 100)?;
    Ok(sheet)
}

/// Characters of a day or an instant as shown; `None` for what is fitted by its values.
fn width(kind: &DataType) -> Option<usize> {
    match kind {
        DataType::Dictionary(_, value) => width(value),
        DataType::Date32 | DataType::Date64 => Some(12),
        DataType::Timestamp(..) => Some(20),
        _ => None,
    }
}

/// A column as Excel holds it.
enum Values {
    Numbers(ArrayRef),
    /// Instants and days, as microseconds.
    Instants(ArrayRef),
    Flags(ArrayRef),
    Texts,
}

impl Values {
    fn of(array: &ArrayRef) -> io::Result<Self> {
        let micros = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
        let kind = match array.data_type() {
            DataType::Dictionary(_, value) => value.as_ref(),
            other => other,
        };
        Ok(match kind {
            DataType::Boolean => Self::Flags(cast(array, &DataType::Boolean).map_err(io_error)?),
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => {
                Self::Instants(cast(array, &micros(None)).map_err(io_error)?)
            }
            DataType::Timestamp(_, Some(_)) => Self::Instants(cast(array, &micros(Some("UTC"))).map_err(io_error)?),
            kind if kind.is_numeric() => Self::Numbers(cast(array, &DataType::Float64).map_err(io_error)?),
            _ => Self::Texts,
        })
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    look: Option<&Look>,
    values: &Values,
    printer: &Printer<'_>,
    at: usize,
) -> io::Result<()> {
    let Some(text) = printer.text(at).map_err(io_error)? else { return Ok(()) };
    let written = match values {
        Values::Flags(flags) => sheet.write_boolean(row, column, flags.as_boolean().value(at)),
        Values::Numbers(numbers) => match numbers.as_primitive::<Float64Type>().value(at) {
            number if number.is_finite() && number.abs() < MAX_WHOLE => sheet.write_number(row, column, number),
            // A whole number that floating ones skip would become its neighbour.
            number if number.is_finite() && text.contains(['.', 'e', 'E']) => sheet.write_number(row, column, number),
            _ => sheet.write_string(row, column, &text),
        },
        Values::Instants(instants) => {
            let instant = DateTime::from_timestamp_micros(instants.as_primitive::<TimestampMicrosecondType>().value(at));
            match (instant.and_then(|instant| serial(instant.naive_utc())), look) {
                (Some(serial), Some(look)) => sheet.write_number_with_format(row, column, serial, look),
                _ => sheet.write_string(row, column, &text),
            }
        }
        Values::Texts => {
            let length = text.chars().count();
            if length > MAX_TEXT {
                return Err(io::Error::other(format!("an Excel cell holds {MAX_TEXT} characters, and a text of row {row} has {length}")));
            }
            sheet.write_string(row, column, &text)
        }
    };
    written.map(drop).map_err(excel_error)
}

/// Days since the last day of 1899 as Excel counts them: it believes in a 29 February 1900, so that days before March 1900 have no sure number.
fn serial(instant: NaiveDateTime) -> Option<f64> {
    const MICROS_OF_A_DAY: f64 = 86_400e6;
    let epoch = chrono::NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
    let micros = (instant - epoch).num_microseconds()?;
    let serial = micros as f64 / MICROS_OF_A_DAY;
    // 1 March 1900 to 31 December 9999
    (61.0..2_958_466.0).contains(&serial).then_some(serial)
}

/// How a column's dates are shown.
fn look(kind: &DataType) -> Option<Look> {
    let kind = match kind {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    match kind {
        DataType::Date32 | DataType::Date64 => Some(Look::new().set_num_format("yyyy-mm-dd")),
        DataType::Timestamp(..) => Some(Look::new().set_num_format("yyyy-mm-dd hh:mm:ss")),
        _ => None,
    }
}

fn excel_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use calamine::{Data, Reader, Xlsx as Book};
    use datafusion::arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array};

    use super::super::tests::sample;
    use super::*;

    fn cells(batch: &RecordBatch) -> Vec<Vec<Data>> {
        let mut out = Vec::new();
        let mut writer = Xlsx.begin(&batch.schema(), &mut out, Layout::default()).expect("a workbook");
        writer.write(batch).expect("fits");
        writer.finish().expect("a vector takes all");
        let mut book: Book<_> = Book::new(Cursor::new(out)).expect("a workbook");
        let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
        range.rows().map(<[Data]>::to_vec).collect()
    }

    fn number(data: &Data) -> f64 {
        match data {
            Data::DateTime(at) => at.as_f64(),
            Data::Float(number) => *number,
            other => panic!("{other:?} is no number"),
        }
    }

    #[test]
    fn values_keep_their_kind_and_null_is_an_empty_cell() {
        let cells = cells(&sample());
        assert_eq!(cells[0], ["n", "text", "at"].map(|name| Data::String(name.to_string())));
        assert_eq!(cells[1][0], Data::Float(1.0));
        // 2023-01-27 is Excel's day 44953, and 20:30 is 20.5 hours of it
        assert!(matches!(cells[1][2], Data::DateTime(_)), "{:?}", cells[1][2]);
        assert!((number(&cells[1][2]) - (44_953.0 + 20.5 / 24.0)).abs() < 1e-9);
        assert_eq!(cells.len(), 2, "a row of nothing leaves no trace");
        let columns: [(&str, ArrayRef); 2] =
            [("a", Arc::new(Int64Array::from(vec![None, Some(1)]))), ("b", Arc::new(Int64Array::from(vec![Some(2), None])))];
        let cells = self::cells(&RecordBatch::try_from_iter(columns).expect("equal lengths"));
        assert_eq!(cells[1..], [[Data::Empty, Data::Float(2.0)], [Data::Float(1.0), Data::Empty]]);
    }

    #[test]
    fn second_sheet_says_what_was_asked() {
        let mut out = Vec::new();
        let asked = Asked { statement: "SELECT 1".to_string(), clock: None };
        let layout = Layout { asked, ..Layout::default() };
        let writer = Xlsx.begin(&sample().schema(), &mut out, layout).expect("a workbook");
        writer.finish().expect("a vector takes all");
        let mut book: Book<_> = Book::new(Cursor::new(out)).expect("a workbook");
        let range = book.worksheet_range("question").expect("the second sheet");
        assert_eq!(range.get_value((1, 1)), Some(&Data::String("SELECT 1".to_string())));
    }

    #[test]
    fn days_and_instants_have_room() {
        assert_eq!(width(&DataType::Date32), Some(12));
        assert_eq!(width(&DataType::Timestamp(TimeUnit::Microsecond, None)), Some(20));
        assert_eq!(width(&DataType::Int64), None);
    }

    #[test]
    fn what_excel_cannot_hold_is_text() {
        let columns: [(&str, ArrayRef); 4] = [
            ("n", Arc::new(Int64Array::from(vec![9_007_199_254_740_993, 7]))),
            ("x", Arc::new(Float64Array::from(vec![f64::NAN, 1e300]))),
            ("day", Arc::new(Date32Array::from(vec![-30_000, 0]))),
            ("flag", Arc::new(BooleanArray::from(vec![true, false]))),
        ];
        let cells = cells(&RecordBatch::try_from_iter(columns).expect("equal lengths"));
        let text = |text: &str| Data::String(text.to_string());
        assert_eq!(cells[1], [text("9007199254740993"), text("NaN"), text("1887-11-12"), Data::Bool(true)]);
        assert_eq!((number(&cells[2][1]), number(&cells[2][2])), (1e300, 25_569.0));
    }

    #[test]
    fn more_rows_than_a_sheet_has_are_refused_with_a_sentence() {
        let column: ArrayRef = Arc::new(BooleanArray::from(vec![None; MAX_ROWS as usize]));
        let batch = RecordBatch::try_from_iter([("a", column)]).expect("one column");
        let mut out = Vec::new();
        let mut writer = Xlsx.begin(&batch.schema(), &mut out, Layout::default()).expect("a workbook");
        assert!(writer.write(&batch.slice(0, MAX_ROWS as usize - 1)).is_ok());
        let error = writer.write(&batch.slice(0, 1)).expect_err("one row too many");
        assert!(error.to_string().starts_with("an Excel sheet has 1048576 rows"), "{error}");
    }
}
