//! What there is can be found by a part of its name: tables, columns, series, contracts, sources, releases, functions. Under a clock no answer
//! knows what is later, and what a command ran can be pasted.

use assert_cmd::Command;

use crate::support::terminal::{Terminal, demo_lake, shell};

const CLOCK: &str = "2023-03-01 12:00:00Z";

/// The lines of a screen that hold a text.
fn lines<'a>(screen: &'a str, text: &str) -> Vec<&'a str> {
    screen.lines().filter(|line| line.contains(text)).collect()
}

#[test]
fn tables_are_listed_with_their_rows_and_ranges_as_known() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let screen = terminal.ask(".tables cot", "(8 rows)");
    let cot = lines(&screen, "│ cot  ");
    assert!(cot[0].contains("│ 21575 │ 2022-01-04  │ 2024-12-31 │ 2022-01-07  │ 2025-01-06 │ CFTC Commitments"), "{screen}");
    assert!(!screen.contains("futures_ohlcv"), "{screen}");
    terminal.ask(&format!("SET clock = '{CLOCK}';"), "@2023-03-01");
    let screen = terminal.ask(".ta cot", "(8 rows)");
    let cot = lines(&screen, "│ cot  ");
    assert!(cot[0].contains("│ 7980 │ 2022-01-04  │ 2023-01-31 │ 2022-01-07  │ 2023-02-24 │"), "{screen}");
    assert!(!screen.contains("2024-"), "{screen}");
    let screen = terminal.ask(".tables ctos", "did you mean `cot`?");
    assert!(screen.contains("no table fits `ctos`"), "{screen}");
}

#[test]
fn lists_fit_a_narrow_terminal() {
    let mut terminal = shell(demo_lake()).size(120, 60).open();
    terminal.wait_for("contango> ");
    let screen = terminal.ask(".tables cot*", "(7 rows)");
    assert!(screen.contains("│ name              │  rows │ first_as_of │ last_as_of │"), "{screen}");
    let screen = terminal.ask(".help", ".quit");
    assert!(lines(&screen, "  .tables [PATTERN]").len() == 1 && screen.contains("\nFinding"), "{screen}");
}

#[test]
fn columns_are_told_with_units_and_meaning_whatever_they_stand_in() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let screen = terminal.ask(".sch cot_tff_readings", "faces: ");
    assert!(lines(&screen, "traders_long")[0].contains("│ traders   │ traders with a long position"), "{screen}");
    let screen = terminal.ask(".schema carry('ES')", "(9 rows)");
    assert!(lines(&screen, "near_price")[0].contains("│ points        │ price of the earlier contract"), "{screen}");
    let screen = terminal.ask(".schema meta.table_ranges", "(6 rows)");
    assert!(lines(&screen, "newest_as_of")[0].contains("last day that was known"), "{screen}");
    let screen = terminal.ask(".schema carry", "hint: ");
    assert!(screen.contains("`carry` is a function") && screen.contains("`.manual carry` tells them"), "{screen}");
    let screen = terminal.ask(".schema cot_tfff", "hint: ");
    assert!(screen.contains("there is no table `cot_tfff`") && screen.contains("did you mean `cot_tff`?"), "{screen}");
}

#[test]
fn manual_tells_what_a_function_takes_and_sees() {
    let mut terminal = shell(demo_lake()).size(60, 100).open();
    terminal.wait_for("contango> ");
    let screen = terminal.ask(".manual carr", "FROM carry(");
    for part in ["carry (table function)", "NULL ", "Sees ", "Arguments  root, ", "  SELECT "] {
        assert!(screen.contains(part), "no `{part}`:\n{screen}");
    }
    let screen = terminal.ask(".manual date_bi", "bin it is in");
    assert!(screen.contains("date_bin (scalar function of DataFusion)"), "{screen}");
    assert!(terminal.ask(".manual zscroe", "hint: ").contains("did you mean `zscore`?"));
    assert!(terminal.ask(".manual cot_tff", "hint: ").contains("it is a table: `.schema cot_tff`"));
    terminal.ask(".manual .ser", ".series [PATTERN]");
    let screen = terminal.ask(".functions yoy", "(4 rows)");
    assert_eq!((lines(&screen, "table function").len(), lines(&screen, "window function").len()), (1, 3), "{screen}");
}

#[test]
fn series_contracts_sources_and_releases_are_those_of_the_clock() {
    let mut terminal = shell(demo_lake()).argument("--clock").argument(CLOCK).open();
    terminal.wait_for("Z> ");
    let screen = terminal.ask(".series payems", "(1 row)");
    assert!(lines(&screen, "│ PAYEMS")[0].contains("│ 2023-01-01 │ 2023-02-03 │"), "{screen}");
    assert!(terminal.ask(".series PAYMES", "hint: ").contains("did you mean `PAYEMS`?"));
    let screen = terminal.ask(".contracts cl", " rows)");
    assert!(screen.contains("│ CLJ3") && screen.contains("│ 2023-02-28 │") && !screen.contains("CLH3"), "{screen}");
    assert!(terminal.ask(".contracts ess", "hint: ").contains("did you mean `ES`?"));
    let screen = terminal.ask(".sources", "told without a clock");
    assert!(lines(&screen, "│ cftc")[0].contains("│ 2023-03-03 20:30:00Z │ up to date │"), "{screen}");
    assert!(!screen.contains("last_ingest") && !screen.contains("2024-"), "{screen}");
    let screen = terminal.ask(".releases cot", "(10 rows");
    assert_eq!((lines(&screen, "│ true ").len(), lines(&screen, "│ false ").len()), (5, 5), "{screen}");
}

/// What a run of the program prints.
fn run(clock: Option<&str>, text: &str) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    command.args(["--format", "csv", "--data"]).arg(demo_lake()).args(clock.into_iter().flat_map(|clock| ["--clock", clock]));
    let output = command.write_stdin(text).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

/// The statements among what was told.
fn statements(told: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in told.lines() {
        if !is_open && (line.starts_with("SELECT") || line.starts_with("(SELECT")) {
            found.push(String::new());
            is_open = true;
        }
        if let (Some(last), true) = (found.last_mut(), is_open) {
            last.push_str(line);
            last.push('\n');
        }
        is_open &= !line.ends_with(';');
    }
    found
}

#[test]
fn echoed_statements_give_the_same_rows_when_they_are_pasted() {
    let commands = [
        ".tables",
        ".tables meta.s*",
        ".schema",
        ".schema cot",
        ".series es_",
        ".sources",
        ".releases",
        ".releases fred",
        ".contracts ES",
        ".contracts ES all",
        ".functions",
        ".functions date_",
        ".manual now",
    ];
    for clock in [None, Some(CLOCK)] {
        let (shown, told) = run(clock, &format!(".echo on\n{}\n", commands.join("\n")));
        let echoed = statements(&told);
        assert_eq!(echoed.len(), commands.len(), "{told}");
        let (pasted, told) = run(clock, &echoed.concat());
        assert_eq!(shown, pasted, "{told}");
    }
}
