//! JSON: one array of objects per result. Numbers are numbers, NaN and infinities are null, instants are ISO 8601.

use std::io::{self, Write};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;

use super::cells::{Columns, Instants, Printer};
use super::{Format, Layout, ResultWriter, io_error};

pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }
    fn begin<'a>(&self, _: &SchemaRef, out: &'a mut (dyn Write + Send), _: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        write!(out, "[")?;
        Ok(Box::new(Writer { out, is_first: true }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    is_first: bool,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let is_first = &mut self.is_first;
        let separator = || if std::mem::take(is_first) { "\n  " } else { ",\n  " };
        Objects::new(batch).map_err(io_error)?.write(self.out, separator, "")
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        writeln!(self.out, "{}", if self.is_first { "]" } else { "\n]" })
    }
}

/// The rows of a batch as JSON objects.
pub struct Objects {
    names: Vec<String>,
    columns: Columns,
}

impl Objects {
    /// # Errors
    /// A column of instants cannot be moved to UTC.
    pub fn new(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let names = batch.schema().fields().iter().map(|field| string(field.name())).collect();
        Ok(Self { names, columns: Columns::new(batch.columns(), Instants::Iso)? })
    }

    /// Writes every row, each after what `before` gives for it.
    ///
    /// # Errors
    /// The output cannot be written, or a value has no text.
    pub fn write(&self, out: &mut dyn Write, mut before: impl FnMut() -> &'static str, after: &str) -> io::Result<()> {
        let printers = self.columns.printers().map_err(io_error)?;
        for row in 0..self.columns.rows() {
            write!(out, "{}{{", before())?;
            for (index, (name, array)) in self.names.iter().zip(self.columns.arrays()).enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let value = match &printers[index] {
                    _ if array.data_type().is_nested() => nested(array, row),
                    printer => leaf(array.data_type(), printer, row),
                };
                write!(out, "{comma}{name}:{}", value.map_err(io_error)?)?;
            }
            write!(out, "}}{after}")?;
        }
        Ok(())
    }
}

fn leaf(kind: &DataType, printer: &Printer<'_>, row: usize) -> Result<String, ArrowError> {
    let Some(text) = printer.text(row)? else { return Ok("null".to_string()) };
    let kind = match kind {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    Ok(match kind {
        kind if kind.is_floating() && matches!(text.as_str(), "NaN" | "inf" | "-inf") => "null".to_string(),
        DataType::Boolean => text,
        kind if kind.is_numeric() => text,
        _ => string(&text),
    })
}

/// A value that may hold others; they are rare enough to be taken one by one.
fn nested(array: &ArrayRef, row: usize) -> Result<String, ArrowError> {
    if array.is_null(row) {
        return Ok("null".to_string());
    }
    let list = |values: ArrayRef| -> Result<String, ArrowError> {
        let items: Vec<String> = (0..values.len()).map(|item| nested(&values, item)).collect::<Result<_, _>>()?;
        Ok(format!("[{}]", items.join(",")))
    };
    match array.data_type() {
        DataType::List(_) => list(array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row)),
        DataType::Map(..) => list(Arc::new(array.as_map().value(row))),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let members =
                fields.iter().zip(columns).map(|(field, column)| Ok(format!("{}:{}", string(field.name()), nested(column, row)?)));
            Ok(format!("{{{}}}", members.collect::<Result<Vec<_>, ArrowError>>()?.join(",")))
        }
        kind => {
            let columns = Columns::new(&[array.slice(row, 1)], Instants::Iso)?;
            leaf(kind, &columns.printers()?[0], 0)
        }
    }
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array, ListArray, StringArray, TimestampMicrosecondArray};
    use datafusion::arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn values_keep_their_json_types() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("n", Arc::new(Int64Array::from(vec![Some(7), None]))),
            ("x", Arc::new(Float64Array::from(vec![1.5, f64::NAN]))),
            ("say \"hi\"", Arc::new(StringArray::from(vec![Some("a\nb"), Some("")]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_674_851_400_000_000), None]).with_timezone("UTC"))),
            ("l", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).expect("equal lengths");
        let mut out = Vec::new();
        Objects::new(&batch).expect("printable").write(&mut out, || "", "\n").expect("a vector takes all");
        let lines: Vec<serde_json::Value> =
            String::from_utf8(out).expect("text").lines().map(|line| serde_json::from_str(line).expect("json")).collect();
        assert_eq!(lines[0], serde_json::json!({"n": 7, "x": 1.5, "say \"hi\"": "a\nb", "at": "2023-01-27T20:30:00Z", "l": [1, null]}));
        assert_eq!(lines[1], serde_json::json!({"n": null, "x": null, "say \"hi\"": "", "at": null, "l": null}));
    }
}
