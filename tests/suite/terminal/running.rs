//! While a statement runs: how far it is, how it is stopped, what it took.

use crate::support::terminal::{CTRL_C, Terminal, demo_lake};

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
