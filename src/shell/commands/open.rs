//! `.open`: go on over another data folder, at the same clock.

use async_trait::async_trait;

use super::{Command, Completes, Flow, file_of};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::{Shell, banner};

pub struct Open;

#[async_trait(?Send)]
impl Command for Open {
    fn name(&self) -> &'static str {
        "open"
    }
    fn argument(&self) -> &'static str {
        "FOLDER"
    }
    fn doc(&self) -> &'static str {
        "go on over another data folder, with the clock, settings and parameters of now; tables and views of the session stay behind"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.open` needs a data folder").hint("write `.open FOLDER`").into());
        }
        let session = shell.session.over(file_of(argument))?;
        session.ensure_lake()?;
        shell.output.guard(session.data_folder());
        shell.session = session;
        shell.memory.forget();
        let line = banner::lake(shell).await?;
        shell.messages.note(&line);
        Ok(Flow::Continue)
    }
}
