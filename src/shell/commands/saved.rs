//! `.saved`: the scripts of one's own.

use async_trait::async_trait;

use super::{Command, Flow, text_rows};
use crate::script::Stop;
use crate::shell::{Shell, saved};

pub struct Saved;

#[async_trait(?Send)]
impl Command for Saved {
    fn name(&self) -> &'static str {
        "saved"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "the scripts in sql/saved, with their first line"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let all = saved::list()?;
        if all.is_empty() {
            shell.messages.note(&format!("`{}` holds no script; `.save NAME` keeps the last statement there", saved::FOLDER));
            return Ok(Flow::Continue);
        }
        let rows = all.into_iter().map(|script| vec![Some(script.name), Some(script.first_line)]);
        let rows = text_rows(&["name", "first line"], rows.collect());
        shell.output.batch(&rows)?;
        Ok(Flow::Continue)
    }
}
