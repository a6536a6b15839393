//! `.once`: the next result to a file or a command.

use async_trait::async_trait;

use super::output::named;
use super::{Command, Completes, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Once;

#[async_trait(?Send)]
impl Command for Once {
    fn name(&self) -> &'static str {
        "once"
    }
    fn argument(&self) -> &'static str {
        "FILE | |COMMAND"
    }
    fn doc(&self) -> &'static str {
        "the next result to a file, in the format of its ending, or into a shell command: `.once |sort`"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.once` needs a file or a command").hint("write `.once FILE` or `.once |COMMAND`").into());
        }
        shell.output.lead(named(argument)?, true)?;
        Ok(Flow::Continue)
    }
}
