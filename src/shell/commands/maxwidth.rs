//! `.maxwidth`: how wide a table may be.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::script::Stop;
use crate::shell::{Shell, output};

pub struct MaxWidth;

#[async_trait(?Send)]
impl Command for MaxWidth {
    fn name(&self) -> &'static str {
        "maxwidth"
    }
    fn argument(&self) -> &'static str {
        "[N|auto|off]"
    }
    fn doc(&self) -> &'static str {
        "how wide a whole table may be: so many characters, as the terminal is, or whatever its values take"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["auto", "off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.output.max_width = output::MaxWidth::parse(argument)?;
        }
        shell.messages.note(&shell.output.max_width.to_string());
        Ok(Flow::Continue)
    }
}
