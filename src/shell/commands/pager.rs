//! `.pager`: whether what is taller than the screen is shown in a pager.

use async_trait::async_trait;

use super::{Command, Completes, Flow, parse_switch};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Pager;

#[async_trait(?Send)]
impl Command for Pager {
    fn name(&self) -> &'static str {
        "pager"
    }
    fn argument(&self) -> &'static str {
        "[on|off]"
    }
    fn doc(&self) -> &'static str {
        "whether a result that is taller than the screen is shown in a pager: $CONTANGO_PAGER, $PAGER or less; leaving it stops the query"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["on", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let command = shell.output.pager.as_ref().map(|pager| pager.command().to_string());
        if !argument.is_empty() {
            let is_on = parse_switch(self.name(), argument)?;
            if is_on && command.is_none() {
                return Err(Error::usage("there is no pager here")
                    .hint("in a shell on a terminal it is $CONTANGO_PAGER, $PAGER or `less`")
                    .into());
            }
            shell.output.page(is_on);
        }
        shell.messages.note(&match command {
            Some(command) if shell.output.is_paged() => format!("pager is on: `{command}`"),
            _ => "pager is off".to_string(),
        });
        Ok(Flow::Continue)
    }
}
