//! The options that every command takes, and what they stand for.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::help;
use crate::config::Config;
use crate::engine::{Options, Session};
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::format::FORMATS;
use crate::shell::messages::Messages;
use crate::shell::output::{Output, choose_format};
use crate::shell::printer::Telling;
use crate::time::KnowledgeTime;

#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Data folder: the lake, the raw files, the metadata
    #[arg(long, global = true, value_name = "DIR", env = "CONTANGO_DATA", default_value = "data", hide_env_values = true)]
    pub data: PathBuf,
    /// A file of your own, merged over the built-in configuration
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Stand at this instant: answer only from what was known then
    #[arg(long, global = true, value_name = "INSTANT", long_help = help::CLOCK)]
    pub clock: Option<String>,
    /// How rows are printed
    #[arg(long, global = true, value_name = "FORMAT", value_parser = PossibleValuesParser::new(FORMATS.iter().map(|f| f.name())), long_help = help::FORMAT)]
    pub format: Option<String>,
    /// Write rows to this file, which appears whole or not at all
    #[arg(short = 'o', long = "output", global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print no notes and no progress, only data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell how long each statement takes
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// The global options, read and checked.
pub struct Context {
    pub data: PathBuf,
    pub config: Arc<Config>,
    pub clock: Option<KnowledgeTime>,
    pub messages: Messages,
    pub is_quiet: bool,
    pub is_verbose: bool,
    format: Option<String>,
    file: Option<PathBuf>,
}

impl Context {
    /// # Errors
    /// The clock does not parse, or the configuration cannot be read.
    pub fn new(global: Global) -> Result<Self> {
        let messages = Messages::new(global.quiet);
        let clock = global.clock.as_deref().map(KnowledgeTime::parse).transpose()?;
        let config = Arc::new(Config::load(global.config.as_deref())?);
        Ok(Self {
            data: global.data,
            config,
            clock,
            messages,
            is_quiet: global.quiet,
            is_verbose: global.verbose,
            format: global.format,
            file: global.output,
        })
    }

    /// A session over the data folder, standing at the clock; the instant that was understood is told.
    ///
    /// # Errors
    /// The data folder is no folder.
    pub fn session(&self) -> Result<Session> {
        let mut session = Session::new(Options { data: self.data.clone(), config: Arc::clone(&self.config), now: None })?;
        if let Some(clock) = self.clock {
            session.set_clock(Some(clock));
            self.messages.note(&format!("clock is {clock}"));
        }
        Ok(session)
    }

    /// Where rows go. `max_rows` limits a table on a terminal.
    ///
    /// # Errors
    /// The file cannot be written, or a terminal would get a binary format.
    pub fn output(&self, max_rows: Option<usize>) -> Result<Output> {
        let format = choose_format(self.format.as_deref(), self.file.as_deref());
        match &self.file {
            Some(path) => Output::file(format, path),
            None => Output::stdout(format, max_rows),
        }
    }

    /// What is told of each statement.
    pub fn telling(&self) -> Telling {
        Telling { timer: self.is_verbose, ..Telling::default() }
    }

    /// Ends the output; says so where there was nothing for a file.
    ///
    /// # Errors
    /// The file cannot be put in its place.
    pub fn finish(&self, output: Output) -> Result<(), Stop> {
        if let Some(path) = output.finish()? {
            self.messages.note(&format!("no statement gave rows: `{}` was not written", path.display()));
        }
        Ok(())
    }

    /// A clock is part of a query; a command that asks nothing refuses it rather than ignore it.
    ///
    /// # Errors
    /// A clock is set.
    pub fn ensure_no_clock(&self, command: &str) -> Result<()> {
        match self.clock {
            None => Ok(()),
            Some(_) => Err(Error::usage(format!("`contango {command}` has no clock")).hint("leave `--clock` out")),
        }
    }
}
