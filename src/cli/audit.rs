//! `contango audit FILE`: does a saved query know the future?

use std::path::PathBuf;

use clap::Args;

use super::global::Context;
use super::progress::progress;
use super::run::find;
use super::{Exit, help};
use crate::audit::{self, INSTANTS, Lag, Request};
use crate::error::Error;
use crate::script::{Script, Stop};
use crate::time::KnowledgeTime;

/// Find out whether a saved query knows the future
#[derive(Args)]
#[command(after_help = help::AUDIT)]
pub struct Audit {
    /// A file, or the name of a script in sql/saved or sql/examples
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The column with the day or instant that a row was decided for
    #[arg(long, value_name = "COLUMN")]
    time_column: String,
    /// How long after the time of a row its decision is taken
    #[arg(long, value_name = "LAG", long_help = help::LAG)]
    lag: Option<String>,
    /// Set the clock to so many instants
    #[arg(long = "at", value_name = "N", default_value_t = INSTANTS as u32, value_parser = clap::value_parser!(u32).range(1..))]
    instants: u32,
    /// Set the clock to instants from this one on
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Set the clock to instants up to this one
    #[arg(long, value_name = "INSTANT")]
    to: Option<String>,
}

impl Audit {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let (name, text) = find(&self.file)?;
        let instant = |text: &Option<String>| text.as_deref().map(KnowledgeTime::parse).transpose();
        let request = Request {
            time_column: self.time_column.clone(),
            lag: self.lag.as_deref().map_or(Ok(Lag::default()), |lag| Lag::parse(lag, &context.config))?,
            instants: self.instants as usize,
            from: instant(&self.from)?,
            to: instant(&self.to)?,
        };
        let session = context.session()?;
        let mut output = context.output(None)?;
        let bar = progress(context.messages, context.is_quiet);
        let watch = |label: &str, done: usize, of: usize| {
            bar.step(label);
            bar.advance(done as u64, (of > 0).then_some(of as u64));
        };
        let script = Script { file: Some(&name), text: &text };
        let report = tokio::select! {
            end = audit::run(&session, script, &request, &watch) => end,
            _ = tokio::signal::ctrl_c() => Err(Error::cancelled().into()),
        };
        drop(bar);
        let report = report?;
        if let Some(finding) = &report.finding {
            output.batch(&report.differences())?;
            for table in &finding.tables {
                context.messages.note(table);
            }
        }
        context.messages.note(&report.sentence());
        output.finish()?;
        Ok(if report.finding.is_some() { Exit::Violations } else { Exit::Success })
    }
}
