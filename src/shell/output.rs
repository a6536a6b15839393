//! Where results go: stdout, or a file that appears whole or not at all.

use std::fs::Permissions;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use futures::StreamExt;
use tempfile::NamedTempFile;

use super::format::{self, Format, Layout};
use crate::engine;
use crate::error::{Error, Result, system_words};
use crate::script::Stop;

/// A destination and the format that is written to it.
pub struct Output {
    format: &'static dyn Format,
    layout: Layout,
    target: Target,
    results: usize,
}

enum Target {
    Stdout(BufWriter<io::Stdout>),
    File { file: BufWriter<NamedTempFile>, path: PathBuf },
}

impl Output {
    /// To stdout, fitted to the terminal if it is one.
    ///
    /// # Errors
    /// The format is binary and stdout is a terminal.
    pub fn stdout(format: &'static dyn Format, max_rows: Option<usize>) -> Result<Self> {
        ensure_fit_for_stdout(format)?;
        let mut output = Self { format, layout: Layout::default(), target: Target::Stdout(BufWriter::new(io::stdout())), results: 0 };
        if io::stdout().is_terminal() {
            output.layout.max_rows = max_rows;
            output.layout.colour = super::messages::is_colour_wanted();
            output.refit();
        }
        Ok(output)
    }

    /// Takes the terminal's width of now: its window may have changed.
    pub fn refit(&mut self) {
        if matches!(self.target, Target::Stdout(_)) && io::stdout().is_terminal() {
            self.layout.width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        }
    }

    pub fn layout_mut(&mut self) -> &mut Layout {
        &mut self.layout
    }

    pub fn format(&self) -> &'static dyn Format {
        self.format
    }

    /// Prints later results in another format.
    ///
    /// # Errors
    /// A terminal would get a binary format.
    pub fn set_format(&mut self, format: &'static dyn Format) -> Result<()> {
        if matches!(self.target, Target::Stdout(_)) {
            ensure_fit_for_stdout(format)?;
        }
        self.format = format;
        Ok(())
    }

    /// To a file: written beside it under another name, and renamed by [`Output::finish`].
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn file(format: &'static dyn Format, path: &Path) -> Result<Self> {
        let file = beside(path)?;
        let target = Target::File { file: BufWriter::new(file), path: path.to_path_buf() };
        Ok(Self { format, layout: Layout::default(), target, results: 0 })
    }

    /// Writes one result from its first batch to its last; `before` is called before the first byte that a terminal gets.
    ///
    /// # Errors
    /// The rows cannot be computed, or not be written.
    pub async fn rows(
        &mut self,
        schema: datafusion::arrow::datatypes::SchemaRef,
        mut stream: datafusion::execution::SendableRecordBatchStream,
        before: &(dyn Fn() + Send + Sync),
    ) -> Result<(), Stop> {
        if self.format.is_binary() && self.results > 0 {
            return Err(Error::usage(format!("{} output holds one result, and this text gives more than one", self.format.name()))
                .hint("run the statements one by one, or write csv or json")
                .into());
        }
        // The first batch is computed before anything is written: a query that fails at once leaves no header behind.
        let mut next = stream.next().await.transpose().map_err(engine::explain)?;
        self.results += 1;
        let mut announced;
        let (out, path): (&mut (dyn Write + Send), Option<&Path>) = match &mut self.target {
            Target::Stdout(out) => {
                announced = Announced { out, before: Some(before) };
                (&mut announced, None)
            }
            Target::File { file, path } => (file, Some(path)),
        };
        let stop = |error: io::Error| output_stop(path, error);
        let mut writer = self.format.begin(&schema, out, self.layout).map_err(stop)?;
        while let Some(batch) = next {
            writer.write(&batch).map_err(stop)?;
            next = stream.next().await.transpose().map_err(engine::explain)?;
        }
        writer.finish().map_err(stop)?;
        match &mut self.target {
            Target::Stdout(out) => out.flush().map_err(|error| output_stop(None, error)),
            Target::File { .. } => Ok(()),
        }
    }

    /// Writes one result that is at hand.
    ///
    /// # Errors
    /// The output cannot be written or is closed.
    pub fn batch(&mut self, batch: &RecordBatch) -> Result<(), Stop> {
        self.results += 1;
        let (out, path): (&mut (dyn Write + Send), Option<&Path>) = match &mut self.target {
            Target::Stdout(out) => (out, None),
            Target::File { file, path } => (file, Some(path)),
        };
        let stop = |error: io::Error| output_stop(path, error);
        let layout = Layout { wraps: true, max_rows: None, ..self.layout };
        let mut writer = self.format.begin(&batch.schema(), out, layout).map_err(stop)?;
        writer.write(batch).map_err(stop)?;
        writer.finish().map_err(stop)?;
        out.flush().map_err(stop)
    }

    /// Puts a file in its place. Returns its path if nothing was written because no statement gave rows.
    ///
    /// # Errors
    /// The file cannot be written to its end or renamed.
    pub fn finish(self) -> Result<Option<PathBuf>, Stop> {
        match self.target {
            Target::Stdout(mut out) => out.flush().map(|()| None).map_err(|error| output_stop(None, error)),
            Target::File { path, .. } if self.results == 0 => Ok(Some(path)),
            Target::File { file, path } => {
                let file = file.into_inner().map_err(|error| cannot_write(&path, error.error()))?;
                put_in_place(file, &path)?;
                Ok(None)
            }
        }
    }
}

/// A file that is whole at once: a picture.
///
/// # Errors
/// The file cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes).map_err(|error| cannot_write(path, &error))?;
    put_in_place(file, path)
}

/// A file under another name in the folder of `path`.
fn beside(path: &Path) -> Result<NamedTempFile> {
    if path.is_dir() {
        return Err(Error::usage(format!("cannot write `{}`: it is a folder", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".contango-")
        // The user's umask decides, as for any other file.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder);
    file.map_err(|error| cannot_write(path, &error))
}

fn put_in_place(file: NamedTempFile, path: &Path) -> Result<()> {
    file.as_file().sync_all().map_err(|error| cannot_write(path, &error))?;
    file.persist(path).map_err(|error| cannot_write(path, &error.error))?;
    Ok(())
}

/// Says that something will be written, before it is.
struct Announced<'a> {
    out: &'a mut (dyn Write + Send),
    before: Option<&'a (dyn Fn() + Send + Sync)>,
}

impl Write for Announced<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(before) = self.before.take() {
            before();
        }
        self.out.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn ensure_fit_for_stdout(format: &dyn Format) -> Result<()> {
    if format.is_binary() && io::stdout().is_terminal() {
        return Err(Error::usage(format!("`{}` is binary and stdout is a terminal", format.name()))
            .hint("name a file with `-o FILE`, or pipe the output into a program"));
    }
    Ok(())
}

/// Chooses the format: the one asked for, else the one of the file's ending, else the first.
pub fn choose_format(name: Option<&str>, file: Option<&Path>) -> &'static dyn Format {
    let of_file = || file.and_then(Path::extension).and_then(|e| e.to_str()).and_then(|e| format::of_extension(&e.to_lowercase()));
    name.and_then(format::find).or_else(of_file).unwrap_or(format::FORMATS[0])
}

pub fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::usage(format!("cannot write `{}`: {}", path.display(), describe(error)))
}

/// The system's words, without the path that `tempfile` adds of its own file, which is none of the user's business.
fn describe(error: &io::Error) -> String {
    let text = system_words(error);
    text.split(" at path ").next().unwrap_or(&text).to_string()
}

fn output_stop(path: Option<&Path>, error: io::Error) -> Stop {
    match path {
        None if error.kind() == io::ErrorKind::BrokenPipe => Stop::OutputClosed,
        None => Error::usage(format!("cannot write to stdout: {}", describe(&error))).into(),
        Some(path) => cannot_write(path, &error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_is_what_was_asked_for_before_what_the_file_is_called() {
        assert_eq!(choose_format(None, None).name(), "table");
        assert_eq!(choose_format(None, Some(Path::new("x.CSV"))).name(), "csv");
        assert_eq!(choose_format(Some("json"), Some(Path::new("x.csv"))).name(), "json");
        assert_eq!(choose_format(None, Some(Path::new("x.unknown"))).name(), "table");
    }

    #[test]
    fn system_messages_lose_their_number_and_their_capital() {
        assert_eq!(describe(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }
}
