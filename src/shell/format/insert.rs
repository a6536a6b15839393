//! INSERT statements, one per row: values as SQL literals of their types, so that another database takes them as they are.

use std::io::{self, Write};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use super::cells::{Columns, Instants, Printer};
use super::{Format, Layout, ResultWriter, io_error};

pub struct Insert;

pub const NAME: &str = "insert";
/// The table's name where none was given.
pub const TABLE: &str = "t";

impl Format for Insert {
    fn name(&self) -> &'static str {
        NAME
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["sql"]
    }
    fn begin<'a>(&self, _: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let table = name(layout.table.as_deref().unwrap_or(TABLE));
        Ok(Box::new(Writer { out, table }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    table: String,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        for row in 0..batch.num_rows() {
            let values = columns.arrays().zip(&printers).map(|(array, printer)| value(array, printer, row));
            let values = values.collect::<Result<Vec<_>, _>>().map_err(io_error)?;
            writeln!(self.out, "INSERT INTO {} VALUES ({});", self.table, values.join(", "))?;
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// A name as SQL reads it; each part of a dotted one is a name. Quotes that the person wrote stay.
fn name(text: &str) -> String {
    let part = |part: &str| {
        let is_plain = part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !ALL_KEYWORDS.contains(&part.to_uppercase().as_str());
        if is_plain { part.to_string() } else { format!("\"{}\"", part.replace('"', "\"\"")) }
    };
    if text.starts_with('"') && text.ends_with('"') && text.len() > 1 {
        return text.to_string();
    }
    text.split('.').map(part).collect::<Vec<_>>().join(".")
}

fn value(array: &ArrayRef, printer: &Printer<'_>, row: usize) -> Result<String, ArrowError> {
    if array.data_type().is_nested() {
        return nested(array, row);
    }
    Ok(printer.text(row)?.map_or_else(|| "NULL".to_string(), |text| literal(array.data_type(), &text)))
}

/// The literal of a value that is not NULL.
fn literal(kind: &DataType, text: &str) -> String {
    let kind = match kind {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    match kind {
        kind if kind.is_floating() && text.parse::<f64>().is_ok_and(|number| !number.is_finite()) => {
            format!("CAST('{text}' AS DOUBLE)")
        }
        DataType::Boolean => text.to_string(),
        kind if kind.is_numeric() => text.to_string(),
        DataType::Date32 | DataType::Date64 => format!("DATE '{text}'"),
        DataType::Time32(_) | DataType::Time64(_) => format!("TIME '{text}'"),
        DataType::Timestamp(_, None) => format!("TIMESTAMP '{text}'"),
        DataType::Timestamp(_, Some(_)) => format!("TIMESTAMPTZ '{text}'"),
        DataType::Interval(_) => format!("INTERVAL '{text}'"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => format!("X'{text}'"),
        _ => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value that may hold others; they are rare enough to be taken one by one.
fn nested(array: &ArrayRef, row: usize) -> Result<String, ArrowError> {
    if array.is_null(row) {
        return Ok("NULL".to_string());
    }
    let items = |values: &ArrayRef| (0..values.len()).map(|item| nested(values, item)).collect::<Result<Vec<_>, _>>();
    let list = |values: ArrayRef| Ok(format!("[{}]", items(&values)?.join(", ")));
    match array.data_type() {
        DataType::List(_) => list(array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row)),
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let pairs: Vec<String> =
                items(entries.column(0))?.iter().zip(items(entries.column(1))?).map(|(k, v)| format!("{k}: {v}")).collect();
            Ok(format!("MAP {{{}}}", pairs.join(", ")))
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let members =
                fields.iter().zip(columns).map(|(field, column)| Ok(format!("{}: {}", quoted(field.name()), nested(column, row)?)));
            Ok(format!("{{{}}}", members.collect::<Result<Vec<_>, ArrowError>>()?.join(", ")))
        }
        _ => {
            let single: ArrayRef = array.slice(row, 1);
            let columns = Columns::new(std::slice::from_ref(&single), Instants::Spaced)?;
            value(&single, &columns.printers()?[0], 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, ListArray, TimestampSecondArray,
    };
    use datafusion::arrow::datatypes::Int32Type;

    use super::super::tests::{drawn, sample};
    use std::sync::Arc;

    use super::*;

    #[test]
    fn texts_and_instants_are_literals() {
        let layout = Layout { table: Some("prices".to_string()), ..Layout::default() };
        assert_eq!(
            drawn(&Insert, &sample(), layout),
            "INSERT INTO prices VALUES (1, 'a ''quoted'' <b> &\nand a line', TIMESTAMPTZ '2023-01-27 20:30:00Z');\n\
             INSERT INTO prices VALUES (NULL, '', NULL);\n"
        );
    }

    #[test]
    fn every_type_is_quoted_as_its_own() {
        let columns: [(&str, ArrayRef); 8] = [
            ("a", Arc::new(BooleanArray::from(vec![true]))),
            ("b", Arc::new(Float64Array::from(vec![f64::NAN]))),
            ("c", Arc::new(Float64Array::from(vec![-1.5]))),
            ("d", Arc::new(Date32Array::from(vec![19_381]))),
            ("e", Arc::new(TimestampSecondArray::from(vec![1_674_851_400]))),
            ("f", Arc::new(BinaryArray::from(vec![&[0_u8, 255][..]]))),
            ("g", Arc::new(Decimal128Array::from(vec![1_230]).with_precision_and_scale(10, 2).expect("a decimal"))),
            ("h", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None])]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("equal lengths");
        assert_eq!(
            drawn(&Insert, &batch, Layout::default()),
            "INSERT INTO t VALUES (true, CAST('NaN' AS DOUBLE), -1.5, DATE '2023-01-24', TIMESTAMP '2023-01-27 20:30:00', X'00ff', 12.30, [1, NULL]);\n"
        );
    }

    #[test]
    fn names_are_quoted_where_sql_would_read_them_otherwise() {
        let told = ["prices", "my.prices", "order", "Net", "a b", "x\"y", "\"kept\""].map(name);
        assert_eq!(told, ["prices", "my.prices", "\"order\"", "\"Net\"", "\"a b\"", "\"x\"\"y\"", "\"kept\""]);
    }
}
