//! Pictures: what `.chart` draws of a result, as the rows of a file or of stdout. What goes where is chosen by the columns.
//!
//! Rows are kept until the last one has come; those that take too much room for a picture are refused.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::{Asked, Format, Layout, ResultWriter};
use crate::shell::chart;
use crate::shell::chart::request::{Picture as Kind, Request};
use crate::shell::last::{LARGEST, Last};
use crate::time::IngestTime;

/// A kind of picture.
pub struct Picture {
    kind: Kind,
    name: &'static str,
    extensions: &'static [&'static str],
}

pub static SVG: Picture = Picture { kind: Kind::Svg, name: "svg", extensions: &["svg"] };
pub static PNG: Picture = Picture { kind: Kind::Png, name: "png", extensions: &["png"] };

impl Format for Picture {
    fn name(&self) -> &'static str {
        self.name
    }
    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }
    /// Of both kinds one file is one picture.
    fn is_binary(&self) -> bool {
        true
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        Ok(Box::new(Writer { out, kind: self.kind, asked: layout.asked, schema: schema.clone(), batches: Vec::new(), bytes: 0 }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    kind: Kind,
    asked: Asked,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    bytes: usize,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.bytes += batch.get_array_memory_size();
        if self.bytes > LARGEST {
            return Err(io::Error::other("a result of more than 256 MiB is not drawn: select fewer columns, or a row per day or week"));
        }
        self.batches.push(batch.clone());
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Asked { statement, clock } = self.asked;
        let known_at = clock.unwrap_or_else(|| IngestTime::now().as_knowledge());
        let last = Last { statement, schema: self.schema, batches: self.batches, known_at, is_clocked: clock.is_some() };
        let drawn = chart::chart(&last, &Request::default()).and_then(|picture| chart::file(&picture, self.kind));
        self.out.write_all(&drawn.map_err(|error| io::Error::other(error.message().to_string()))?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};

    use super::super::tests::{drawn, sample};
    use super::*;
    use crate::time::KnowledgeTime;

    #[test]
    fn rows_become_a_picture_that_says_its_clock() {
        let columns: [(&str, ArrayRef); 2] =
            [("n", Arc::new(Int64Array::from(vec![1, 2, 3]))), ("net", Arc::new(Float64Array::from(vec![1.0, 4.0, 2.0])))];
        let batch = RecordBatch::try_from_iter(columns).expect("equal lengths");
        let clock = Some(KnowledgeTime::parse("2019-02-05").expect("an instant"));
        let asked = Asked { statement: "SELECT n, net FROM t".to_string(), clock };
        let text = drawn(&SVG, &batch, Layout { asked, ..Layout::default() });
        assert!(text.starts_with("<svg") && text.contains("2019-02-05") && text.contains("SELECT n, net FROM t"), "{text}");
    }

    #[test]
    fn what_cannot_be_drawn_is_a_sentence() {
        let mut out = Vec::new();
        let schema = sample().schema();
        let error = SVG.begin(&schema, &mut out, Layout::default()).and_then(|writer| writer.finish()).expect_err("no rows");
        assert!(error.to_string().contains("nothing to draw"), "{error}");
        assert!(out.is_empty());
    }
}
