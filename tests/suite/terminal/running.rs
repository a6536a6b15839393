//! While a statement runs: how far it is, how it is stopped, what it took.

use crate::support::terminal::{CTRL_C, ENTER, Terminal, demo_lake, shell};

/// Runs for hours.
const ENDLESS: &str = "SELECT count(*) FROM cot a, cot b, cot c WHERE a.net + b.net = c.net;";

#[test]
fn long_statement_shows_a_bar_and_ends_at_ctrl_c() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let bar = terminal.ask(ENDLESS, "Ctrl-C stops it");
    assert!(bar.contains(" rows"), "{bar}");
    terminal.keys(CTRL_C);
    let screen = terminal.wait_for("cancelled after");
    assert!(!screen.contains("Ctrl-C stops it"), "the bar is gone: {screen}");
    assert!(screen.contains(" rows, "), "what was read is told: {screen}");
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
}

#[test]
fn timer_tells_time_rows_and_bytes() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".timer on", "timer is on");
    let screen = terminal.ask("SELECT sum(net) FROM cot WHERE root = 'ES';", "time:");
    assert!(screen.contains(" rows, ") && screen.contains(" read"), "{screen}");
}

#[test]
fn statement_is_explained_and_watched() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".watch", "no statement was run yet");
    terminal.ask("SELECT count(*) AS n FROM cot WHERE root = 'ES';", "(1 row)");
    terminal.ask(".explain", "KnownExec");
    terminal.ask(".explain pit", "rows_hidden");
    let screen = terminal.ask(".watch 0.1 3", "contango> ");
    let screen = if screen.matches("(1 row)").count() == 3 {
        screen
    } else {
        terminal.wait_until("three runs", |s| s.matches("(1 row)").count() == 3)
    };
    assert!(screen.contains("every 0.1 s, Ctrl-C stops it"), "{screen}");
    terminal.line(".watch 60");
    terminal.wait_for("(1 row)");
    terminal.keys(CTRL_C);
    terminal.wait_for("cancelled");
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
}

#[test]
fn first_lines_say_which_lake_it_is_and_how_far_it_knows() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let screen = terminal.screen();
    assert!(screen.contains("tables with rows, the newest known at 20"), "{screen}");
    let nowhere = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::at_prompt(&nowhere.path().join("none"));
    let screen = terminal.screen();
    assert!(screen.contains("yet: `contango demo` makes one"), "{screen}");
    let mut terminal = shell(demo_lake()).argument("--clock").argument("1990-01-01").open();
    terminal.wait_for("contango @1990");
    let screen = terminal.screen();
    assert!(screen.contains("no table has a row that was known at the clock"), "{screen}");
}

#[test]
fn statement_that_goes_on_is_marked() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.line("SELECT 40 + 2 AS answer");
    terminal.wait_for("… `;` ends the statement");
    terminal.keys(";");
    terminal.keys(ENTER);
    let screen = terminal.wait_for("(1 row)");
    assert!(!screen.contains("ends the statement"), "{screen}");
}
