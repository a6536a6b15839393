//! `.cd`: go to another folder, from which the paths of files count.

use async_trait::async_trait;

use super::{Command, Completes, Flow, file_of};
use crate::error::{Error, system_words};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Cd;

#[async_trait(?Send)]
impl Command for Cd {
    fn name(&self) -> &'static str {
        "cd"
    }
    fn argument(&self) -> &'static str {
        "[FOLDER]"
    }
    fn doc(&self) -> &'static str {
        "go to another folder, from which the paths of files count; the data folder stays"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let cannot = |error: std::io::Error| Error::usage(format!("cannot go to `{argument}`: {}", system_words(&error)));
        if !argument.is_empty() {
            std::env::set_current_dir(file_of(argument)).map_err(cannot)?;
        }
        let here = std::env::current_dir().map_err(cannot)?;
        shell.messages.note(&format!("the folder is `{}`", here.display()));
        Ok(Flow::Continue)
    }
}
