//! Pictures of the last result: drawn on the terminal, written to files, and as sparklines in a table.

use crate::support::terminal::{Terminal, demo_lake, shell};

const POSITIONS: &str = "SELECT as_of, category, net FROM cot_tff WHERE root = 'ES';";

#[test]
fn positions_are_a_line_per_category_with_time_across() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".pager off", "pager");
    terminal.ask(POSITIONS, " shown)");
    let screen = terminal.ask(".chart", "as_of");
    assert!(screen.contains("net (contracts) by category") && screen.contains("● asset_manager"), "title and legend: {screen}");
    assert!(screen.contains("200k ┤") && screen.contains("2023") && screen.contains("2024"), "axes: {screen}");
    assert!(screen.chars().filter(|c| ('\u{2800}'..='\u{28ff}').contains(c)).count() > 200, "lines of dots: {screen}");
    assert!(terminal.coloured().contains("\x1b[38;5;"), "colours tell the series apart");
    let screen = terminal.ask(".chart as_of nett", "hint:");
    assert!(screen.contains("has no column `nett`") && screen.contains("did you mean `net`?"), "{screen}");
    let screen = terminal.ask(".spark net", "over as_of");
    assert!(screen.contains("leveraged_funds") && screen.contains('█') && screen.contains('▁'), "{screen}");
}

#[test]
fn result_whose_pager_was_left_is_asked_again() {
    let mut terminal = shell(demo_lake()).environment("CONTANGO_PAGER", "head -n 5").open();
    terminal.wait_for("contango> ");
    terminal.line("SELECT as_of, root, category, net FROM cot_tff WHERE root IN ('ES', 'ZN') AND category LIKE '%e%';");
    terminal.wait_for("2022-01-04");
    terminal.wait_until("the prompt", |screen| screen.ends_with("contango>"));
    let screen = terminal.ask(".chart net", "as_of");
    assert!(screen.contains("net (contracts) by category, root") || screen.contains("net (contracts) by root, category"), "{screen}");
}

#[test]
fn position_against_price_has_two_axes() {
    let mut terminal = shell(demo_lake()).environment("NO_COLOR", "1").size(30, 80).open();
    terminal.wait_for("contango> ");
    terminal.ask(".pager off", "pager");
    terminal.line("SELECT p.as_of, c.net, p.close FROM continuous_series('ES') p ASOF JOIN (SELECT * FROM cot_tff WHERE root = 'ES' AND category = 'leveraged_funds') c MATCH_CONDITION (p.available_at >= c.available_at);");
    terminal.wait_for(" shown)");
    terminal.line(".chart as_of net close");
    let screen = terminal.wait_until("the whole picture", |screen| screen.contains("net against close") && screen.ends_with("contango>"));
    assert!(screen.contains("net against close") && screen.contains("■ close (right)"), "{screen}");
    assert!(screen.contains("├ 4") || screen.contains("├ 3"), "prices are on the right: {screen}");
    assert!(!terminal.coloured().contains("\x1b[38;5;"), "no colours");
}

#[test]
fn picture_is_written_to_a_file_with_the_clock_on_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(demo_lake()).folder(folder.path()).argument("--clock").argument("2023-02-20").open();
    terminal.wait_for("contango @2023-02-20 00:00Z> ");
    terminal.ask("SELECT * FROM (VALUES ('10Y', 2.69), ('3M', 2.42), ('2Y', 2.52)) AS c (tenor, rate);", "rows)");
    let screen = terminal.ask(".chart", "known at 2023-02-20 00:00Z");
    assert!(screen.find("3M").zip(screen.find("10Y")).is_some_and(|(short, long)| short < long), "tenors by length: {screen}");
    terminal.ask(".chart curve.svg", "`curve.svg` is written");
    let svg = std::fs::read_to_string(folder.path().join("curve.svg")).expect("a picture");
    assert!(svg.contains("known at 2023-02-20 00:00Z") && svg.contains(">10Y</text>"), "{svg}");
    terminal.line(".once curve.txt");
    terminal.line(".chart");
    terminal.wait_until("the prompt", |screen| screen.ends_with("contango @2023-02-20 00:00Z>"));
    let drawn = std::fs::read_to_string(folder.path().join("curve.txt")).expect("a picture");
    assert!(drawn.contains('┤') && drawn.contains("10Y") && !drawn.contains('\x1b'), "{drawn}");
    terminal.ask(".chart nowhere/curve.png", "cannot write `nowhere/curve.png`: no such file or directory");
    terminal.ask(".clock 2023-02-19", "@2023-02-19");
    terminal.ask(".chart curve.html", "later than the clock");
    terminal.ask(".spark rate", "later than the clock");
    let files: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(!files.iter().any(|file| file == "curve.html"), "{files:?}");
}
