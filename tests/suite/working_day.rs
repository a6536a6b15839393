//! A working day at the command line: what the hands of a newcomer do, and what must never be answered with silence or with a false word.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn contango(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    command.current_dir(folder).args(arguments).env("XDG_STATE_HOME", folder.join("state"));
    for name in ["CONTANGO_DATA", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A folder whose lake holds one bar of a market that configuration does not know.
fn with_a_bar(bar: &str) -> TempDir {
    let folder = folder();
    fs::write(folder.path().join("a.csv"), format!("symbol,date,close\n{bar}\n")).expect("written");
    let ingested = contango(folder.path(), &["ingest", "bars", "--file", "a.csv", "-q"]);
    assert!(ingested.status.success(), "{}", text(&ingested.stderr));
    folder
}

#[test]
fn folder_that_is_not_there_is_told_even_to_the_quiet() {
    let folder = folder();
    for arguments in [
        &["-q", "--data", "typo", "health"][..],
        &["-q", "--data", "typo", "check"],
        &["-q", "--data", "typo", "-o", "a.csv", "-c", "SELECT * FROM cot_as_of(root => 'ES')"],
        &["-q", "--data", "typo", "-c", "SELECT count(*) FROM macro_series"],
    ] {
        let ran = contango(folder.path(), arguments);
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains("there is no data folder"), "{arguments:?}: {}", text(&ran.stderr));
    }
    assert!(!folder.path().join("a.csv").exists() && !folder.path().join("typo").exists());
    let ran = contango(folder.path(), &["--format", "csv", "-c", "SELECT 1 AS a"]);
    assert_eq!(text(&ran.stdout), "a\n1\n", "what reads no lake needs none");
}

#[test]
fn data_folder_may_be_named_from_below() {
    let folder = with_a_bar("ESH24,2023-10-17,4400");
    fs::create_dir(folder.path().join("below")).expect("made");
    let ran =
        contango(&folder.path().join("below"), &["-q", "--data", "../data", "--format", "csv", "-c", "SELECT close FROM futures_bars"]);
    assert_eq!(text(&ran.stdout), "close\n4400.0\n", "{}", text(&ran.stderr));
}

#[test]
fn market_outside_configuration_is_no_slip_where_it_has_rows() {
    let folder = with_a_bar("6AH24,2023-10-17,0.6393\n6AH24,2023-10-18,0.6400");
    let ran = contango(folder.path(), &["-c", "SELECT as_of, close FROM futures_bars WHERE root = '6A'"]);
    assert!(!text(&ran.stderr).contains("6A"), "{}", text(&ran.stderr));
    let ran = contango(folder.path(), &["-c", "SELECT as_of, close FROM futures_bars WHERE root = 'ESS'"]);
    assert!(text(&ran.stderr).contains("configuration has no root `ESS`; did you mean"), "{}", text(&ran.stderr));
}

#[test]
fn file_is_what_its_ending_says_or_refused() {
    let folder = folder();
    let there = |name: &str| fs::read(folder.path().join(name)).ok();
    for (name, begins) in [("a.png", &b"\x89PNG"[..]), ("a.svg", b"<svg")] {
        let ran = contango(folder.path(), &["-q", "-o", name, "-c", "SELECT value AS a, value * 2 AS b FROM range(5)"]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert!(there(name).is_some_and(|bytes| bytes.starts_with(begins)), "{name}");
    }
    for arguments in
        [&["-q", "-o", "a.pdf", "-c", "SELECT 1 a"][..], &["-q", "-o", "a.foo", "-c", "SELECT 1 a"], &["-q", "-c", ".once a.docx"]]
    {
        let ran = contango(folder.path(), arguments);
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}");
        assert!(text(&ran.stderr).contains("is that of no format"), "{}", text(&ran.stderr));
    }
    assert!(there("a.pdf").is_none() && there("a.foo").is_none());
}

#[test]
fn day_without_quotes_is_an_error_that_offers_the_day() {
    let folder = with_a_bar("ESH24,2023-10-17,4400");
    for (condition, day) in [
        ("as_of > 2023-01-01", "DATE '2023-01-01'"),
        ("as_of = 20230103", "DATE '2023-01-03'"),
        ("as_of BETWEEN 2023-01-01 AND 2023-12-31", "DATE '2023-01-01'"),
        ("as_of IN (2023-01-01)", "DATE '2023-01-01'"),
        ("2023-01-01 <= as_of", "DATE '2023-01-01'"),
        ("available_at > 2023-01-01", "TIMESTAMP '2023-01-01'"),
        ("EXISTS (SELECT 1 FROM macro_series m WHERE m.as_of > 2023-01-01)", "DATE '2023-01-01'"),
    ] {
        let ran = contango(folder.path(), &["-c", &format!("SELECT count(*) FROM futures_bars WHERE {condition}")]);
        let told = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{condition}: {told}");
        assert!(told.contains(&format!("write {day}")) && told.contains('^'), "{condition}: {told}");
    }
    let ran = contango(folder.path(), &["-q", "-c", "SELECT count(*) FROM futures_bars WHERE as_of > '2023-01-01' AND close > 1"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
}

#[test]
fn later_text_looks_back_at_an_earlier_one() {
    let folder = folder();
    let ran = contango(folder.path(), &["-c", "SELECT value AS a, value * 2 AS b FROM range(3)", "-c", ".chart a.png"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(folder.path().join("a.png").exists());
}

#[test]
fn rows_can_be_an_alarm() {
    let folder = folder();
    assert_eq!(contango(folder.path(), &["--fail-if-rows", "-c", "SELECT 1"]).status.code(), Some(1));
    assert_eq!(contango(folder.path(), &["--fail-if-rows", "-c", "SELECT 1; SELECT 1 WHERE false"]).status.code(), Some(0));
    assert_eq!(contango(folder.path(), &["--fail-if-rows", "-c", "SELECT nothing"]).status.code(), Some(2));
}

#[test]
fn words_of_other_shells_do_what_they_mean() {
    let folder = with_a_bar("ESH24,2023-10-17,4400");
    for (word, told) in [("help", ".tables"), ("\\d", "futures_bars"), ("\\d futures_bars", "settlement"), ("\\df zscore", "zscore")] {
        let ran = contango(folder.path(), &["-c", word]);
        assert!(ran.status.success(), "{word}: {}", text(&ran.stderr));
        assert!((text(&ran.stdout) + &text(&ran.stderr)).contains(told), "{word}: {}", text(&ran.stdout));
    }
    let ran = contango(folder.path(), &["--format", "csv", "-c", "SELECT 1 AS a;\nexit\nSELECT 2 AS b;"]);
    assert_eq!(text(&ran.stdout), "a\n1\n");
}

#[test]
fn every_missing_value_of_a_statement_is_named_at_once() {
    let folder = folder();
    let ran = contango(folder.path(), &["-c", "SELECT $root, $from_day, $root"]);
    let told = text(&ran.stderr);
    assert!(told.contains("no value for `$root`, `$from_day`"), "{told}");
    assert!(told.contains("--param root=... --param from_day=..."), "{told}");
}

#[test]
fn slip_in_the_name_of_a_saved_script_is_answered_with_it() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("sql/saved")).expect("made");
    fs::write(folder.path().join("sql/saved/alert.sql"), "SELECT 1;\n").expect("written");
    let ran = contango(folder.path(), &["run", "alrt"]);
    assert!(text(&ran.stderr).contains("did you mean `alert`?"), "{}", text(&ran.stderr));
}

#[test]
fn shell_reads_prints_and_moves_about() {
    let folder = with_a_bar("ESH24,2023-10-17,4400");
    let other = with_a_bar("CLH24,2023-10-17,80");
    fs::create_dir(folder.path().join("below")).expect("made");
    fs::write(folder.path().join("below/x.csv"), "n,name\n1,a\n2,b\n").expect("written");
    let script = format!(
        ".mode csv\n.print 'a heading'\n.cd below\n.import x.csv mine\nSELECT sum(n) AS n FROM mine;\nSELECT symbol FROM futures_ohlcv;\n\
         .shell exit 0\n.open {}\nSELECT symbol FROM futures_ohlcv;\n",
        other.path().join("data").display()
    );
    let ran = contango(folder.path(), &["-q", "-c", &script]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert_eq!(text(&ran.stdout), "a heading\nn\n3\nsymbol\nESH24\nsymbol\nCLH24\n");
    let refused = contango(folder.path(), &["-q", "-c", ".cd below\nCOPY (SELECT 1 AS a) TO '../data/lake/a.csv'"]);
    assert_eq!(refused.status.code(), Some(2), "the lake is where it was, whatever the folder is");
    assert!(text(&refused.stderr).contains("belongs to the lake"), "{}", text(&refused.stderr));
    let failed = contango(folder.path(), &["-q", "-c", ".shell exit 3"]);
    assert_eq!(failed.status.code(), Some(2), "{}", text(&failed.stderr));
}

#[test]
fn last_statement_is_written_anew_in_an_editor() {
    let folder = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    command.current_dir(folder.path()).env("EDITOR", "sed -i s/1/42/").env_remove("VISUAL");
    let ran = command.args(["-q", "--format", "csv", "-c", "SELECT 1 AS a", "-c", ".edit"]).output().expect("the program starts");
    assert_eq!(text(&ran.stdout), "a\n1\na\n42\n", "{}", text(&ran.stderr));
}

#[test]
fn screen_parts_thousands_and_shows_instants_in_a_zone() {
    let folder = folder();
    let script = ".thousands on\nSET timezone = 'America/New_York';\nSELECT 1234567 AS n, TIMESTAMPTZ '2023-01-27 20:30:00Z' AS at;\n.mode csv\n\
                  SELECT 1234567 AS n, TIMESTAMPTZ '2023-01-27 20:30:00Z' AS at;\n";
    let ran = contango(folder.path(), &["-q", "-c", script]);
    let told = text(&ran.stdout);
    assert!(told.contains("│ 1,234,567 │ 2023-01-27 15:30:00-05:00 │"), "{told}");
    assert!(told.ends_with("n,at\n1234567,2023-01-27 20:30:00Z\n"), "data keep UTC: {told}");
}
