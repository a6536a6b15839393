//! Statements that are kept.

use std::fs;

use assert_cmd::Command;

use crate::support::terminal::{demo_lake, shell};

#[test]
fn statement_is_saved_listed_and_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(demo_lake()).folder(folder.path()).open();
    terminal.wait_for("contango> ");
    terminal.ask(".saved", "holds no script");
    terminal.ask(".save weeks", "no statement was run yet");
    terminal.ask("SELECT count(*) AS weeks FROM cot WHERE root = 'ES' AND category = 'dealer';", "157");
    terminal.ask(".save weeks", "contango run weeks");
    terminal.ask("SELECT 1 AS one;", "(1 row)");
    terminal.ask(".save weeks", "exists");
    terminal.ask(".save ../weeks", "is no name for a script");
    terminal.ask(".saved", "SELECT count(*) AS weeks");
    let kept = fs::read_to_string(folder.path().join("sql/saved/weeks.sql")).expect("the file");
    assert_eq!(kept, "SELECT count(*) AS weeks FROM cot WHERE root = 'ES' AND category = 'dealer';\n");

    let mut run = Command::cargo_bin("contango").expect("the program");
    run.current_dir(folder.path()).arg("--data").arg(demo_lake()).args(["run", "weeks", "-v", "--format", "csv"]);
    let output = run.output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "weeks\n157\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("time: line 1: "), "{output:?}");

    terminal.ask(".save weeks replace", "saved as");
    let kept = fs::read_to_string(folder.path().join("sql/saved/weeks.sql")).expect("the file");
    assert_eq!(kept, "SELECT 1 AS one;\n");
}
