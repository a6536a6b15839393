//! `.shell`: run a command of the system.

use std::process::Command as Process;

use async_trait::async_trait;

use super::{Command, Flow};
use crate::error::{Error, system_words};
use crate::script::Stop;
use crate::shell::Shell;

pub struct System;

#[async_trait(?Send)]
impl Command for System {
    fn name(&self) -> &'static str {
        "shell"
    }
    fn argument(&self) -> &'static str {
        "COMMAND"
    }
    fn doc(&self) -> &'static str {
        "run a command of the system, as `sh -c` does"
    }
    async fn run(&self, _: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.shell` needs a command").hint("write `.shell ls`").into());
        }
        let status = Process::new("sh").arg("-c").arg(argument).status();
        let status = status.map_err(|error| Error::usage(format!("cannot run `{argument}`: {}", system_words(&error))))?;
        match status.success() {
            true => Ok(Flow::Continue),
            false => Err(Error::usage(format!("`{argument}` failed: {status}")).into()),
        }
    }
}
