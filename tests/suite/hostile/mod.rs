//! Input that was made to do harm, or was damaged: a sentence and exit code 2, whatever it is, and nothing of it in the lake.

mod days;
mod files;
mod fuzz;
mod network;
mod seeds;
mod statements;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// An empty folder to run the program in.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).expect("the folder can be written");
    }
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        let command = command.current_dir(self.folder.path()).args(arguments).env("XDG_STATE_HOME", self.path("state"));
        command.env_remove("CONTANGO_DATA").write_stdin("").output().expect("the program starts")
    }
    /// Runs what must be refused, and gives what is said.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("error: ") && !said.contains("panicked at"), "{arguments:?}: {said}");
        said
    }
    /// The rows of a query, without its heading.
    fn rows(&self, sql: &str) -> Vec<String> {
        let output = self.run(&["-q", "--format", "csv", "-c", sql]);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).lines().skip(1).map(str::to_string).collect()
    }
    /// Whether nothing was taken into the lake.
    fn is_empty(&self) -> bool {
        !Path::new(&self.path("data/raw")).exists()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
