//! Checks of what the lake holds: each is a SELECT whose rows are findings, run through a session, so that it sees what the clock shows and
//! nothing else.
//!
//! [`list`] has those that travel with the program; a user's own lie in `sql/checks/` of the working directory. [`finding`] reads the rows that
//! they give, [`health`] asks whether the lake is fresh. Nothing is printed here, and nothing is repaired.

mod finding;
pub mod health;
mod list;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::SchemaRef;
use futures::TryStreamExt;

pub use self::finding::{Finding, Severity, batch, grouped};
pub use self::list::CHECKS;
use crate::config::closest;
use crate::engine::{self, Answer, Session, StatementText};
use crate::error::{Error, Result};
use crate::script::{self, Script, Sink, Stop};
use crate::tables::{self, TABLES};

/// Where a user's own checks lie, below the working directory.
pub const OWN: &str = "sql/checks";

/// One check.
#[derive(Debug, Clone)]
pub struct Check {
    pub name: Cow<'static, str>,
    /// The worst that it can find.
    pub severity: Severity,
    /// Tables that its findings are about; none where that is not known, as of a user's own.
    pub tables: &'static [&'static str],
    /// What it needs beside the rows of its tables; without, it finds nothing.
    pub needs: &'static str,
    pub text: Cow<'static, str>,
    /// The file that it was read from.
    pub file: Option<String>,
}

impl Check {
    /// What it finds: the first line of its text.
    pub fn doc(&self) -> &str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("--").trim()
    }

    /// Whether it may find something in a table.
    pub fn is_about(&self, table: &str) -> bool {
        self.tables.is_empty() || self.tables.contains(&table)
    }
}

/// What is to be checked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Findings about this lake table alone.
    pub table: Option<String>,
    /// These checks alone.
    pub names: Vec<String>,
}

/// How one check went.
#[derive(Debug)]
pub struct Outcome {
    pub name: String,
    pub elapsed: Duration,
    /// What was found, worst first; or why the check did not run.
    pub findings: Result<Vec<Finding>, Stop>,
}

/// The checks of the program and those of a folder, by which a check of the same name is replaced.
///
/// # Errors
/// A file of the folder cannot be read.
pub fn all(folder: &Path) -> Result<Vec<Check>> {
    let mut checks = CHECKS.to_vec();
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(checks) };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.sort();
    for path in paths {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Error::usage(format!("the check cannot be read: {error}")).in_file(&file).hint("a check is a file of SQL in UTF-8")
        })?;
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match checks.iter_mut().find(|check| check.name == name) {
            Some(known) => (known.text, known.file) = (text.into(), Some(file)),
            None => {
                let severity = Severity::Error;
                checks.push(Check { name: name.into(), severity, tables: &[], needs: "", text: text.into(), file: Some(file) });
            }
        }
    }
    Ok(checks)
}

/// Those of the checks that a request asks for.
///
/// # Errors
/// It names a check or a table that there is not.
pub fn asked(checks: Vec<Check>, request: &Request) -> Result<Vec<Check>> {
    for name in &request.names {
        if !checks.iter().any(|check| check.name == *name) {
            return Err(Error::usage(format!("there is no check `{name}`")).hint(near(
                name,
                checks.iter().map(|check| check.name.as_ref()),
                "`--list` shows all",
            )));
        }
    }
    if let Some(table) = &request.table
        && tables::find(table).is_none()
    {
        return Err(Error::usage(format!("there is no lake table `{table}`")).hint(near(
            table,
            TABLES.iter().map(|table| table.name),
            "`contango lake info` shows all",
        )));
    }
    let is_asked = |check: &Check| {
        let is_named = request.names.is_empty() || request.names.iter().any(|name| check.name == *name);
        is_named && request.table.as_ref().is_none_or(|table| check.is_about(table))
    };
    Ok(checks.into_iter().filter(is_asked).collect())
}

fn near<'a>(typed: &str, names: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    closest(typed, names).map_or_else(|| otherwise.to_string(), |near| format!("did you mean `{near}`?"))
}

/// Runs one check beside a session: under its clock, and leaving nothing in it. With a table, only what is found there counts.
pub async fn run(session: &Session, check: &Check, table: Option<&str>) -> Outcome {
    let start = Instant::now();
    let findings = find(session, check, table).await;
    Outcome { name: check.name.to_string(), elapsed: start.elapsed(), findings }
}

async fn find(session: &Session, check: &Check, table: Option<&str>) -> Result<Vec<Finding>, Stop> {
    let own = format!("{OWN}/{}.sql", check.name);
    let script = Script { file: Some(check.file.as_deref().unwrap_or(&own)), text: &check.text };
    let mut rows = Rows(None);
    script::run(&mut session.beside(), script, &mut rows).await?;
    let Some((schema, batches)) = rows.0 else {
        return Err(Error::query("a check is a SELECT, whose rows are what it finds").hint(finding::HINT).into());
    };
    let mut findings = finding::read(&check.name, &schema, &batches)?;
    findings.retain(|finding| table.is_none_or(|table| finding.table == table));
    findings.sort();
    Ok(findings)
}

/// Keeps the rows of the last statement.
struct Rows(Option<(SchemaRef, Vec<RecordBatch>)>);

impl Sink for Rows {
    async fn take(&mut self, _: &mut Session, _: &StatementText, answer: Answer) -> Result<(), Stop> {
        self.0 = match answer {
            Answer::Rows { schema, stream, .. } => Some((schema, stream.try_collect().await.map_err(engine::explain)?)),
            Answer::Done { .. } => None,
        };
        Ok(())
    }
    fn timed(&mut self, _: &StatementText, _: Duration) {}
}

impl Outcome {
    /// How it went, in one sentence: `gaps: 2 findings, 0.31 s`.
    pub fn sentence(&self) -> String {
        let found = self.findings.as_ref().map_or_else(|_| "failed".to_string(), |findings| counted(findings.len(), "finding"));
        format!("{}: {found}, {:.2} s", self.name, self.elapsed.as_secs_f64())
    }
}

/// What all of them found, worst first.
pub fn found(outcomes: &[Outcome]) -> Vec<&Finding> {
    let mut found: Vec<&Finding> = outcomes.iter().filter_map(|outcome| outcome.findings.as_ref().ok()).flatten().collect();
    found.sort();
    found
}

/// The checks themselves, as rows.
pub fn listing(checks: &[Check]) -> RecordBatch {
    let text = |of: fn(&Check) -> String| {
        let said = checks.iter().map(|check| Some(of(check)).filter(|text| !text.is_empty()));
        Arc::new(said.collect::<StringArray>()) as ArrayRef
    };
    let columns: [(&str, ArrayRef); 6] = [
        ("name", text(|check| check.name.to_string())),
        ("severity", text(|check| check.severity.name().to_string())),
        ("tables", text(|check| check.tables.join(", "))),
        ("doc", text(|check| check.doc().to_string())),
        ("needs", text(|check| check.needs.to_string())),
        ("file", text(|check| check.file.clone().unwrap_or_default())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).expect("one text per check in each column")
}

/// How all of it went, in one sentence.
pub fn sentence(outcomes: &[Outcome], elapsed: Duration) -> String {
    let found = || outcomes.iter().filter_map(|outcome| outcome.findings.as_ref().ok()).flatten();
    let of = |severity: Severity| (found().filter(|finding| finding.severity == severity).count(), severity.name());
    let kinds = Severity::ALL.map(of).into_iter().filter(|(n, _)| *n > 0);
    let kinds: Vec<String> = kinds.map(|(n, name)| format!("{n} {name}{}", if n == 1 || name == "info" { "" } else { "s" })).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let failed = outcomes.iter().filter(|outcome| outcome.findings.is_err()).count();
    let failed = if failed == 0 { String::new() } else { format!(", {failed} of them failed") };
    let (checks, found) = (counted(outcomes.len(), "check"), counted(found().count(), "finding"));
    format!("{checks}{failed}, {found}{kinds}, {:.1} s", elapsed.as_secs_f64())
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_of_the_folder_is_listed_and_says_what_to_do() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(OWN);
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().trim_end_matches(".sql").to_string())
            .collect();
        let mut listed: Vec<&str> = CHECKS.iter().map(|check| check.name.as_ref()).collect();
        files.sort_unstable();
        listed.sort_unstable();
        assert_eq!(files, listed);
        for check in CHECKS {
            assert!(check.doc().len() > 20, "{}", check.name);
            for part in ["\n-- Why: ", "\n-- What to do: "] {
                assert!(check.text.contains(part), "{}: {part}", check.name);
            }
            for table in check.tables {
                assert!(tables::find(table).is_some(), "{}: {table}", check.name);
            }
        }
    }

    #[test]
    fn an_own_check_replaces_one_of_its_name_and_others_come_after() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("gaps.sql"), "-- mine\nSELECT 1").expect("a file");
        std::fs::write(folder.path().join("zz_mine.sql"), "-- another\nSELECT 1").expect("a file");
        let checks = all(folder.path()).expect("readable");
        assert_eq!(checks.len(), CHECKS.len() + 1);
        let gaps = checks.iter().find(|check| check.name == "gaps").expect("it is there");
        assert_eq!((gaps.doc(), gaps.file.is_some()), ("mine", true));
        assert_eq!(checks.last().map(|check| check.name.as_ref()), Some("zz_mine"));
        let about_bars = Request { table: Some("futures_ohlcv".into()), names: Vec::new() };
        let asked = asked(checks, &about_bars).expect("there is such a table");
        assert!(asked.iter().any(|check| check.name == "bars") && asked.iter().any(|check| check.name == "zz_mine"));
        assert!(!asked.iter().any(|check| check.name == "cot_identities"));
    }

    #[test]
    fn names_that_there_are_not_are_told_with_the_nearest() {
        let said = |request: Request| asked(CHECKS.to_vec(), &request).expect_err("no such name").to_string();
        assert!(said(Request { table: Some("cott".into()), names: Vec::new() }).ends_with("hint: did you mean `cot`?"));
        assert!(said(Request { table: None, names: vec!["gap".into()] }).ends_with("hint: did you mean `gaps`?"));
    }
}
