//! `.quit`: leave the shell.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Quit;

#[async_trait(?Send)]
impl Command for Quit {
    fn name(&self) -> &'static str {
        "quit"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "leave, as Ctrl-D does"
    }
    async fn run(&self, _: &mut Shell, _: &str) -> Result<Flow, Stop> {
        Ok(Flow::Leave)
    }
}
