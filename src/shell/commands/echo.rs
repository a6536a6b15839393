//! `.echo`: show the SQL that dot commands run, so that it can be copied and changed.

use async_trait::async_trait;

use super::{Command, Completes, Flow, parse_switch};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Echo;

#[async_trait(?Send)]
impl Command for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }
    fn argument(&self) -> &'static str {
        "[on|off]"
    }
    fn doc(&self) -> &'static str {
        "show the SQL that a dot command runs"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["on", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.telling.echo = parse_switch(self.name(), argument)?;
        }
        shell.messages.note(&format!("echo is {}", if shell.telling.echo { "on" } else { "off" }));
        Ok(Flow::Continue)
    }
}
