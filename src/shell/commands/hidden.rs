//! `.hidden`: tell after each result how many rows the clock hid from it.

use async_trait::async_trait;

use super::{Command, Completes, Flow, parse_switch};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Hidden;

#[async_trait(?Send)]
impl Command for Hidden {
    fn name(&self) -> &'static str {
        "hidden"
    }
    fn argument(&self) -> &'static str {
        "[on|off]"
    }
    fn doc(&self) -> &'static str {
        "tell how many vintages the clock hid from each result, and how many it saw are backcast; reads the tables once more"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["on", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.telling.hidden = parse_switch(self.name(), argument)?;
            shell.session.count_hidden(shell.telling.hidden);
        }
        let state = if shell.telling.hidden { "told after each result under a clock" } else { "not told" };
        shell.messages.note(&format!("hidden rows are {state}"));
        Ok(Flow::Continue)
    }
}
