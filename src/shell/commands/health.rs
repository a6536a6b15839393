//! `.health`: whether the lake is fresh at the clock.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::check::health;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Health;

#[async_trait(?Send)]
impl Command for Health {
    fn name(&self) -> &'static str {
        "health"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "whether the lake is fresh: newest, next and late per source"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let health = health::of(&shell.session).await?;
        if health.sources.num_rows() > 0 {
            shell.output.batch(&health.sources)?;
        }
        for line in &health.latest {
            shell.messages.warn(line);
        }
        shell.messages.note(&health.sentence());
        Ok(Flow::Continue)
    }
}
