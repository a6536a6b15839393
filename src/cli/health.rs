//! `contango health`: whether the lake is fresh, in one screen and an exit code.

use clap::Args;

use super::global::Context;
use super::{Exit, help};
use crate::check::health;
use crate::script::Stop;

/// Tell whether the lake is fresh
#[derive(Args)]
#[command(after_help = help::HEALTH)]
pub struct Health {}

impl Health {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let session = context.session_over_lake()?;
        let mut output = context.output(None)?;
        let health = health::of(&session).await?;
        if health.sources.num_rows() > 0 {
            output.batch(&health.sources)?;
        }
        for line in &health.latest {
            context.messages.warn(line);
        }
        context.messages.note(&health.sentence());
        output.finish()?;
        Ok(if health.late > 0 { Exit::Violations } else { Exit::Success })
    }
}
