//! Shows what is taller than the screen in the person's pager. What fits is printed as it is; leaving the pager early ends the writing, which is
//! no error; a pager that does not start is a warning, and the text is printed.
//!
//! It knows nothing of rows: bytes come in, and go to the terminal or to the pager.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use unicode_width::UnicodeWidthStr;

/// Used where no other is named: sideways instead of wrapped, colours as they are, what is on the screen stays there.
const DEFAULT: &str = "less -SRFX";
/// What `sh` answers for a command that cannot run or is not there.
const NOT_STARTED: [i32; 2] = [126, 127];
/// More than a pipe holds: a pager that took so much is running.
const SURE: usize = 1 << 20;

/// A command to page with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager(String);

impl Pager {
    /// The pager of the environment: `CONTANGO_PAGER`, else `PAGER`, else `less` if it is there. An empty variable means none, and so does a
    /// terminal that cannot move its cursor.
    pub fn of_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name);
        choose(variable, is_on_path("less"))
    }

    pub fn command(&self) -> &str {
        &self.0
    }

    /// Starts it, with so many lines of a header that stay in sight where it can keep them.
    fn spawn(&self, header: usize) -> io::Result<Child> {
        let mut words = self.0.split_whitespace();
        let mut command = match words.next() {
            // Started without a shell where none is needed: the error then says what is wrong.
            Some(program) if !self.0.contains(|c: char| "|&;<>()$`\\\"'*?[#~=%!{".contains(c)) => {
                let mut command = Command::new(program);
                command.args(words);
                if header > 0 && self.0 == DEFAULT && keeps_a_header() {
                    command.arg(format!("--header={header}"));
                }
                command
            }
            _ => {
                let mut command = Command::new("sh");
                command.arg("-c").arg(&self.0);
                command
            }
        };
        // What `less` is told where the person told it nothing; the text is UTF-8 whatever the locale says.
        for (name, value) in [("LESS", "SRFX"), ("LESSCHARSET", "utf-8")] {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::piped()).spawn()
    }
}

fn choose(variable: impl Fn(&str) -> Option<OsString>, has_less: bool) -> Option<Pager> {
    if variable("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        return None;
    }
    let named = variable("CONTANGO_PAGER").or_else(|| variable("PAGER"));
    let command = match named {
        Some(command) => command.to_str()?.trim().to_string(),
        None if has_less => DEFAULT.to_string(),
        None => String::new(),
    };
    (!command.is_empty()).then_some(Pager(command))
}

/// The first `less` that keeps a header.
const WITH_HEADER: u32 = 600;

fn keeps_a_header() -> bool {
    let told = Command::new("less").arg("--version").stdin(Stdio::null()).output();
    told.is_ok_and(|told| version(&String::from_utf8_lossy(&told.stdout)).is_some_and(|version| version >= WITH_HEADER))
}

/// The number in `less 608 (PCRE2 regular expressions)`.
fn version(told: &str) -> Option<u32> {
    let number = told.strip_prefix("less ")?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn is_on_path(program: &str) -> bool {
    let is_program = |path: &Path| path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| is_program(&folder.join(program))))
}

/// The size of a screen, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    pub rows: usize,
    pub columns: usize,
}

/// Text on its way to the screen.
pub struct Paged<'a> {
    pager: &'a Pager,
    screen: Screen,
    out: &'a mut (dyn Write + Send),
    /// Not shown yet; of a pager that has just begun, what it was given.
    held: Vec<u8>,
    /// Where the line begins that is not whole yet, and the lines before it.
    line: usize,
    lines: usize,
    state: State,
    /// Lines at the top that stay in sight.
    header: usize,
    /// Whether it has had a pager.
    was_paged: bool,
    /// Whether the text was at its end when the pager was left.
    is_whole: bool,
    /// Why the pager was not used.
    pub warning: Option<String>,
}

enum State {
    Holding,
    Paging(Child),
    /// The person has seen enough.
    Left,
    /// Without a pager.
    Printing,
}

impl<'a> Paged<'a> {
    pub fn new(pager: &'a Pager, screen: Screen, out: &'a mut (dyn Write + Send), header: usize) -> Self {
        let state = State::Holding;
        Self { pager, screen, out, held: Vec::new(), line: 0, lines: 0, state, header, was_paged: false, is_whole: false, warning: None }
    }

    /// Whether a pager had the whole text; `None` where there was none.
    pub fn was_shown(&self) -> Option<bool> {
        self.was_paged.then_some(self.is_whole)
    }

    /// Whether the pager was left before it had everything.
    pub fn was_left(&self) -> bool {
        matches!(self.state, State::Left)
    }

    /// Prints what is held, or waits until the pager is left.
    ///
    /// # Errors
    /// The terminal cannot be written.
    pub fn end(&mut self) -> io::Result<()> {
        if let State::Holding = self.state {
            self.state = State::Printing;
            self.out.write_all(&std::mem::take(&mut self.held))?;
        }
        if let State::Paging(_) = self.state {
            self.is_whole = true;
            self.wait()?;
        }
        self.out.flush()
    }

    /// Counts the rows of the screen that the held text takes.
    fn measure(&mut self) {
        while let Some(length) = self.held[self.line..].iter().position(|byte| *byte == b'\n') {
            let text = without_colours(&String::from_utf8_lossy(&self.held[self.line..self.line + length]));
            self.lines += text.width().div_ceil(self.screen.columns.max(1)).max(1);
            self.line += length + 1;
        }
    }

    fn start(&mut self) -> io::Result<()> {
        match self.pager.spawn(self.header) {
            Ok(child) => {
                self.was_paged = true;
                self.state = State::Paging(child);
                let held = std::mem::take(&mut self.held);
                self.page(&held)
            }
            Err(error) => self.do_without(&error.to_string()),
        }
    }

    /// Gives text to the pager, and remembers it while it may not have started.
    fn page(&mut self, text: &[u8]) -> io::Result<()> {
        let State::Paging(child) = &mut self.state else { return Ok(()) };
        if self.held.len() + text.len() <= SURE {
            self.held.extend_from_slice(text);
        } else {
            self.held = Vec::new();
        }
        let given = child.stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(text));
        match given {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.wait()?;
                if self.was_left() { Err(error) } else { Ok(()) }
            }
            other => other,
        }
    }

    /// Waits until the pager is left, and prints what it was given if it never began.
    fn wait(&mut self) -> io::Result<()> {
        let State::Paging(child) = &mut self.state else { return Ok(()) };
        drop(child.stdin.take());
        let status = child.wait()?;
        self.state = State::Left;
        if status.code().is_some_and(|code| NOT_STARTED.contains(&code)) {
            return self.do_without("it is not there, or is no program");
        }
        Ok(())
    }

    fn do_without(&mut self, why: &str) -> io::Result<()> {
        self.warning = Some(format!("the pager `{}` did not start: {why}", self.pager.0));
        self.state = State::Printing;
        self.out.write_all(&std::mem::take(&mut self.held))
    }
}

impl Write for Paged<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.state {
            State::Holding => {
                self.held.extend_from_slice(bytes);
                self.measure();
                // The prompt comes below.
                if self.lines >= self.screen.rows {
                    self.start()?;
                }
            }
            State::Paging(_) => self.page(bytes)?,
            State::Left => return Err(io::ErrorKind::BrokenPipe.into()),
            State::Printing => self.out.write_all(bytes)?,
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Paged<'_> {
    /// A query that was cancelled: the keys are the shell's again only when the pager has ended.
    fn drop(&mut self) {
        if let State::Paging(child) = &mut self.state {
            drop(child.stdin.take());
            drop(child.wait());
        }
    }
}

/// The text without the sequences that colour it.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |out, part| out + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Screen = Screen { rows: 5, columns: 10 };

    /// What reaches the terminal itself, and how the writing ended.
    fn shown(pager: &str, text: &str) -> (String, io::Result<()>, bool, Option<String>) {
        let pager = Pager(pager.to_string());
        let mut out = Vec::new();
        let mut paged = Paged::new(&pager, SCREEN, &mut out, 0);
        let end = text.split_inclusive('\n').try_for_each(|line| paged.write_all(line.as_bytes())).and_then(|()| paged.end());
        let (was_left, warning) = (paged.was_left(), paged.warning.take());
        drop(paged);
        (String::from_utf8(out).expect("text"), end, was_left, warning)
    }

    #[test]
    fn version_of_less_is_read_from_what_it_tells() {
        assert_eq!(version("less 608 (PCRE2 regular expressions)\nCopyright"), Some(608));
        assert_eq!(version("less 590.1"), Some(590));
        assert_eq!(version("more from util-linux"), None);
    }

    #[test]
    fn what_fits_is_printed_without_a_pager() {
        let (text, end, _, warning) = shown("no-such-pager", "1\n2\n3\n4\n");
        assert_eq!((text.as_str(), end.is_ok(), warning), ("1\n2\n3\n4\n", true, None));
    }

    #[test]
    fn what_is_taller_goes_to_the_pager_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("seen");
        let long = "1\n2\n3\n4\n5\n6\n7";
        let (text, end, ..) = shown(&format!("cat > '{}'", file.display()), long);
        assert_eq!((text.as_str(), end.is_ok()), ("", true));
        assert_eq!(std::fs::read_to_string(&file).expect("there"), long);
    }

    #[test]
    fn long_lines_take_as_many_rows_as_they_fill() {
        let (text, ..) = shown("cat > /dev/null", &format!("{}\n", "x".repeat(41)));
        assert_eq!(text, "");
        let coloured = format!("\x1b[2m{}\x1b[0m\n", "x".repeat(40));
        assert_eq!(shown("cat > /dev/null", &coloured).0, coloured);
    }

    #[test]
    fn leaving_early_ends_the_writing() {
        let (text, end, was_left, warning) = shown("true", &"line\n".repeat(200_000));
        assert_eq!((text.as_str(), was_left, warning), ("", true, None));
        assert_eq!(end.expect_err("the pager has left").kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn pager_that_does_not_start_is_done_without() {
        for pager in ["no-such-pager -x", "no-such-pager 'x'"] {
            let long = "1\n2\n3\n4\n5\n6\n7\n";
            let (text, end, was_left, warning) = shown(pager, long);
            assert_eq!((text.as_str(), end.is_ok(), was_left), (long, true, false), "{pager}");
            assert!(warning.expect("a warning").starts_with(&format!("the pager `{pager}` did not start")), "{pager}");
        }
    }

    #[test]
    fn environment_names_the_pager() {
        let chosen = |variables: &[(&str, &str)], has_less| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
                found.or_else(|| (name == "TERM").then(|| "xterm".into()))
            };
            choose(variable, has_less).map(|pager| pager.0)
        };
        assert_eq!(chosen(&[("CONTANGO_PAGER", "more"), ("PAGER", "most")], true).as_deref(), Some("more"));
        assert_eq!(chosen(&[("PAGER", "most")], true).as_deref(), Some("most"));
        assert_eq!(chosen(&[], true).as_deref(), Some("less -SRFX"));
        assert_eq!(chosen(&[], false), None);
        assert_eq!(chosen(&[("CONTANGO_PAGER", ""), ("PAGER", "most")], true), None);
        assert_eq!(chosen(&[("TERM", "dumb"), ("PAGER", "most")], true), None);
    }
}
