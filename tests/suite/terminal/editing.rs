//! Writing a statement: lines, history, colours, hints, completion, and what no key may break.

use crate::support::terminal::{CTRL_C, CTRL_D, CTRL_R, ENTER, RIGHT, TAB, Terminal, UP, demo_lake, shell};

const LEFT: &str = "\x1b[D";
const PASTE: (&str, &str) = ("\x1b[200~", "\x1b[201~");

fn is_empty_prompt(screen: &str) -> bool {
    screen.lines().last() == Some("contango>")
}
fn at_prompt(terminal: &mut Terminal) {
    terminal.wait_until("an empty prompt", is_empty_prompt);
}
/// Drops what is written and waits for the next prompt: keys that come before it are lost with the line.
fn anew(terminal: &mut Terminal) {
    terminal.wait_until("something written", |screen| !is_empty_prompt(screen));
    terminal.keys(CTRL_C);
    at_prompt(terminal);
}

#[test]
fn statement_of_many_lines_is_edited_and_remembered_as_one() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.line("SELECT 40 +");
    terminal.wait_for("contango> SELECT 40 +");
    terminal.keys("2 AS answer;");
    // Enter runs it from wherever the cursor stands
    terminal.keys(&LEFT.repeat(5));
    terminal.keys(ENTER);
    terminal.wait_for("(1 row)");
    let screen = terminal.ask("SELECT 'other' AS o;", "other");
    assert!(!screen.contains("42"), "{screen}");
    terminal.keys(UP);
    terminal.keys(UP);
    let screen = terminal.wait_for("2 AS answer;");
    assert!(screen.contains("SELECT 40 +\n  2 AS answer;"), "{screen}");
    // the arrows move between its lines: this one goes up, then the 4 is replaced
    terminal.keys(UP);
    terminal.keys(&format!("\x01{}", RIGHT.repeat(7)));
    terminal.keys("\x1b[3~9");
    terminal.wait_for("SELECT 90 +");
    terminal.keys(ENTER);
    terminal.wait_for("92");
}

#[test]
fn pasted_lines_are_one_input() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.keys(&format!("{}SELECT 1 AS one;\nSELECT\n\t2 AS two;\nSELECT 3 AS three;{}", PASTE.0, PASTE.1));
    terminal.wait_for("SELECT 3 AS three;");
    assert!(!terminal.screen().contains("(1 row)"));
    terminal.keys(ENTER);
    let screen = terminal.wait_until("three answers", |screen| screen.matches("(1 row)").count() == 3);
    assert!(screen.contains("two") && screen.contains("three"), "{screen}");
}

#[test]
fn history_is_kept_once_in_the_state_folder_and_searched() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    for line in ["SELECT 11 AS eleven;", " SELECT 22 AS secret;", "SELECT 33 AS thirty;", "SELECT 11 AS eleven;"] {
        terminal.ask(line, "(1 row)");
    }
    at_prompt(&mut terminal);
    terminal.keys(&format!("{CTRL_R}thirty"));
    terminal.wait_for("(reverse-i-search)`thirty': SELECT 33 AS thirty;");
    terminal.keys(ENTER);
    terminal.wait_for("(1 row)");
    let history = std::fs::read_to_string(terminal.home().join(".local/state/contango/history")).expect("a history");
    assert!(history.contains("thirty") && !history.contains("secret"), "{history}");
    at_prompt(&mut terminal);
    for (n, expected) in ["SELECT 33 AS thirty;", "SELECT 11 AS eleven;"].iter().enumerate() {
        terminal.keys(UP);
        terminal.wait_until(&format!("entry {n}"), |screen| screen.lines().last().is_some_and(|line| line.ends_with(expected)));
    }
}

#[test]
fn hint_of_history_is_grey_and_taken_by_the_right_arrow() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask("SELECT 123 AS hinted;", "(1 row)");
    at_prompt(&mut terminal);
    terminal.keys("SELECT 1");
    terminal.wait_until("the hint", |screen| screen.lines().last() == Some("contango> SELECT 123 AS hinted;"));
    assert!(terminal.coloured().contains("\x1b[90m23 AS hinted;"), "{:?}", terminal.coloured());
    terminal.keys(RIGHT);
    terminal.keys(ENTER);
    terminal.wait_for("(1 row)");
}

#[test]
fn parts_of_a_statement_have_their_colours() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.keys("SELECT zscore(net), 'x' FROM cot -- why");
    terminal.wait_for("-- why");
    let screen = terminal.coloured();
    for part in ["\x1b[34mSELECT", "\x1b[35mzscore", "\x1b[32m'x'", "\x1b[36mcot", "\x1b[90m-- why"] {
        assert!(screen.contains(part), "{part:?} in {screen:?}");
    }
    anew(&mut terminal);
    terminal.keys("SELECT (1 + 'open");
    terminal.wait_for("'open");
    assert!(terminal.coloured().contains("\x1b[31;1m'"), "{:?}", terminal.coloured());
    anew(&mut terminal);
    terminal.keys("SELECT (1)");
    terminal.wait_for("SELECT (1)");
    assert!(terminal.coloured().contains("7m("), "{:?}", terminal.coloured());
}

#[test]
fn no_colour_where_none_is_wanted() {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut terminal = shell(demo_lake()).environment(name, value).open();
        terminal.wait_for("contango>");
        terminal.keys(&format!("SELECT 'dropped{CTRL_C}"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        terminal.keys("SELECT 'x' AS x\r;\r");
        terminal.wait_for("(1 row)");
        assert!(!terminal.coloured().contains("\x1b[3"), "{name}: {:?}", terminal.coloured());
    }
}

#[test]
fn tab_completes_what_fits_there() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.keys(&format!("SELECT * FROM macro_series_v{TAB}"));
    terminal.wait_for("FROM macro_series_vintages");
    anew(&mut terminal);
    terminal.keys(&format!("SELECT * FROM continuous_series('ES', roll_d{TAB}5, adj{TAB}'r{TAB}"));
    terminal.wait_for("roll_days => 5, adjust => 'ratio'");
    anew(&mut terminal);
    terminal.keys(&format!("SELECT c.categ{TAB} FROM cot c WHERE c.spread{TAB}"));
    terminal.wait_for("SELECT c.category FROM cot c WHERE c.spreading");
    anew(&mut terminal);
    terminal.keys(&format!("select * from cot gr{TAB} cat{TAB}"));
    terminal.wait_for("select * from cot group by category");
    anew(&mut terminal);
    terminal.keys(&format!(".tim{TAB} o{TAB}"));
    let screen = terminal.wait_for("off");
    assert!(screen.contains(".timer o") && screen.contains("on   off"), "{screen}");
}

#[test]
fn values_are_offered_as_the_clock_knows_them() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let typed = format!("SELECT * FROM futures_ohlcv WHERE symbol = 'ES{TAB}");
    // they are loaded beside the typing: ask until they are there
    for _ in 0..200 {
        terminal.keys(&typed);
        std::thread::sleep(std::time::Duration::from_millis(50));
        if terminal.screen().contains("ESH") {
            break;
        }
        anew(&mut terminal);
    }
    terminal.wait_for("ESH");
    anew(&mut terminal);
    terminal.ask("SET clock = '1999-01-01';", "contango @1999-01-01 00:00Z>");
    std::thread::sleep(std::time::Duration::from_millis(500));
    terminal.keys(&format!("{typed}|"));
    let screen = terminal.wait_for("'ES|");
    assert!(!screen.contains("ESH") && !screen.contains("ESM"), "{screen}");
}

#[test]
fn control_keys_clear_the_line_and_leave() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.keys("SELECT 'half");
    anew(&mut terminal);
    terminal.keys(&format!("SELECT 7 AS seven;{ENTER}"));
    terminal.wait_for("(1 row)");
    at_prompt(&mut terminal);
    terminal.keys(CTRL_D);
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn narrow_terminal_takes_and_completes_a_statement() {
    let mut terminal = shell(demo_lake()).size(24, 20).open();
    terminal.wait_for("contango>");
    terminal.keys(&format!("SELECT 1 AS one, 2 AS two FROM macro_series_v{TAB} LIMIT 1;{ENTER}"));
    terminal.wait_for("(1 row)");
    at_prompt(&mut terminal);
    terminal.keys(&format!("SELECT * FROM ma{TAB}{TAB}"));
    terminal.wait_for("macro_series");
}

#[test]
fn paste_of_many_lines_and_of_bytes_leaves_a_living_shell() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    // more lines than 16 bits count
    terminal.keys(&format!("{}SELECT 1{}|{}", PASTE.0, "\n--".repeat(70_000), PASTE.1));
    terminal.wait_for("--|");
    anew(&mut terminal);
    terminal.keys(&format!("{}a\x07\x0e\u{1}\u{fffd}\x1b[2Jz{}", PASTE.0, PASTE.1));
    anew(&mut terminal);
    terminal.keys(&format!("SELECT 'a' || 'live' AS x;{ENTER}"));
    terminal.wait_for("alive");
}

#[test]
fn what_is_typed_ahead_is_not_lost() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.keys("SELECT 1 AS one;\rSELECT 2 AS two;\rSELECT 3 AS three;\r");
    terminal.wait_until("three answers", |screen| screen.matches("(1 row)").count() == 3);
}
