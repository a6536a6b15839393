//! `.thousands`: part the digits of numbers in tables.

use async_trait::async_trait;

use super::{Command, Completes, Flow, parse_switch};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Thousands;

#[async_trait(?Send)]
impl Command for Thousands {
    fn name(&self) -> &'static str {
        "thousands"
    }
    fn argument(&self) -> &'static str {
        "[on|off]"
    }
    fn doc(&self) -> &'static str {
        "part the digits of numbers in tables, 1,234,567; data formats keep them as they are"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["on", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.output.layout_mut().thousands = parse_switch(self.name(), argument)?;
        }
        shell.messages.note(&format!("thousands are {}", if shell.output.layout_mut().thousands { "parted" } else { "not parted" }));
        Ok(Flow::Continue)
    }
}
