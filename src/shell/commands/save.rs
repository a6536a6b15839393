//! `.save`: keep the last statement as a script of one's own.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::input::{looks_back, pieces};
use crate::shell::{Shell, saved};

pub struct Save;

#[async_trait(?Send)]
impl Command for Save {
    fn name(&self) -> &'static str {
        "save"
    }
    fn argument(&self) -> &'static str {
        "NAME [replace]"
    }
    fn doc(&self) -> &'static str {
        "keep the last statement in sql/saved/NAME.sql; `contango run NAME` runs it"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let words: Vec<&str> = argument.split_whitespace().collect();
        let (name, replaces) = match words.as_slice() {
            [name] => (*name, false),
            [name, "replace"] => (*name, true),
            _ => return Err(Error::usage("`.save` needs a name").hint("write `.save positioning`").into()),
        };
        let path = saved::write(name, shell.memory.statement()?, replaces, &shell.session.data_folder())?;
        if looks_back(&pieces(shell.memory.statement()?)) {
            shell.messages.warn("the statement reads `_`, the last result, which a script does not have");
        }
        shell.messages.note(&format!("saved as `{}`: `contango run {name}` runs it", path.display()));
        Ok(Flow::Continue)
    }
}
