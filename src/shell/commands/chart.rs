//! `.chart`: a picture of the last result, on the terminal or in a file.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::script::Stop;
use crate::shell::chart::request::Request;
use crate::shell::chart::terminal::{self, Size};
use crate::shell::output::write_whole;
use crate::shell::{Shell, chart, messages};

pub struct Chart;

/// What a picture is drawn on where there is no terminal.
const PAPER: Size = Size { columns: 80, rows: 24 };

#[async_trait(?Send)]
impl Command for Chart {
    fn name(&self) -> &'static str {
        "chart"
    }
    fn argument(&self) -> &'static str {
        "[FILE.svg|png|html] [line|bar|scatter|hist] [x] [y ...] [by COLUMN]"
    }
    fn doc(&self) -> &'static str {
        "draw the last result here or into a file; what is not named is chosen"
    }
    fn completes(&self) -> Completes {
        Completes::Columns
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let request = Request::parse(argument)?;
        let picture = chart::chart(shell.last()?, &request)?;
        match &request.file {
            Some((path, kind)) => {
                write_whole(path, &chart::file(&picture, *kind)?)?;
                shell.messages.note(&format!("`{}` is written", path.display()));
            }
            None => messages::say(terminal::draw(&picture, size(), messages::is_colour_wanted()).trim_end_matches('\n'))?,
        }
        picture.notes.iter().for_each(|note| shell.messages.note(note));
        Ok(Flow::Continue)
    }
}

/// The terminal's size, less the line of the next prompt and the one that was typed.
fn size() -> Size {
    let size = terminal_size::terminal_size();
    size.map_or(PAPER, |(columns, rows)| Size { columns: usize::from(columns.0), rows: usize::from(rows.0).saturating_sub(2) })
}
