//! `COMMANDS`: the shell's dot commands, one file each, one line here.
//!
//! A command is written `.name argument`; an unambiguous beginning of the name will do. It prints rows through the shell's output, so that
//! `.mode` holds for it too, and everything else as a note.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::Shell;
use super::input::in_our_words;
use crate::config::closest;
use crate::error::{Error, Result};
use crate::script::Stop;

mod audit;
mod bail;
mod cd;
mod chart;
mod check;
mod clock;
mod contracts;
mod echo;
mod edit;
mod examples;
mod explain;
mod export;
mod functions;
mod health;
mod help;
mod hidden;
mod import;
mod last;
mod manual;
mod maxrows;
mod maxwidth;
mod mode;
mod nullvalue;
mod once;
mod open;
mod output;
mod page;
mod pager;
mod param;
mod pivot;
mod print;
mod quit;
mod read;
mod releases;
mod save;
mod saved;
mod schema;
mod series;
mod sources;
mod spark;
mod sql;
mod system;
mod tables;
mod thousands;
mod timer;
mod watch;
mod whole;

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Continue,
    Leave,
}

/// What can stand where a command takes an argument: a sum of kinds, each of which the editor knows how to list.
#[derive(Debug, Clone, Copy)]
pub enum Completes {
    Nothing,
    Words(&'static [&'static str]),
    /// One of the names that these give.
    Names(fn() -> Vec<&'static str>),
    Tables,
    /// Columns of the last result.
    Columns,
    Functions,
    Roots,
    Series,
    Files,
}

#[async_trait(?Send)]
pub trait Command: Sync {
    /// Name without the dot.
    fn name(&self) -> &'static str;
    /// What may follow the name, for `.help`; empty where nothing may.
    fn argument(&self) -> &'static str;
    /// One line for `.help`.
    fn doc(&self) -> &'static str;
    /// What more there is to know, in lines for `.help NAME`; empty where the line says it all.
    fn details(&self) -> &'static str {
        ""
    }
    /// What its argument is completed to.
    fn completes(&self) -> Completes {
        Completes::Nothing
    }
    /// Does it. `argument` is what follows the name, trimmed.
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop>;
}

/// Every dot command.
pub static COMMANDS: &[&dyn Command] = &[
    &help::Help,
    &tables::Tables,
    &schema::Schema,
    &series::Series,
    &contracts::Contracts,
    &sources::Sources,
    &releases::Releases,
    &health::Health,
    &check::Check,
    &functions::Functions,
    &manual::Manual,
    &examples::Examples,
    &echo::Echo,
    &clock::Clock,
    &chart::Chart,
    &spark::Spark,
    &mode::Mode,
    &maxrows::MaxRows,
    &maxwidth::MaxWidth,
    &nullvalue::NullValue,
    &thousands::Thousands,
    &pager::Pager,
    &last::Last,
    &once::Once,
    &output::Output,
    &export::Export,
    &hidden::Hidden,
    &pivot::Pivot,
    &timer::Timer,
    &explain::Explain,
    &watch::Watch,
    &read::Read,
    &import::Import,
    &edit::Edit,
    &print::Print,
    &system::System,
    &cd::Cd,
    &open::Open,
    &param::Param,
    &bail::Bail,
    &save::Save,
    &saved::Saved,
    &audit::Audit,
    &quit::Quit,
];

/// Runs a line that begins with a dot.
pub async fn run(shell: &mut Shell, line: &str) -> Result<Flow, Stop> {
    let ours = in_our_words(line);
    let line = ours.as_deref().unwrap_or(line).trim().trim_end_matches(';').trim_end();
    let rest = line.strip_prefix('.').unwrap_or(line);
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = find(name)?;
    let argument = argument.trim();
    if command.argument().is_empty() && !argument.is_empty() {
        return Err(Error::usage(format!("`.{}` takes no argument", command.name())).into());
    }
    command.run(shell, argument).await
}

fn find(name: &str) -> Result<&'static dyn Command> {
    let all = || COMMANDS.iter().copied();
    if let Some(exact) = all().find(|command| command.name() == name) {
        return Ok(exact);
    }
    let begun: Vec<&dyn Command> = all().filter(|command| !name.is_empty() && command.name().starts_with(name)).collect();
    match begun.as_slice() {
        [only] => Ok(*only),
        [] => Err(Error::usage(format!("unknown command `.{name}`")).hint(match closest(name, all().map(Command::name)) {
            Some(near) => format!("did you mean `.{near}`?"),
            None => "`.help` lists the commands".to_string(),
        })),
        several => {
            let names: Vec<String> = several.iter().map(|command| format!("`.{}`", command.name())).collect();
            Err(Error::usage(format!("`.{name}` may be {}", names.join(" or "))).hint("write one more letter"))
        }
    }
}

/// Rows of text, to be printed like a query's.
fn text_rows(columns: &[&str], rows: Vec<Vec<Option<String>>>) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let arrays: Vec<ArrayRef> = (0..columns.len())
        .map(|column| Arc::new(rows.iter().map(|row| row[column].clone()).collect::<StringArray>()) as ArrayRef)
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("every row has every column")
}

/// A file as a person names it: in quotes if they like, `~/` for their home.
fn file_of(argument: &str) -> PathBuf {
    let name = unquoted(argument);
    match (name.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(name),
    }
}

/// A text without the quotes that it may stand in.
fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}

/// `on` or `off`.
fn parse_switch(command: &str, argument: &str) -> Result<bool> {
    match argument {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(Error::usage(format!("`{other}` is neither on nor off")).hint(format!("write `.{command} on` or `.{command} off`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_beginning_finds_its_command_and_no_other() {
        for command in COMMANDS {
            assert_eq!(find(command.name()).map(Command::name).ok(), Some(command.name()));
            assert!(!command.doc().is_empty());
        }
        assert_eq!(find("hel").map(Command::name).ok(), Some("help"));
        assert_eq!(find("ta").map(Command::name).ok(), Some("tables"));
    }

    #[test]
    fn beginning_of_several_names_is_refused_with_them() {
        let error = find("t").err().expect("several commands begin with t");
        assert_eq!(error.to_string(), "`.t` may be `.tables` or `.thousands` or `.timer`\nhint: write one more letter");
    }

    #[test]
    fn slip_is_answered_with_the_nearest_name() {
        let error = find("tabels").err().expect("no such command");
        assert_eq!(error.to_string(), "unknown command `.tabels`\nhint: did you mean `.tables`?");
    }
}
