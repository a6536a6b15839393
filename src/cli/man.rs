//! `contango man`: the manual page, made from the same words as `--help`.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use super::{Cli, Exit, help};
use crate::error::{Error, system_words};
use crate::script::Stop;

/// Print the manual page, or that of a command
#[derive(Args)]
#[command(after_help = help::MAN)]
pub struct Man {
    /// A command: `contango man ingest cftc`
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Man {
    pub fn run(self) -> Result<Exit, Stop> {
        let mut command = Cli::command();
        command.build();
        let mut path = vec!["contango".to_string()];
        for name in self.command {
            let found = command.find_subcommand(&name).cloned();
            path.push(name);
            command = found
                .ok_or_else(|| Error::usage(format!("there is no command `{}`", path.join(" "))).hint("`contango --help` lists them"))?;
        }
        let mut text = Vec::new();
        Page::new(command).render(&mut text).map_err(|error| Error::internal(error.to_string()))?;
        print(&text)
    }
}

/// A text on stdout, as it is.
///
/// # Errors
/// Nobody reads stdout any more, or it cannot be written.
pub(super) fn print(text: &[u8]) -> Result<Exit, Stop> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Exit::Success),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Stop::OutputClosed),
        Err(error) => Err(Error::usage(format!("cannot write to stdout: {}", system_words(&error))).into()),
    }
}
