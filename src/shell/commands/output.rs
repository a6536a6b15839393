//! `.output`: later results to a file or a command, or to stdout again.

use async_trait::async_trait;

use super::{Command, Completes, Flow, file_of};
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::output::Named;

pub struct Output;

#[async_trait(?Send)]
impl Command for Output {
    fn name(&self) -> &'static str {
        "output"
    }
    fn argument(&self) -> &'static str {
        "[FILE | |COMMAND | stdout]"
    }
    fn doc(&self) -> &'static str {
        "results to a file, in the format of its ending, or into a shell command, until `.output stdout`; then the file appears"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> std::result::Result<Flow, Stop> {
        match argument {
            "" => {}
            "stdout" | "off" => shell.output.return_home()?,
            place => {
                shell.output.lead(named(place)?, false)?;
            }
        }
        let told = match shell.output.elsewhere() {
            Some(place) => format!("output goes to `{place}`; `.output stdout` ends it"),
            None => "output goes to stdout, or to the file of `-o`".to_string(),
        };
        shell.messages.note(&told);
        Ok(Flow::Continue)
    }
}

/// The place that an argument names.
pub(super) fn named(argument: &str) -> Result<Named> {
    if let Some(command) = argument.strip_prefix('|') {
        let command = command.trim();
        return match command {
            "" => Err(Error::usage("there is no command behind `|`").hint("write `.once |sort`")),
            command => Ok(Named::Command(command.to_string())),
        };
    }
    Ok(Named::File(file_of(argument)))
}
