//! The options that every command takes, and what they stand for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::help;
use crate::config::Config;
use crate::engine::{DataFolder, Options, Session, parse_timeout};
use crate::error::{Error, Result};
use crate::memory;
use crate::script::Stop;
use crate::shell::Shell;
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
    /// Give `:KEY` (or `$KEY`) in statements this value; may be given several times
    #[arg(long = "param", global = true, value_name = "KEY=VALUE", value_parser = parse_parameter)]
    pub parameters: Vec<(String, String)>,
    /// Stop a statement that takes longer: `30s`, `5min`
    #[arg(long, global = true, value_name = "TIME", env = "CONTANGO_TIMEOUT", hide_env_values = true)]
    pub timeout: Option<String>,
    /// Memory that may be taken, by statements and by files that are read: `4GiB`, `25%` of the machine's [default: 50%]
    #[arg(long, global = true, value_name = "SIZE", env = "CONTANGO_MEMORY_LIMIT", hide_env_values = true)]
    pub memory_limit: Option<String>,
    /// Run this file first
    #[arg(long, value_name = "FILE", long_help = help::INIT)]
    pub init: Option<PathBuf>,
    /// Do not read ~/.config/contango/init.sql
    #[arg(long, conflicts_with = "init")]
    pub no_init: bool,
    /// Write rows to this file, which appears whole or not at all
    #[arg(short = 'o', long = "output", global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// End with 1 if the last result has rows: for alerts from cron
    #[arg(long, global = true)]
    pub fail_if_rows: bool,
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
    /// Whether rows of the last result are a violation.
    pub fails_if_rows: bool,
    timeout: Option<Duration>,
    parameters: Vec<(String, String)>,
    init: Option<PathBuf>,
    has_init: bool,
    format: Option<String>,
    file: Option<PathBuf>,
}

impl Context {
    /// # Errors
    /// The clock does not parse, or the configuration cannot be read.
    pub fn new(global: Global) -> Result<Self> {
        let messages = Messages::new(global.quiet);
        let clock = global.clock.as_deref().map(KnowledgeTime::parse).transpose()?;
        let timeout = global.timeout.as_deref().map(parse_timeout).transpose()?.flatten();
        if let Some(limit) = &global.memory_limit {
            memory::set_limit(memory::parse(limit)?);
        }
        let config = Arc::new(Config::load(global.config.as_deref())?);
        Ok(Self {
            data: global.data,
            config,
            clock,
            messages,
            is_quiet: global.quiet,
            is_verbose: global.verbose,
            fails_if_rows: global.fail_if_rows,
            timeout,
            parameters: global.parameters,
            init: global.init,
            has_init: !global.no_init,
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
        session.set_timeout(self.timeout);
        for (name, value) in &self.parameters {
            session.set_parameter(name, value)?;
        }
        Ok(session)
    }

    /// As [`Context::session`], for a command that has nothing to say of a lake that is not there.
    ///
    /// # Errors
    /// There is no data folder.
    pub fn session_over_lake(&self) -> Result<Session> {
        let session = self.session()?;
        session.ensure_lake()?;
        Ok(session)
    }

    /// Where rows go. `max_rows` limits a table on a terminal.
    ///
    /// # Errors
    /// The file lies in the data folder or cannot be written, or a terminal would get a binary format.
    pub fn output(&self, max_rows: Option<usize>) -> Result<Output> {
        let format = choose_format(self.format.as_deref(), self.file.as_deref())?;
        let data = DataFolder::new(self.data.clone());
        match &self.file {
            Some(path) => Output::file(format, path, data, self.messages),
            None => Output::stdout(format, max_rows, data, self.messages),
        }
    }

    /// What is told of each statement.
    pub fn telling(&self) -> Telling {
        Telling { timer: self.is_verbose, ..Telling::default() }
    }

    /// A shell over the data folder, for a person or for a script.
    ///
    /// # Errors
    /// As [`Context::session`] and [`Context::output`].
    pub fn shell(&self, max_rows: Option<usize>) -> Result<Shell> {
        let output = self.output(max_rows)?;
        let mut shell = Shell::new(self.session()?, output, self.messages);
        shell.telling = self.telling();
        Ok(shell)
    }

    /// Runs the file of `--init`; without one and for a person, their own `init.sql` if there is one. A script never reads that: what it
    /// gives must not depend on whose machine it runs.
    ///
    /// # Errors
    /// The file cannot be read, or a statement or command of it fails.
    pub async fn read_init(&self, shell: &mut Shell, is_person: bool) -> Result<(), Stop> {
        let own = || (is_person && self.has_init).then(own_init).flatten().filter(|file| file.is_file());
        if let Some(file) = self.init.clone().or_else(own) {
            shell.read(&file).await?;
        }
        Ok(())
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

/// `$XDG_CONFIG_HOME/contango/init.sql`, by default under `~/.config`.
fn own_init() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(config.join("contango").join("init.sql"))
}

fn parse_parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is written `KEY=VALUE`")?;
    Ok((name.to_string(), value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_is_cut_at_its_first_equals_sign() {
        assert_eq!(parse_parameter("root=ES"), Ok(("root".to_string(), "ES".to_string())));
        assert_eq!(parse_parameter("a=b=c"), Ok(("a".to_string(), "b=c".to_string())));
        assert!(parse_parameter("root").is_err());
    }
}
