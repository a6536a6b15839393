//! `.timer`: tell how long each statement takes.

use async_trait::async_trait;

use super::{Command, Completes, Flow, parse_switch};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Timer;

#[async_trait(?Send)]
impl Command for Timer {
    fn name(&self) -> &'static str {
        "timer"
    }
    fn argument(&self) -> &'static str {
        "[on|off]"
    }
    fn doc(&self) -> &'static str {
        "tell how long each statement takes and what it reads"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["on", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.telling.timer = parse_switch(self.name(), argument)?;
        }
        shell.messages.note(&format!("timer is {}", if shell.telling.timer { "on" } else { "off" }));
        Ok(Flow::Continue)
    }
}
