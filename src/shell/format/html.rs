//! An HTML table per result: texts escaped, numbers to the right. A file says its encoding and how its lines look; what is piped or
//! pasted into a page takes the page's.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::cells::{Columns, Instants};
use super::{Format, Layout, NULL, ResultWriter, io_error};

pub struct Html;

/// Before the tables of a file.
const HEAD: &str = "<meta charset=\"utf-8\">\n<style>table { border-collapse: collapse; font: 14px sans-serif; margin: 1em 0 } \
                    th, td { border-bottom: 1px solid #ddd; padding: 3px 10px; text-align: left; white-space: pre-wrap }</style>\n";

/// On cells of numbers; a class would need a style that a page does not have.
const RIGHT: &str = " style=\"text-align: right\"";

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["html", "htm"]
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        if layout.is_file {
            out.write_all(HEAD.as_bytes())?;
        }
        let aligned: Vec<&str> = schema.fields().iter().map(|field| if field.data_type().is_numeric() { RIGHT } else { "" }).collect();
        write!(out, "<table>\n<thead>\n<tr>")?;
        for (field, style) in schema.fields().iter().zip(&aligned) {
            write!(out, "<th{style}>{}</th>", escaped(field.name()))?;
        }
        write!(out, "</tr>\n</thead>\n<tbody>\n")?;
        Ok(Box::new(Writer { out, aligned, null: escaped(layout.null.as_deref().unwrap_or(NULL)) }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    /// The style of each column's cells.
    aligned: Vec<&'static str>,
    null: String,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        for row in 0..batch.num_rows() {
            write!(self.out, "<tr>")?;
            for (printer, style) in printers.iter().zip(&self.aligned) {
                let text = printer.text(row).map_err(io_error)?;
                write!(self.out, "<td{style}>{}</td>", text.as_deref().map_or_else(|| self.null.clone(), escaped))?;
            }
            writeln!(self.out, "</tr>")?;
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        write!(self.out, "</tbody>\n</table>\n")
    }
}

/// A text that cannot end the cell that it stands in, nor begin a tag. Control characters are no part of HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            '\t' => out.push('\t'),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, sample};
    use super::*;

    #[test]
    fn texts_are_escaped_and_numbers_stand_on_the_right() {
        let page = drawn(&Html, &sample(), Layout { null: Some("<none>".to_string()), ..Layout::default() });
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("<tr>")).collect();
        assert_eq!(
            rows,
            [
                "<tr><th style=\"text-align: right\">n</th><th>text</th><th>at</th></tr>",
                "<tr><td style=\"text-align: right\">1</td><td>a &#39;quoted&#39; &lt;b&gt; &amp;<br>and a line</td><td>2023-01-27 20:30:00Z</td></tr>",
                "<tr><td style=\"text-align: right\">&lt;none&gt;</td><td></td><td>&lt;none&gt;</td></tr>",
            ]
        );
        assert!(page.ends_with("</tbody>\n</table>\n"));
    }

    #[test]
    fn file_says_its_encoding_and_a_fragment_does_not() {
        assert!(drawn(&Html, &sample(), Layout { is_file: true, ..Layout::default() }).starts_with("<meta charset=\"utf-8\">"));
        assert!(drawn(&Html, &sample(), Layout::default()).starts_with("<table>"));
    }
}
