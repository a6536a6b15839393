//! Where results go: stdout (through a pager where a person reads more than fits), a file that appears whole or not at all, a command.
//!
//! An output has one place of its own, which the command line chose. `.output` and `.once` lead results elsewhere for a while. Neither formats
//! nor the statements that gave the rows know where they go.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{FutureExt, StreamExt};

use super::format::prose::Prose;
use super::format::{self, Format, Layout};
use super::messages::Messages;
use super::pager::{Paged, Pager, Screen};
use crate::config::closest;
use crate::engine::{self, DataFolder};
use crate::error::{Error, Result, system_words};
use crate::script::Stop;

mod command;
mod file;
mod limits;

use command::Piped;
pub use file::{STAGED, WholeFile, remove_abandoned, write_whole};
pub use limits::{MaxRows, MaxWidth};

/// How long a query may go on after its reader has seen enough of it: what is nearly done is worth remembering whole.
const GRACE: Duration = Duration::from_millis(250);

/// A destination and the format that is written to it.
pub struct Output {
    format: &'static dyn Format,
    /// What the person chose of how rows are drawn; the rest follows from where they go.
    layout: Layout,
    pub max_rows: MaxRows,
    pub max_width: MaxWidth,
    place: Place,
    elsewhere: Option<Elsewhere>,
    /// Where no result is written.
    data: DataFolder,
    messages: Messages,
    /// The terminal, where stdout is one.
    screen: Option<Screen>,
    /// Whether a person reads it, who may want a pager.
    is_paged: bool,
    pub pager: Option<Pager>,
}

/// Where results go for a while.
struct Elsewhere {
    place: Place,
    /// What the file's ending stands for.
    format: Option<&'static dyn Format>,
    /// Whether for one result only.
    is_once: bool,
}

enum Place {
    Stdout { results: usize },
    File(WholeFile),
    Command(Piped),
}

/// A place that `.output` and `.once` name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    File(PathBuf),
    /// A shell command, which reads the rows on its stdin.
    Command(String),
}

impl Output {
    /// To stdout, fitted to the terminal if it is one. `max_rows` limits a table there and means that a person reads it.
    ///
    /// # Errors
    /// The format is binary and stdout is a terminal.
    pub fn stdout(format: &'static dyn Format, max_rows: Option<usize>, data: DataFolder, messages: Messages) -> Result<Self> {
        ensure_fit_for_stdout(format)?;
        let mut output = Self::to(format, Place::Stdout { results: 0 }, data, messages);
        if io::stdout().is_terminal() {
            output.layout.colour = super::messages::is_colour_wanted();
            output.max_rows = MaxRows::Unsaid(max_rows);
            if max_rows.is_some() {
                output.pager = Pager::of_environment();
                output.is_paged = output.pager.is_some();
            }
            output.refit();
        }
        Ok(output)
    }

    /// To a file, which [`Output::finish`] puts in its place.
    ///
    /// # Errors
    /// The path leads into the data folder, or its folder cannot be written.
    pub fn file(format: &'static dyn Format, path: &Path, data: DataFolder, messages: Messages) -> Result<Self> {
        Ok(Self::to(format, Place::File(WholeFile::create(path, &data)?), data, messages))
    }

    fn to(format: &'static dyn Format, place: Place, data: DataFolder, messages: Messages) -> Self {
        Self {
            format,
            layout: Layout::default(),
            max_rows: MaxRows::Unsaid(None),
            max_width: MaxWidth::Auto,
            place,
            elsewhere: None,
            data,
            messages,
            screen: None,
            is_paged: false,
            pager: None,
        }
    }

    /// Takes the terminal's size of now: its window may have changed.
    pub fn refit(&mut self) {
        if io::stdout().is_terminal() {
            let size = terminal_size::terminal_size();
            self.screen = size.map(|(width, height)| Screen { rows: usize::from(height.0), columns: usize::from(width.0) });
        }
    }

    /// What was chosen of how rows are drawn: the text of NULL, the table of INSERT statements.
    pub fn layout_mut(&mut self) -> &mut Layout {
        &mut self.layout
    }

    /// Keeps results out of another data folder from now on.
    pub fn guard(&mut self, data: DataFolder) {
        self.data = data;
    }

    pub fn format(&self) -> &'static dyn Format {
        self.format
    }

    /// Whether what is taller than the screen is shown in a pager.
    pub fn is_paged(&self) -> bool {
        self.is_paged
    }

    /// Switches the pager, of which there must be one.
    pub fn page(&mut self, is_paged: bool) {
        self.is_paged = is_paged && self.pager.is_some();
    }

    /// Prints later results in another format.
    ///
    /// # Errors
    /// A terminal would get a binary format.
    pub fn set_format(&mut self, format: &'static dyn Format) -> Result<()> {
        if matches!(self.place, Place::Stdout { .. }) {
            ensure_fit_for_stdout(format)?;
        }
        self.format = format;
        Ok(())
    }

    /// Where results go, if not where the command line sent them.
    pub fn elsewhere(&self) -> Option<String> {
        self.elsewhere.as_ref().map(|elsewhere| match &elsewhere.place {
            Place::Stdout { .. } => "stdout".to_string(),
            Place::File(file) => file.path().display().to_string(),
            Place::Command(command) => format!("|{}", command.text()),
        })
    }

    /// Leads results elsewhere, the next one or all up to [`Output::return_home`].
    ///
    /// # Errors
    /// The place before cannot be ended, or the file cannot be written.
    pub fn lead(&mut self, to: Named, is_once: bool) -> Result<()> {
        // The new place first: if there is something wrong with it, nothing changes.
        let (place, format) = match to {
            Named::File(path) => {
                let format = format_of(&path)?;
                (Place::File(WholeFile::create(&path, &self.data)?), format)
            }
            Named::Command(text) => (Place::Command(Piped::new(&text)), None),
        };
        self.return_home()?;
        self.elsewhere = Some(Elsewhere { place, format, is_once });
        Ok(())
    }

    /// Results go again where the command line sent them.
    ///
    /// # Errors
    /// The file cannot be put in its place.
    pub fn return_home(&mut self) -> Result<()> {
        let Some(elsewhere) = self.elsewhere.take() else { return Ok(()) };
        match elsewhere.place {
            Place::Stdout { .. } => {}
            Place::File(file) => {
                let path = file.path().to_path_buf();
                if !file.finish()? {
                    self.messages.note(&format!("no statement gave rows: `{}` was not written", path.display()));
                }
            }
            Place::Command(command) => {
                if let Some(fault) = command.finish() {
                    self.messages.warn(&fault);
                }
            }
        }
        Ok(())
    }

    /// Writes one result from its first batch to its last; `before` is called before the first byte that a terminal gets.
    ///
    /// # Errors
    /// The rows cannot be computed, or not be written.
    pub async fn rows(
        &mut self,
        schema: SchemaRef,
        stream: SendableRecordBatchStream,
        before: &(dyn Fn() + Send + Sync),
    ) -> Result<(), Stop> {
        let layout = self.layout();
        self.print(self.format_now(), schema, stream, layout, before).await
    }

    /// Writes one result that is at hand: a list that a command made.
    ///
    /// # Errors
    /// The output cannot be written or is closed.
    pub fn batch(&mut self, batch: &RecordBatch) -> Result<(), Stop> {
        let layout = Layout { wraps: true, max_rows: None, streams: false, ..self.layout() };
        let rows = futures::stream::iter([Ok(batch.clone())]);
        let stream = Box::pin(RecordBatchStreamAdapter::new(batch.schema(), rows));
        self.print(self.format_now(), batch.schema(), stream, layout, &|| ()).now_or_never().expect("rows at hand are not waited for")
    }

    /// Writes prose: what a command tells instead of rows. No format applies to it.
    ///
    /// # Errors
    /// The output cannot be written or is closed.
    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        let column: ArrayRef = Arc::new(StringArray::from(vec![text]));
        let batch = RecordBatch::try_from_iter([("text", column)]).expect("one column");
        let rows = futures::stream::iter([Ok(batch.clone())]);
        let stream = Box::pin(RecordBatchStreamAdapter::new(batch.schema(), rows));
        self.print(&Prose, batch.schema(), stream, self.layout(), &|| ()).now_or_never().expect("text at hand is not waited for")
    }

    /// Columns of the terminal, where the next result is fitted to one.
    pub fn width(&self) -> Option<usize> {
        self.layout().width
    }

    /// How the next result is drawn.
    fn layout(&self) -> Layout {
        let is_screen = self.elsewhere.is_none() && matches!(self.place, Place::Stdout { .. }) && self.screen.is_some();
        let screen = self.screen.filter(|_| is_screen);
        let shows_all = is_screen && self.is_paged && self.max_rows.gives_way(screen);
        Layout {
            width: self.max_width.columns(screen),
            max_rows: if shows_all { None } else { self.max_rows.limit(is_screen) },
            colour: self.layout.colour && is_screen,
            // Wrapping needs every row at hand.
            streams: shows_all && !self.layout.wraps,
            is_file: matches!(self.current(), Place::File(_)),
            ..self.layout.clone()
        }
    }

    fn current(&self) -> &Place {
        self.elsewhere.as_ref().map_or(&self.place, |elsewhere| &elsewhere.place)
    }

    /// The format that the next result is written in.
    pub fn format_now(&self) -> &'static dyn Format {
        self.elsewhere.as_ref().and_then(|elsewhere| elsewhere.format).unwrap_or(self.format)
    }

    async fn print(
        &mut self,
        format: &'static dyn Format,
        schema: SchemaRef,
        mut stream: SendableRecordBatchStream,
        layout: Layout,
        before: &(dyn Fn() + Send + Sync),
    ) -> Result<(), Stop> {
        self.ensure_room(format)?;
        // The first batch is computed before anything is written: a query that fails at once leaves no header behind.
        let first = stream.next().await.transpose().map_err(engine::explain)?;
        let rows = Rows { format, schema, layout, first };
        let pager = self.pager.as_ref().filter(|_| self.is_paged).zip(self.screen);
        let place = match &mut self.elsewhere {
            Some(elsewhere) => &mut elsewhere.place,
            None => &mut self.place,
        };
        let end = match place {
            Place::Stdout { results } => {
                *results += 1;
                let mut out = BufWriter::new(io::stdout());
                match pager {
                    Some((pager, screen)) => {
                        let seen = Arc::new(AtomicUsize::new(rows.first.as_ref().map_or(0, RecordBatch::num_rows)));
                        let mut stream = counting(stream, seen.clone());
                        let mut paged = Paged::new(pager, screen, &mut out, rows.format.header_lines());
                        let end = page(&mut paged, rows, &mut stream, before).await;
                        if let Some(warning) = paged.warning.take() {
                            self.messages.warn(&warning);
                        } else if let Some(is_whole) = paged.was_shown() {
                            // the footer has gone with the pager's screen
                            self.messages.line(&count(seen.load(Ordering::Relaxed), is_whole));
                        }
                        end
                    }
                    None => pour(&mut Announced { out: &mut out, before: Some(before) }, rows, &mut stream).await,
                }
            }
            Place::File(file) => {
                let end = match file.begin() {
                    Ok(mut out) => pour(&mut out, rows, &mut stream).await,
                    Err(error) => Err(End::Unwritten(error)),
                };
                end.and_then(|()| file.keep().map_err(End::Unwritten))
            }
            Place::Command(command) => {
                before();
                match command.begin() {
                    Ok(mut out) => match pour(&mut out, rows, &mut stream).await {
                        Ok(()) => command.keep(out).map_err(End::Unwritten),
                        other => other,
                    },
                    Err(error) => Err(End::Unwritten(error)),
                }
            }
        };
        self.ended(end)
    }

    /// A binary file holds one result.
    fn ensure_room(&self, format: &dyn Format) -> Result<()> {
        let results = match self.current() {
            Place::Stdout { results } => *results,
            Place::File(file) => file.results(),
            Place::Command(_) => 0,
        };
        if format.is_binary() && results > 0 {
            return Err(Error::usage(format!("{} output holds one result, and this text gives more than one", format.name()))
                .hint("run the statements one by one, or write csv or json"));
        }
        Ok(())
    }

    /// What follows from how a result's writing ended.
    fn ended(&mut self, end: Result<(), End>) -> Result<(), Stop> {
        let is_once = self.elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.is_once);
        let is_command = matches!(self.current(), Place::Command(_));
        match end {
            Ok(()) if is_once => Ok(self.return_home()?),
            Ok(()) => Ok(()),
            // It has read enough.
            Err(End::Unwritten(error)) if is_command && error.kind() == io::ErrorKind::BrokenPipe => {
                if !is_once && let Some(place) = self.elsewhere() {
                    self.messages.note(&format!("`{place}` has ended: output goes to where it went before"));
                }
                Ok(self.return_home()?)
            }
            Err(end) => {
                let stop = match (end, self.current()) {
                    (End::Failed(error), _) => error.into(),
                    (End::Unwritten(error), Place::File(file)) => cannot_write(file.path(), &error).into(),
                    (End::Unwritten(error), Place::Command(command)) => {
                        Error::usage(format!("cannot write to `{}`: {}", command.text(), describe(&error))).into()
                    }
                    (End::Unwritten(error), Place::Stdout { .. }) if error.kind() == io::ErrorKind::BrokenPipe => Stop::OutputClosed,
                    (End::Unwritten(error), Place::Stdout { .. }) => {
                        Error::usage(format!("cannot write to stdout: {}", describe(&error))).into()
                    }
                };
                if is_command {
                    // It has got half of a result, and nothing can follow that.
                    self.return_home()?;
                }
                Err(stop)
            }
        }
    }

    /// Ends every place. Returns the path of a file that was not written because no statement gave rows.
    ///
    /// # Errors
    /// A file cannot be written to its end or renamed.
    pub fn finish(mut self) -> Result<Option<PathBuf>, Stop> {
        self.return_home()?;
        match self.place {
            Place::File(file) => {
                let path = file.path().to_path_buf();
                Ok((!file.finish()?).then_some(path))
            }
            Place::Stdout { .. } | Place::Command(_) => Ok(None),
        }
    }
}

/// One result that is about to be written.
struct Rows {
    format: &'static dyn Format,
    schema: SchemaRef,
    layout: Layout,
    first: Option<RecordBatch>,
}

/// Why a result was not written to its end.
enum End {
    /// The rows could not be computed.
    Failed(Error),
    Unwritten(io::Error),
}

/// The stream, with its rows counted as they come.
fn counting(stream: SendableRecordBatchStream, seen: Arc<AtomicUsize>) -> SendableRecordBatchStream {
    let count = move |batch: &datafusion::error::Result<RecordBatch>| {
        if let Ok(batch) = batch {
            seen.fetch_add(batch.num_rows(), Ordering::Relaxed);
        }
    };
    Box::pin(RecordBatchStreamAdapter::new(stream.schema(), stream.inspect(count)))
}

fn count(rows: usize, is_whole: bool) -> String {
    let of = if rows == 1 { "row" } else { "rows" };
    if is_whole { format!("({rows} {of})") } else { format!("({rows} {of} or more; the pager was left before the last)") }
}

async fn pour(out: &mut (dyn Write + Send), rows: Rows, stream: &mut SendableRecordBatchStream) -> Result<(), End> {
    let mut writer = rows.format.begin(&rows.schema, out, rows.layout).map_err(End::Unwritten)?;
    let mut next = rows.first;
    while let Some(batch) = next {
        writer.write(&batch).map_err(End::Unwritten)?;
        next = stream.next().await.transpose().map_err(|error| End::Failed(engine::explain(error)))?;
    }
    writer.finish().map_err(End::Unwritten)?;
    out.flush().map_err(End::Unwritten)
}

/// Shows a result in the pager, if it is tall; whoever leaves the pager has seen enough.
async fn page(
    paged: &mut Paged<'_>,
    rows: Rows,
    stream: &mut SendableRecordBatchStream,
    before: &(dyn Fn() + Send + Sync),
) -> Result<(), End> {
    let end = pour(&mut Announced { out: paged, before: Some(before) }, rows, stream).await;
    if paged.was_left() {
        let rest = async { while let Some(Ok(_)) = stream.next().await {} };
        drop(tokio::time::timeout(GRACE, rest).await);
        return Ok(());
    }
    // What was computed before an error is shown, and then the error.
    let shown = paged.end().map_err(End::Unwritten);
    end.and(shown)
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
///
/// # Errors
/// None was asked for, and the ending is that of no format.
pub fn choose_format(name: Option<&str>, file: Option<&Path>) -> Result<&'static dyn Format> {
    match (name.and_then(format::find), file) {
        (Some(named), _) => Ok(named),
        (None, Some(file)) => Ok(format_of(file)?.unwrap_or(format::FORMATS[0])),
        (None, None) => Ok(format::FORMATS[0]),
    }
}

/// The format that the ending of a file stands for; `None` where it has no ending.
///
/// # Errors
/// The ending is that of no format: what a program that goes by it would find in the file is not what it expects.
pub fn format_of(file: &Path) -> Result<Option<&'static dyn Format>> {
    let Some(ending) = file.extension() else { return Ok(None) };
    let ending = ending.to_string_lossy().to_lowercase();
    format::of_extension(&ending).map(Some).ok_or_else(|| unknown_ending(file, &ending))
}

fn unknown_ending(file: &Path, ending: &str) -> Error {
    let endings: Vec<&str> = format::FORMATS.iter().flat_map(|format| format.extensions()).copied().collect();
    Error::usage(format!("the ending of `{}` is that of no format", file.display())).hint(match closest(ending, endings.iter().copied()) {
        Some(near) => format!("did you mean `.{near}`?"),
        None => format!("one of {}", endings.join(", ")),
    })
}

pub fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::usage(format!("cannot write `{}`: {}", path.display(), describe(error)))
}

/// The system's words, without the path that `tempfile` adds of its own file, which is none of the user's business.
fn describe(error: &io::Error) -> String {
    let text = system_words(error);
    text.split(" at path ").next().unwrap_or(&text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_is_what_was_asked_for_before_what_the_file_is_called() {
        let chosen = |name: Option<&str>, file: Option<&str>| choose_format(name, file.map(Path::new)).map(|format| format.name()).ok();
        assert_eq!(chosen(None, None), Some("box"));
        assert_eq!(chosen(None, Some("x.CSV")), Some("csv"));
        assert_eq!(chosen(Some("json"), Some("x.csv")), Some("json"));
        assert_eq!(chosen(None, Some("x.png")), Some("png"));
        assert_eq!(chosen(None, Some("/dev/stdout")), Some("box"));
        assert_eq!(chosen(Some("csv"), Some("x.foo")), Some("csv"));
        assert_eq!(chosen(None, Some("x.foo")), None);
    }

    #[test]
    fn ending_of_no_format_is_refused_with_the_nearest() {
        let told = |file: &str| format_of(Path::new(file)).err().map(|error| error.to_string());
        assert_eq!(told("a.parqet").as_deref(), Some("the ending of `a.parqet` is that of no format\nhint: did you mean `.parquet`?"));
        assert!(told("a.docx").is_some_and(|told| told.contains("hint: one of txt, csv")));
    }

    #[test]
    fn system_messages_lose_their_number_and_their_capital() {
        assert_eq!(describe(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }
}
