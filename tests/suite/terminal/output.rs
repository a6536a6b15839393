//! Where rows go and how they look: modes, limits, the pager, files, commands, and the last result once more.

use std::fs;

use crate::support::terminal::{Terminal, demo_lake, shell};

const LONG: &str = "SELECT * FROM (SELECT unnest(range(1, 1001)) AS n) t;";

#[test]
fn modes_draw_one_result_in_many_ways() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    let screen = terminal.ask("SELECT 12 AS n, 'a<b' AS text, NULL AS nothing;", "(1 row)");
    assert!(screen.contains("│  n │ text │ nothing │\n├────┼──────┼─────────┤\n│ 12 │ a<b  │ NULL    │"), "{screen}");
    let mut shows = |mode: &str, text: &str| {
        terminal.ask(&format!(".mode {mode}"), "mode is");
        terminal.ask(".last", text);
    };
    shows("table", "+----+------+---------+\n| 12 | a<b  | NULL    |");
    shows("csv", "12,a<b,\n");
    shows("tsv", "n\ttext".replace('\t', "       ").as_str());
    shows("json", r#"{"n":12,"text":"a<b","nothing":null}"#);
    shows("ndjson", r#"{"n":12,"text":"a<b","nothing":null}"#);
    shows("markdown", "| 12 | a<b | NULL |");
    shows("line", "      n = 12\n   text = a<b\nnothing = NULL");
    shows("html", "<td>a&lt;b</td>");
    shows("insert prices", "INSERT INTO prices VALUES (12, 'a<b', NULL);");
    terminal.ask(".mode parquet", "`parquet` is binary and stdout is a terminal");
    terminal.ask(".mode markdwon", "did you mean `markdown`?");
}

#[test]
fn limits_show_their_value_and_the_footer_names_what_is_missing() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".maxrows", "at most 40 rows are shown");
    terminal.ask(".maxrows 4", "at most 4 rows are shown");
    let screen = terminal.ask(LONG, "(1000 rows, 4 shown)");
    assert!(screen.contains("│    1 │\n│    2 │\n│ … 9… │\n│  999 │\n│ 1000 │"), "{screen}");
    terminal.ask(".maxwidth 30", "at most 30 characters wide");
    let screen = terminal.ask("SELECT 'aaaaaaaaaaaaa' AS first, 'bbbbbbbbbbbbb' AS middle, 1 AS third, 2 AS last;", "not shown: ");
    assert!(screen.lines().filter(|line| line.contains(['│', '─'])).all(|line| line.chars().count() <= 30), "{screen}");
    assert!(screen.contains("middle") && screen.contains("(1 row; 4 columns,"), "{screen}");
    terminal.ask(".maxwidth auto", "as wide as the terminal");
    terminal.ask(".nullvalue ·", "NULL is written as `·`");
    terminal.ask("SELECT NULL AS x, 1 AS y;", "│ · │ 1 │");
    terminal.ask(".nullvalue default", "written as `NULL` in tables");
    terminal.ask(".maxrows none", "`none` is no number of rows");
}

#[test]
fn what_is_taller_than_the_screen_is_paged() {
    let mut terminal = shell(demo_lake()).size(20, 60).environment("CONTANGO_PAGER", "less").open();
    terminal.wait_for("contango> ");
    terminal.ask(LONG, "│    9 │");
    terminal.keys("G");
    terminal.wait_for("(1000 rows)");
    terminal.keys("q");
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
    // Left early: what was nearly done is there all the same.
    terminal.ask(LONG, "│    9 │");
    terminal.keys("q");
    terminal.ask("SELECT count(*) AS n, max(n) AS most FROM _;", "│ 1000 │ 1000 │");
    terminal.ask(".pager off", "pager is off");
    terminal.ask(LONG, "(1000 rows, 40 shown)");
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
}

#[test]
fn pager_that_is_not_there_is_a_warning() {
    let mut terminal = shell(demo_lake()).size(20, 80).environment("PAGER", "no-such-pager").environment("CONTANGO_PAGER", "").open();
    terminal.wait_for("contango> ");
    terminal.ask(".pager on", "there is no pager here");
    let mut terminal = shell(demo_lake()).size(20, 80).environment("CONTANGO_PAGER", "no-such-pager").open();
    terminal.wait_for("contango> ");
    terminal.ask(LONG, "the pager `no-such-pager` did not start");
    terminal.wait_for("(1000 rows)");
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
}

#[test]
fn last_result_is_refused_under_an_earlier_clock() {
    let mut terminal = shell(demo_lake()).size(40, 150).open();
    terminal.wait_for("contango> ");
    terminal.ask(".last", "there is no last result");
    terminal.ask("SET clock = '2023-06-01';", "@2023-06-01 00:00Z>");
    terminal.ask("SELECT max(as_of) AS newest FROM cot WHERE root = 'ES';", "2023-05-23");
    terminal.ask("SELECT newest FROM _;", "2023-05-23");
    terminal.ask("SET clock = '2023-01-01';", "@2023-01-01 00:00Z>");
    for refused in [".last", "FROM _;", ".export a.csv", "SELECT count(*) FROM _;"] {
        let screen = terminal.ask(refused, "later than the clock");
        assert!(!screen.contains("2023-05-23"), "{refused}: {screen}");
    }
    assert!(!terminal.home().join("a.csv").exists());
    terminal.ask(".clock 2023-07-01", "@2023-07-01 00:00Z>");
    terminal.ask(".last", "2023-05-23");
}

#[test]
fn results_go_to_files_and_commands_and_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("the file is there");
    let mut terminal = shell(demo_lake()).folder(folder.path()).open();
    terminal.wait_for("contango> ");
    terminal.line(".once a.csv");
    terminal.line("SELECT 1 AS n;");
    terminal.ask("SELECT 2 AS n;", "│ 2 │");
    assert_eq!(read("a.csv"), "n\n1\n");
    terminal.ask(".output b.json", "output goes to `b.json`");
    terminal.line("SELECT 3 AS n;");
    terminal.ask("SELECT 4 AS n, 1 / 0 AS x;", "error:");
    terminal.ask(".output", "`.output stdout` ends it");
    assert!(!folder.path().join("b.json").exists(), "it appears whole");
    terminal.ask(".output stdout", "output goes to stdout");
    assert_eq!(read("b.json"), "[\n  {\"n\":3}\n]\n");
    terminal.line(".mode csv");
    terminal.line(".once |sort -r; exit 3");
    terminal.ask("SELECT * FROM (VALUES (1), (3), (2)) AS t (n) ORDER BY n;", "ended with exit code 3");
    assert!(terminal.screen().contains("n\n3\n2\n1"), "{}", terminal.screen());
    terminal.line(".once |head -2");
    terminal.ask("SELECT unnest(range(0, 500000)) AS n;", "n\n0\n");
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
    terminal.ask(".once .", "it is a folder");
    terminal.ask(".output nowhere/a.csv", "no such file or directory");
    terminal.ask(".once /dev/full", "contango> ");
    terminal.ask("SELECT 1 AS n;", "cannot write `/dev/full`: no space left on device");
    terminal.ask(".output stdout", "output goes to stdout");
    // What is still open when the person leaves is whole too.
    terminal.ask(".output c.csv", "output goes to");
    terminal.line("SELECT 5 AS n;");
    terminal.line(".quit");
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(read("c.csv"), "n\n5\n");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("readable").file_name()).collect();
    assert_eq!(left.len(), 3, "nothing half-written stays: {left:?}");
}

#[test]
fn last_result_is_exported_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(demo_lake()).folder(folder.path()).open();
    terminal.wait_for("contango> ");
    terminal.ask(".export a.csv", "there is no last result");
    terminal.ask("SELECT unnest(range(0, 1000)) AS n, DATE '2023-01-24' AS day;", "(1000 rows, 40 shown)");
    for ending in ["csv", "tsv", "json", "ndjson", "parquet", "arrow", "md", "html", "xlsx"] {
        terminal.ask(&format!(".export a.{ending}"), &format!("1000 rows in `a.{ending}`"));
    }
    terminal.ask("SELECT count(*) AS n FROM 'a.parquet';", "│ 1000 │");
    assert_eq!(fs::read_to_string(folder.path().join("a.csv")).expect("there").lines().count(), 1_001);
    terminal.ask(".export a.parqet", "did you mean `.parquet`?");
    terminal.ask(&format!(".export {}/lake/x.csv", demo_lake().display()), "belongs to the lake");
}
