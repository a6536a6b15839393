//! `.export`: the last result, whole, into a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::whole::last_rows;
use super::{Command, Completes, Flow, file_of};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::format::FORMATS;
use crate::shell::output::{Output, format_of};

pub struct Export;

#[async_trait(?Send)]
impl Command for Export {
    fn name(&self) -> &'static str {
        "export"
    }
    fn argument(&self) -> &'static str {
        "FILE"
    }
    fn doc(&self) -> &'static str {
        "the last result, every row of it, to a file by its ending: csv, tsv, json, ndjson, parquet, arrow, xlsx, md, html, sql, txt, svg, png"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.export` needs a file").hint("write `.export FILE.csv`").into());
        }
        let file = file_of(argument);
        let Some(format) = format_of(&file)? else { return Err(endless(argument).into()) };
        let data = shell.session.data_folder();
        data.ensure_outside(&file)?;
        let (schema, stream) = last_rows(shell).await?;
        let mut output = Output::file(format, &file, data, shell.messages)?;
        *output.layout_mut() = shell.output.layout_mut().clone();
        let rows = Arc::new(AtomicUsize::new(0));
        let counted = {
            let rows = Arc::clone(&rows);
            stream.inspect_ok(move |batch| {
                rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
            })
        };
        output.rows(schema.clone(), Box::pin(RecordBatchStreamAdapter::new(schema, counted)), &|| ()).await?;
        output.finish()?;
        let rows = rows.load(Ordering::Relaxed);
        shell.messages.note(&format!("{rows} {} in `{}`", if rows == 1 { "row" } else { "rows" }, file.display()));
        Ok(Flow::Continue)
    }
}

fn endless(file: &str) -> Error {
    let endings: Vec<&str> = FORMATS.iter().flat_map(|format| format.extensions()).copied().collect();
    Error::usage(format!("`{file}` has no ending to choose a format by")).hint(format!("one of {}", endings.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_an_ending_of_every_format_that_has_one() {
        for format in FORMATS.iter().filter(|format| !format.extensions().is_empty()) {
            assert!(format.extensions().iter().any(|ending| Export.doc().contains(ending)), "{} is missing", format.name());
        }
    }
}
