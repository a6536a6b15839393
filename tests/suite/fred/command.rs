//! `contango ingest fred` as a process.

use std::fs;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::answer::{Answer, BEGINNING, all_vintages};

const KEY: &str = "0123456789abcdefghijklmnopqrstuv";

struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn run(&self, key: Option<&str>, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        let command = command.current_dir(self.folder.path()).args(arguments).env("XDG_STATE_HOME", self.folder.path().join("state"));
        let command = match key {
            Some(key) => command.env("FRED_API_KEY", key),
            None => command.env_remove("FRED_API_KEY"),
        };
        command.env_remove("CONTANGO_DATA").write_stdin("").output().expect("the program starts")
    }

    /// What is printed on stdout by a run that succeeds.
    fn answer(&self, arguments: &[&str]) -> String {
        let output = self.run(None, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What is said on stderr by a run that fails.
    fn refusal(&self, key: Option<&str>, arguments: &[&str]) -> String {
        let output = self.run(key, arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {said}");
        assert!(said.contains("error: ") && said.contains("hint: "), "{arguments:?}: {said}");
        said
    }
}

#[test]
fn a_saved_body_is_taken_for_the_series_that_is_named() {
    let world = World::new();
    fs::write(world.folder.path().join("body.json"), all_vintages().bytes()).expect("writable");
    let take = |more: &[&'static str]| [&["ingest", "fred", "--file", "body.json", "--format", "csv", "-q"], more].concat();
    assert!(world.refusal(None, &take(&[])).contains("name it with `--series`"));
    assert!(world.refusal(None, &take(&["--series", "PAYEMS,GDP"])).contains("a body is of one series"));
    assert!(world.refusal(None, &take(&["--series", "PAYEMS", "--observed-at", "2024-03-10"])).contains("a vintage of 2024-04-05"));
    assert!(!world.folder.path().join("data/raw").exists(), "what is refused leaves nothing behind");
    let line = |text: String| text.lines().nth(1).expect("a line").to_string();
    let kind = "body.json,\"PAYEMS 2023-12-01..2024-02-01, vintages 2024-02-02..2024-04-05\",taken,6,6,0,0,0";
    assert_eq!(line(world.answer(&take(&["--series", "payems", "--observed-at", "2024-05-01"]))), kind);
    assert_eq!(line(world.answer(&take(&["--series", "PAYEMS"]))), "body.json,\"\",in the lake before,0,0,0,0,0");
    let newest = "SELECT value, revision, unit, period_end FROM macro_series WHERE series_id = 'PAYEMS' ORDER BY as_of DESC LIMIT 1";
    let shown = |clock: &str| line(world.answer(&["--format", "csv", "-q", "--clock", clock, "-c", newest]));
    assert_eq!(shown("2024-04-05T12:29:59Z"), ",0,thousands of persons,2024-02-29");
    assert_eq!(shown("2024-04-05T12:30:00Z"), "157808.0,1,thousands of persons,2024-02-29");
}

#[test]
fn what_is_missing_on_the_command_line_is_told() {
    let world = World::new();
    let none = world.refusal(Some(KEY), &["ingest", "fred"]);
    assert!(none.contains("no series is named") && none.contains("`--all`") && none.contains(" PAYEMS, "), "{none}");
    let turned = world.refusal(Some(KEY), &["ingest", "fred", "--series", "GDP", "--from", "2024-01-02", "--to", "2024-01-01"]);
    assert!(turned.contains("exchange `--from` and `--to`"), "{turned}");
    assert!(world.refusal(Some(KEY), &["ingest", "fred", "--series", "G-D-P"]).contains("`G-D-P` is no name of a series"));
    assert!(world.refusal(None, &["ingest", "fred", "--series", "GDP"]).contains("set `FRED_API_KEY`"));
    let shaped = world.refusal(Some("NOT-A-KEY"), &["ingest", "fred", "--series", "GDP"]);
    assert!(shaped.contains("$FRED_API_KEY") && shaped.contains("32 lower-case") && !shaped.contains("NOT-A-KEY"), "{shaped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_in_the_lake_is_downloaded() {
    let (world, server) = (World::new(), MockServer::start().await);
    let list = format!(r#"{{"realtime_start":"{BEGINNING}","count":2,"vintage_dates":["2024-02-02","2024-03-08"]}}"#);
    let rows = [("2024-02-02", "2024-03-07", "2024-01-01", "157585"), ("2024-03-08", "2024-03-08", "2024-01-01", "157418")];
    for (place, body) in [("/series/vintagedates", list), ("/series/observations", Answer::new(BEGINNING, "2024-03-08", &rows).text())] {
        let mock = Mock::given(path(place)).and(query_param("api_key", KEY)).and(query_param("series_id", "PAYEMS"));
        mock.respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
    }
    fs::write(world.folder.path().join("own.toml"), format!("[fred]\nurl = \"{}\"\n", server.uri())).expect("writable");
    let arguments = ["--config", "own.toml", "ingest", "fred", "--series", "payems", "--format", "csv", "-v"];
    for expected in [
        "PAYEMS 1776-07-04..2024-03-08,\"PAYEMS 2024-01-01..2024-01-01, vintages 2024-02-02..2024-03-08\",taken,2,2,0,0,0",
        "PAYEMS,no vintage is missing,in the lake before,0,0,0,0,0",
    ] {
        let output = world.run(Some(KEY), &arguments);
        let (out, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(out.lines().nth(1), Some(expected), "{said}");
        assert!(!out.contains(KEY) && !said.contains(KEY), "{out}{said}");
    }
}

#[test]
fn a_slip_in_the_name_of_a_series_gets_a_note() {
    let world = World::new();
    fs::create_dir(world.folder.path().join("data")).expect("a folder");
    let said = |sql: &str| {
        let output = world.run(None, &["-c", sql]);
        assert!(output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    let note = "note: no series `PAYMES` is described in configuration; did you mean `PAYEMS`?";
    assert!(said("SELECT * FROM macro_series WHERE series_id = 'PAYMES'").contains(note));
    assert!(said("SELECT * FROM macro_series_readings WHERE series_id IN ('GDP', 'PAYMES', 'MY_OWN_INDICATOR')").contains(note));
    for sql in ["SELECT * FROM macro_series WHERE series_id = 'GDP'", "SELECT * FROM flow_data WHERE series_id = 'PAYMES'"] {
        assert!(!said(sql).contains("described in configuration"), "{sql}");
    }
}
