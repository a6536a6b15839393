//! `.bail`: whether an error ends a script.

use async_trait::async_trait;

use super::{Command, Completes, Flow, parse_switch};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Bail;

#[async_trait(?Send)]
impl Command for Bail {
    fn name(&self) -> &'static str {
        "bail"
    }
    fn argument(&self) -> &'static str {
        "[on|off]"
    }
    fn doc(&self) -> &'static str {
        "whether the first error ends a script (on, as it starts); with off the rest runs, and the exit code is still 2"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["on", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.bails = parse_switch(self.name(), argument)?;
        }
        shell.messages.note(if shell.bails { "the first error ends a script" } else { "a script goes on after an error" });
        Ok(Flow::Continue)
    }
}
