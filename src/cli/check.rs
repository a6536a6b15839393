//! `contango check`: what of the lake cannot be right, or is hardly so.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Instant;

use clap::Args;

use super::global::Context;
use super::progress::progress;
use super::{Exit, help};
use crate::check::{self, Finding, OWN, Outcome, Request};
use crate::error::Error;
use crate::script::Stop;

/// Find what in the lake cannot be right
#[derive(Args)]
#[command(after_help = help::CHECK)]
pub struct Check {
    /// Only what is found in this lake table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// Only this check; may be given several times
    #[arg(long = "check", value_name = "NAME")]
    names: Vec<String>,
    /// Each finding on a line of its own, also where many are alike
    #[arg(long)]
    all: bool,
    /// Print the checks instead of running them
    #[arg(long)]
    list: bool,
}

impl Check {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let request = Request { table: self.table, names: self.names };
        let checks = check::asked(check::all(Path::new(OWN))?, &request)?;
        let mut output = context.output(None)?;
        if self.list {
            output.batch(&check::listing(&checks))?;
            context.finish(output)?;
            return Ok(Exit::Success);
        }
        let session = context.session_over_lake()?;
        let start = Instant::now();
        // a line per check would bury the findings
        let is_shown = io::stderr().is_terminal() && !context.is_quiet;
        let bar = is_shown.then(|| progress(context.messages, context.is_quiet));
        let work = async {
            let mut outcomes: Vec<Outcome> = Vec::new();
            for (done, check) in checks.iter().enumerate() {
                if let Some(bar) = &bar {
                    bar.step(&check.name);
                    bar.advance(done as u64, Some(checks.len() as u64));
                }
                outcomes.push(check::run(&session, check, request.table.as_deref()).await);
            }
            outcomes
        };
        let outcomes = tokio::select! {
            outcomes = work => outcomes,
            _ = tokio::signal::ctrl_c() => return Err(Error::cancelled().into()),
        };
        drop(bar);
        let found: Vec<&Finding> = check::found(&outcomes);
        let told = if self.all { found.iter().map(|finding| (*finding).clone()).collect() } else { check::grouped(&found) };
        if !told.is_empty() {
            output.batch(&check::batch(told.iter()))?;
        }
        for outcome in &outcomes {
            if context.is_verbose {
                context.messages.note(&outcome.sentence());
            }
            if let Err(Stop::Failed { error, excerpt }) = &outcome.findings {
                context.messages.error(&error.clone().said_of(&format!("check `{}`", outcome.name)), excerpt.as_deref());
            }
        }
        context.messages.note(&check::sentence(&outcomes, start.elapsed()));
        if told.len() < found.len() {
            context.messages.note("findings that are alike stand in one line; `--all` shows each");
        }
        output.finish()?;
        Ok(match (outcomes.iter().any(|outcome| outcome.findings.is_err()), found.iter().any(|finding| finding.severity.is_violation())) {
            (true, _) => Exit::Failed,
            (_, true) => Exit::Violations,
            (false, false) => Exit::Success,
        })
    }
}
