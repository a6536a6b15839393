//! `.check`: what of the lake cannot be right.

use std::path::Path;
use std::time::Instant;

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::check::{self, OWN, Request};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Check;

#[async_trait(?Send)]
impl Command for Check {
    fn name(&self) -> &'static str {
        "check"
    }
    fn argument(&self) -> &'static str {
        "[TABLE]"
    }
    fn doc(&self) -> &'static str {
        "what in the lake, or in a table of it, cannot be right at the clock"
    }
    fn completes(&self) -> Completes {
        Completes::Tables
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let request = Request { table: Some(argument.to_string()).filter(|table| !table.is_empty()), names: Vec::new() };
        let start = Instant::now();
        let mut outcomes = Vec::new();
        for check in &check::asked(check::all(Path::new(OWN))?, &request)? {
            outcomes.push(check::run(&shell.session, check, request.table.as_deref()).await);
        }
        let found = check::found(&outcomes);
        if !found.is_empty() {
            shell.output.batch(&check::batch(check::grouped(&found).iter()))?;
        }
        for outcome in &outcomes {
            if let Err(Stop::Failed { error, excerpt }) = &outcome.findings {
                shell.messages.error(&error.clone().said_of(&format!("check `{}`", outcome.name)), excerpt.as_deref());
            }
        }
        shell.messages.note(&check::sentence(&outcomes, start.elapsed()));
        Ok(Flow::Continue)
    }
}
