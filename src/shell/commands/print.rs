//! `.print`: write a line of text among the results.

use async_trait::async_trait;

use super::{Command, Flow, unquoted};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Print;

#[async_trait(?Send)]
impl Command for Print {
    fn name(&self) -> &'static str {
        "print"
    }
    fn argument(&self) -> &'static str {
        "[TEXT]"
    }
    fn doc(&self) -> &'static str {
        "write a text where results go: a heading in a script"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        shell.output.text(unquoted(argument))?;
        Ok(Flow::Continue)
    }
}
