//! The clock stays in sight: in the prompt, and in what a result hides.

use crate::support::terminal::{Terminal, demo_lake};

#[test]
fn prompt_shows_the_clock() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask("SET clock = '2023-02-20 12:00:00Z';", "contango @2023-02-20 12:00Z> ");
    terminal.ask("RESET clock;", "contango> ");
}
