//! The history: whole statements, each once, the newest last; kept in a file that several shells may append to.
//!
//! The file is rustyline's second format (`#V2`, a line each, line feeds and backslashes escaped). rustyline's own history keeps every copy
//! of a statement, and a search has to step through all of them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use rustyline::history::{History, SearchDirection, SearchResult};

/// Statements that are kept.
const MAX_ENTRIES: usize = 10_000;
/// A longer one came from a file, where it can be found again.
const MAX_BYTES: usize = 64 << 10;
const HEAD: &str = "#V2\n";

#[derive(Debug, Default)]
pub struct Statements(Vec<String>);

impl Statements {
    /// Takes the statements of a file; shortens a file that has grown to twice of what is kept.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn load_file(&mut self, path: &Path) -> io::Result<()> {
        let bytes = fs::read(path)?;
        let (entries, n_lines) = read(&String::from_utf8_lossy(&bytes));
        self.0 = entries;
        if n_lines > 2 * MAX_ENTRIES {
            let folder = path.parent().unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(HEAD.as_bytes())?;
            for entry in &self.0 {
                writeln!(file, "{}", escape(entry))?;
            }
            file.persist(path).map_err(|error| error.error)?;
        }
        Ok(())
    }

    /// Remembers a statement, as the newest; says whether it is one to be kept.
    pub fn remember(&mut self, statement: &str) -> bool {
        if !is_kept(statement) {
            return false;
        }
        self.0.retain(|entry| entry != statement);
        self.0.push(statement.to_string());
        if self.0.len() > MAX_ENTRIES {
            self.0.remove(0);
        }
        true
    }

    fn found(&self, idx: usize, pos: usize) -> SearchResult<'_> {
        SearchResult { entry: Cow::Borrowed(&self.0[idx]), idx, pos }
    }

    /// The nearest entry in a direction in which something is found, and where in it.
    fn nearest(&self, start: usize, direction: SearchDirection, find: impl Fn(&str) -> Option<usize>) -> Option<SearchResult<'_>> {
        let fits = |idx: usize| find(self.0.get(idx)?).map(|pos| self.found(idx, pos));
        match direction {
            SearchDirection::Reverse => (0..=start.min(self.0.len().checked_sub(1)?)).rev().find_map(fits),
            SearchDirection::Forward => (start..self.0.len()).find_map(fits),
        }
    }
}

/// Adds a statement to a file, which is made where there is none. One write: another shell's statement comes before or after it.
///
/// # Errors
/// The file cannot be written.
pub fn append(path: &Path, statement: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let head = if file.metadata()?.len() == 0 { HEAD } else { "" };
    file.write_all(format!("{head}{}\n", escape(statement)).as_bytes())
}

/// What begins with a blank is not remembered: the way to say something in private.
fn is_kept(statement: &str) -> bool {
    statement.len() <= MAX_BYTES && statement.starts_with(|c: char| !c.is_whitespace())
}

/// The statements of a file, each where it stands last, and the number of its lines.
fn read(text: &str) -> (Vec<String>, usize) {
    let lines: Vec<&str> = text.strip_prefix(HEAD).unwrap_or(text).lines().collect();
    let mut seen = HashSet::new();
    let mut entries: Vec<String> = lines
        .iter()
        .rev()
        .map(|line| unescape(line))
        .filter(|entry| is_kept(entry) && seen.insert(entry.clone()))
        .take(MAX_ENTRIES)
        .collect();
    entries.reverse();
    (entries, lines.len())
}

fn escape(statement: &str) -> String {
    statement.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "")
}

fn unescape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some(escaped) => text.push(escaped),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

/// What the editor asks of a history. Files are read and written by the functions above, not through it.
impl History for Statements {
    fn get(&self, index: usize, _: SearchDirection) -> rustyline::Result<Option<SearchResult<'_>>> {
        Ok((index < self.0.len()).then(|| self.found(index, 0)))
    }
    fn add(&mut self, line: &str) -> rustyline::Result<bool> {
        Ok(self.remember(line))
    }
    fn add_owned(&mut self, line: String) -> rustyline::Result<bool> {
        Ok(self.remember(&line))
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    fn set_max_len(&mut self, _: usize) -> rustyline::Result<()> {
        Ok(())
    }
    fn ignore_dups(&mut self, _: bool) -> rustyline::Result<()> {
        Ok(())
    }
    fn ignore_space(&mut self, _: bool) {}
    fn save(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }
    fn append(&mut self, _: &Path) -> rustyline::Result<()> {
        Ok(())
    }
    fn load(&mut self, path: &Path) -> rustyline::Result<()> {
        Ok(self.load_file(path)?)
    }
    fn clear(&mut self) -> rustyline::Result<()> {
        self.0.clear();
        Ok(())
    }
    /// Ctrl-R: upper and lower case are the same.
    fn search(&self, term: &str, start: usize, dir: SearchDirection) -> rustyline::Result<Option<SearchResult<'_>>> {
        let term = term.to_ascii_lowercase();
        Ok(if term.is_empty() { None } else { self.nearest(start, dir, |entry| entry.to_ascii_lowercase().find(&term)) })
    }
    fn starts_with(&self, term: &str, start: usize, dir: SearchDirection) -> rustyline::Result<Option<SearchResult<'_>>> {
        Ok(if term.is_empty() { None } else { self.nearest(start, dir, |entry| entry.starts_with(term).then_some(term.len())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_is_kept_once_and_as_the_newest() {
        let mut history = Statements::default();
        for statement in ["SELECT 1;", "SELECT 2;", "SELECT 1;"] {
            assert!(history.remember(statement));
        }
        assert_eq!(history.0, ["SELECT 2;", "SELECT 1;"]);
        assert!(!history.remember(" SELECT secret;"));
        assert!(!history.remember(&"x".repeat(MAX_BYTES + 1)));
        assert!(!history.remember(""));
    }

    #[test]
    fn file_gives_back_what_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/contango/history");
        for statement in ["SELECT 1;", "SELECT 'a\\nb'\n  FROM t;", "SELECT 1;"] {
            append(&path, statement).expect("writable");
        }
        let mut history = Statements::default();
        history.load_file(&path).expect("readable");
        assert_eq!(history.0, ["SELECT 'a\\nb'\n  FROM t;", "SELECT 1;"]);
    }

    #[test]
    fn file_that_has_grown_is_shortened() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history");
        let lines: String = (0..2 * MAX_ENTRIES + 1).map(|n| format!("SELECT {n};\n")).collect();
        fs::write(&path, format!("{HEAD}{lines}")).expect("writable");
        let mut history = Statements::default();
        history.load_file(&path).expect("readable");
        assert_eq!(fs::read_to_string(&path).expect("readable").lines().count(), MAX_ENTRIES + 1);
        assert_eq!(history.0.last().map(String::as_str), Some("SELECT 20000;"));
    }

    #[test]
    fn bytes_that_are_no_text_are_borne() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history");
        fs::write(&path, b"SELECT 1;\n\xff\xfe\\").expect("writable");
        let mut history = Statements::default();
        history.load_file(&path).expect("readable");
        assert_eq!(history.0.len(), 2);
    }

    #[test]
    fn search_minds_no_case_and_goes_both_ways() {
        let mut history = Statements::default();
        for statement in ["SELECT a;", "select b;", "FROM cot;"] {
            history.remember(statement);
        }
        let found = |term: &str, start, direction| history.search(term, start, direction).expect("no error").map(|found| found.idx);
        assert_eq!(found("Select", 2, SearchDirection::Reverse), Some(1));
        assert_eq!(found("select", 0, SearchDirection::Reverse), Some(0));
        assert_eq!(found("cot", 0, SearchDirection::Forward), Some(2));
        assert_eq!(found("nothing", 2, SearchDirection::Reverse), None);
        let begun = history.starts_with("FROM", 2, SearchDirection::Reverse).expect("no error").map(|found| found.pos);
        assert_eq!(begun, Some(4));
        assert_eq!(Statements::default().search("x", 0, SearchDirection::Reverse).expect("no error"), None);
    }
}
