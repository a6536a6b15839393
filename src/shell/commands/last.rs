//! `.last`: show the last result again.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Last;

#[async_trait(?Send)]
impl Command for Last {
    fn name(&self) -> &'static str {
        "last"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "the last result again, in the mode and width of now; `FROM _` queries it"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let (schema, stream) = {
            let last = shell.last()?;
            (last.schema.clone(), last.stream())
        };
        shell.output.rows(schema, stream, &|| ()).await?;
        Ok(Flow::Continue)
    }
}
