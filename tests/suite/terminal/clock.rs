//! The clock stays in sight: in the prompt, and in what a result hides.

use crate::support::terminal::{Terminal, demo_lake};

#[test]
fn prompt_shows_the_clock_and_commands_move_it() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask("SET clock = '2023-02-20 12:00:00Z';", "contango @2023-02-20 12:00Z> ");
    terminal.ask(".clock +1w", "contango @2023-02-27 12:00Z> ");
    // delayed by the outage of that month
    terminal.ask(".clock next cot", "contango @2023-03-03 20:30Z> ");
    terminal.ask(".clock previous cot", "contango @2023-02-24 20:30Z> ");
    terminal.ask(".clock 2023-02-20 07:00 America/New_York", "contango @2023-02-20 12:00Z> ");
    terminal.ask(".clock off", "no clock is set");
    terminal.wait_until("the prompt without a clock", |screen| screen.ends_with("contango>"));
    let screen = terminal.ask(".clock +1w", "hint:");
    assert!(screen.contains("`.clock +1w` moves the clock, and none is set"), "{screen}");
}

#[test]
fn result_tells_what_the_clock_hid() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".clock 2023-02-20 12:00", "@2023-02-20");
    terminal.ask(".hidden on", "told after each result");
    let screen = terminal.ask("SELECT count(*) AS weeks FROM cot_tff WHERE root = 'ES' AND category = 'dealer';", "hidden:");
    assert!(screen.contains("hidden: 101 vintages published after the clock; 56 of those seen are backcast"), "{screen}");
    assert!(screen.contains("56 │"), "the rows seen are those known: {screen}");
}

#[test]
fn last_result_does_not_go_back_in_time() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask("SELECT max(as_of) AS newest FROM cot;", "2024-12-31");
    terminal.ask("FROM _;", "2024-12-31");
    terminal.ask(".clock 2023-02-20", "@2023-02-20");
    let screen = terminal.ask("FROM _;", "hint:");
    assert!(screen.contains("later than the clock") && !screen.contains("2024-12-31"), "{screen}");
}
