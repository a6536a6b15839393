//! `.chart`: a picture of the last result, on the terminal or in a file.

use async_trait::async_trait;

use super::{Command, Completes, Flow, whole};
use crate::script::Stop;
use crate::shell::chart::request::Request;
use crate::shell::chart::terminal::{self, Size};
use crate::shell::output::write_whole;
use crate::shell::{Shell, chart, messages};

pub struct Chart;

/// What a picture is drawn on where there is no terminal.
const PAPER: Size = Size { columns: 80, rows: 24 };

const DETAILS: &str = "\
`.chart` alone goes by the columns: a time goes across, as_of first (else tenors in order of their length, names, or the first number), \
numbers go up, and a column of names makes a series each where a time has several rows.
A column far from the first in size gets an axis of its own, on the right.

.chart net close: these over time, where the result has one
.chart as_of net by category: x, then y, then what tells the series apart
.chart hist net: how often which values come
.chart scatter net close: the second against the first
.chart es.png line net title 'E-mini positions': a file instead, .svg, .png or .html

A NULL is a gap. Of a long series the least and the greatest value of every dot stay. Under a clock the picture says so.";

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
    fn details(&self) -> &'static str {
        DETAILS
    }
    fn completes(&self) -> Completes {
        Completes::Columns
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let request = Request::parse(argument)?;
        if let Some((path, _)) = &request.file {
            shell.session.data_folder().ensure_outside(path)?;
        }
        let picture = chart::chart(whole::last(shell).await?, &request)?;
        match &request.file {
            Some((path, kind)) => {
                write_whole(path, &shell.session.data_folder(), &chart::file(&picture, *kind)?)?;
                shell.messages.note(&format!("`{}` is written", path.display()));
            }
            None => {
                let is_screen = shell.output.elsewhere().is_none();
                let (size, has_colour) = if is_screen { (size(), messages::is_colour_wanted()) } else { (PAPER, false) };
                shell.output.text(terminal::draw(&picture, size, has_colour).trim_end_matches('\n'))?;
            }
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
