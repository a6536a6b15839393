//! `contango ingest bcb_sgs` and its neighbours as a process.

use std::fs;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

use super::sgs;

struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::write(world.folder.path().join("body.json"), sgs(&[("02/01/2024", "0.043739"), ("03/01/2024", "0.043739")])).expect("writable");
        world
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        let command = command.current_dir(self.folder.path()).args(arguments).env("XDG_STATE_HOME", self.folder.path().join("state"));
        command.env_remove("CONTANGO_DATA").write_stdin("").output().expect("the program starts")
    }

    fn answer(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {said}");
        assert!(said.contains("error: ") && said.contains("hint: "), "{arguments:?}: {said}");
        said
    }
}

#[test]
fn a_saved_body_is_taken_for_the_series_that_is_named() {
    let world = World::new();
    let take = |more: &[&'static str]| [&["ingest", "bcb_sgs", "--file", "body.json", "--format", "csv", "-q"], more].concat();
    assert!(world.refusal(&take(&[])).contains("name it with `--series`"));
    assert!(world.refusal(&take(&["--series", "11,12"])).contains("a file is of one series"));
    assert!(world.refusal(&take(&["--series", "253"])).contains("is not taken: some catalogues call it"));
    assert!(world.refusal(&take(&["--series", "13961"])).contains("contango ingest bcb_fx_flow --series FX_TOTAL_NET"));
    assert!(!world.folder.path().join("data/raw").exists(), "what is refused leaves nothing behind");
    let line = |text: String| text.lines().nth(1).expect("a line").to_string();
    assert_eq!(line(world.answer(&take(&["--series", "11"]))), "body.json,SGS 11 2024-01-02..2024-01-03,taken,2,2,0,0,0");
    assert!(line(world.answer(&take(&["--series", "11"]))).contains("in the lake before"));
    // The same bytes are another payload where they are said to be of another series.
    assert_eq!(line(world.answer(&take(&["--series", "12"]))), "body.json,SGS 12 2024-01-02..2024-01-03,taken,2,2,0,0,0");
    let sql = "SELECT series_id, table_name, observations, unit FROM meta.series WHERE observations > 0 ORDER BY series_id";
    let query = |sql: &str| world.answer(&["-c", sql, "--format", "csv", "-q"]);
    let before = query(sql);
    assert_eq!(before, "series_id,table_name,observations,unit\n11,macro_series,2,percent a day\n12,macro_series,2,percent a day\n");
    // The archive says all that is needed to make the lake again.
    world.answer(&["lake", "rebuild", "--table", "macro_series", "-q"]);
    assert_eq!(query(sql), before);
    assert_eq!(world.run(&["lake", "verify", "-q"]).status.code(), Some(0));
}

#[test]
fn the_command_says_what_the_sources_take() {
    let world = World::new();
    for (source, words) in
        [("bcb_sgs", "--series 432,11"), ("bcb_ptax", "13:00 Brasília"), ("bcb_fx_flow", "Wednesday"), ("stn_fiscal", "deficit")]
    {
        let help = world.answer(&["ingest", source, "--help"]);
        assert!(help.contains(words), "{help}");
    }
    assert!(world.refusal(&["ingest", "bcb_ptax", "--series", "USDD"]).contains("did you mean `USD`?"));
}
