//! Errors at a terminal: the caret stands under the place, and the shell lives on.

use crate::support::terminal::{Terminal, demo_lake};

/// The column, from 0, of the caret and of what stands above it.
fn under_the_caret(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines.iter().rposition(|line| line.trim_end().ends_with("| ^") || (line.contains("|") && line.trim_end().ends_with('^')));
    let at = at.expect("a line with a caret");
    let caret = lines[at].trim_end().chars().count() - 1;
    lines[at - 1].chars().skip(caret).take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn caret_stands_under_what_is_wrong_and_the_nearest_name_is_told() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let screen = terminal.ask("SELECT roott FROM cot;", "did you mean `root`?");
    assert_eq!(under_the_caret(&screen), "roott", "{screen}");
    let screen = terminal.ask("SELECT * FROM cot_as_of(rot => 'ES');", "did you mean `root`?");
    assert_eq!(under_the_caret(&screen), "rot", "{screen}");
    let screen = terminal.ask("SELECT zscor(net) OVER () FROM cot;", "did you mean `zscore`?");
    assert_eq!(under_the_caret(&screen), "zscor", "{screen}");
    let screen = terminal.ask("SELEC 1;", "did you mean `SELECT`?");
    assert_eq!(under_the_caret(&screen), "SELEC", "{screen}");
    let screen = terminal.ask("SELECT 1 AS lives;", "(1 row)");
    assert!(screen.contains("lives"), "{screen}");
}

#[test]
fn caret_stands_under_the_line_of_a_statement_of_several() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.line("SELECT root,");
    terminal.keys("       nett\rFROM cot;\r");
    let screen = terminal.wait_for("did you mean `net`?");
    // the editor moves a line that goes on in by two
    assert!(screen.contains("line 2, column 10"), "{screen}");
    assert_eq!(under_the_caret(&screen), "nett", "{screen}");
}
