//! `.help`: the dot commands.

use async_trait::async_trait;

use super::{COMMANDS, Command, Flow, text_rows};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Help;

#[async_trait(?Send)]
impl Command for Help {
    fn name(&self) -> &'static str {
        "help"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "this list"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let rows = COMMANDS.iter().map(|command| {
            let usage = format!(".{} {}", command.name(), command.argument());
            vec![Some(usage.trim_end().to_string()), Some(command.doc().to_string())]
        });
        shell.output.batch(&text_rows(&["command", "what it does"], rows.collect()))?;
        Ok(Flow::Continue)
    }
}
