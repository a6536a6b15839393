//! `.read`: run the statements and commands of a file.

use std::path::Path;

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Read;

#[async_trait(?Send)]
impl Command for Read {
    fn name(&self) -> &'static str {
        "read"
    }
    fn argument(&self) -> &'static str {
        "FILE"
    }
    fn doc(&self) -> &'static str {
        "run the statements and commands of a file, up to the first error"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.read` needs a file").hint("write `.read FILE`").into());
        }
        shell.read(Path::new(argument)).await
    }
}
