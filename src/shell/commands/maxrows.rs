//! `.maxrows`: how many rows of a long result a terminal shows.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct MaxRows;

#[async_trait(?Send)]
impl Command for MaxRows {
    fn name(&self) -> &'static str {
        "maxrows"
    }
    fn argument(&self) -> &'static str {
        "[N|all]"
    }
    fn doc(&self) -> &'static str {
        "how many rows of a long table the terminal shows, first and last ones"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let layout = shell.output.layout_mut();
        match argument {
            "" => {}
            "all" => layout.max_rows = None,
            number => {
                let rows = number.parse().ok().filter(|rows| *rows > 0);
                let rows = rows.ok_or_else(|| {
                    Error::usage(format!("`{number}` is no number of rows")).hint("write `.maxrows 100` or `.maxrows all`")
                })?;
                layout.max_rows = Some(rows);
            }
        }
        let shown = layout.max_rows.map_or("all rows are shown".to_string(), |rows| format!("at most {rows} rows are shown"));
        shell.messages.note(&shown);
        Ok(Flow::Continue)
    }
}
