//! What should not be typed or piped: each ends in a sentence and a living shell, or in an exit code.

use std::fs;

use assert_cmd::Command;

use crate::support::terminal::{CTRL_C, Terminal, demo_lake, shell};

fn contango() -> Command {
    let mut command = Command::cargo_bin("contango").expect("the program");
    command.arg("--data").arg(demo_lake());
    command
}

/// Its exit code, and what it said on stderr.
fn end(command: &mut Command) -> (i32, String) {
    let output = command.timeout(std::time::Duration::from_secs(100)).output().expect("it runs");
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn ensure_alive(terminal: &mut Terminal) {
    terminal.ask("SELECT 40 + 2 AS answer;", "42");
}

#[test]
fn unknown_command_and_wrong_arguments() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".tabels", "did you mean `.tables`?");
    terminal.ask(".", "unknown command");
    terminal.ask(".timer perhaps", "neither on nor off");
    terminal.ask(".clock someday", "is no instant");
    terminal.ask(".read nowhere.sql", "no such file");
    terminal.ask(".read .", "cannot read");
    ensure_alive(&mut terminal);
}

#[test]
fn open_quote_at_the_end_of_input() {
    let (code, stderr) = end(contango().write_stdin("SELECT 1;\nSELECT 'abc"));
    assert!(code == 2 && stderr.contains("line 2, column 8: the text that begins here is open"), "{stderr}");
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.line("SELECT 'abc;");
    terminal.keys(CTRL_C);
    terminal.wait_for("contango> ");
    ensure_alive(&mut terminal);
}

#[test]
fn binary_in_a_pipe_in_a_file_and_pasted() {
    let bytes: Vec<u8> = (0..=255).cycle().take(25_600).collect();
    let (code, stderr) = end(contango().write_stdin(bytes.clone()));
    assert!(code == 2 && stderr.contains("no UTF-8 text"), "{stderr}");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bytes.sql"), &bytes).expect("written");
    let (code, stderr) = end(contango().current_dir(folder.path()).args(["-f", "bytes.sql"]));
    assert!(code == 2 && stderr.contains("`bytes.sql` is no UTF-8 text"), "{stderr}");

    let mut terminal = Terminal::at_prompt(demo_lake());
    // bracketed, as a terminal sends what is pasted, with control characters in it
    terminal.keys("\x1b[200~SELECT \u{1}\u{2}\u{7f}\u{ffff} FROM \u{85}x;\x1b[201~\r");
    terminal.wait_for("error:");
    ensure_alive(&mut terminal);
}

#[test]
fn statement_of_ten_megabytes() {
    let statement = format!("SELECT length('{}') AS n;", "x".repeat(10_000_000));
    let output = contango().args(["--format", "csv"]).write_stdin(statement).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "n\n10000000\n");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("wrong.sql"), format!("SELECT {} FROM nowhere;", "x, ".repeat(3_000_000))).expect("written");
    let (code, stderr) = end(contango().current_dir(folder.path()).args(["-f", "wrong.sql"]));
    assert_eq!(code, 2);
    assert!(stderr.len() < 2_000, "the error shows a part of the line alone: {} bytes", stderr.len());
}

#[test]
fn terminal_of_twenty_columns() {
    let mut terminal = shell(demo_lake()).size(20, 20).open();
    terminal.wait_for("contango> ");
    terminal.ask("SELECT 40 + 2 AS n;", "│ 42 │");
    let screen = terminal.ask("FROM cot LIMIT 1;", "(1 row");
    assert!(screen.contains('…'), "{screen}");
    terminal.ask(".help", "contango> ");
    ensure_alive(&mut terminal);
}

#[test]
fn dumb_terminal_gets_no_escapes_from_us() {
    let mut terminal = shell(demo_lake()).environment("TERM", "dumb").open();
    terminal.wait_for("contango> ");
    let screen = terminal.ask("SELECT nothing;", "hint:");
    assert!(screen.contains("error: line 1, column 8"), "{screen}");
    ensure_alive(&mut terminal);
}

#[test]
fn output_that_nobody_reads() {
    let mut command = std::process::Command::new("sh");
    let program = assert_cmd::cargo::cargo_bin("contango");
    let pipe = format!("'{}' --data '{}' --format csv -c 'FROM cot' | head -n 1; exit $?", program.display(), demo_lake().display());
    let output = command.args(["-c", &pipe]).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn file_that_cannot_be_written() {
    let (code, stderr) = end(contango().args(["-o", "/dev/null/rows.csv", "-c", "SELECT 1"]));
    assert!(code == 2 && stderr.contains("cannot write `/dev/null/rows.csv`"), "{stderr}");
    let (code, stderr) = end(contango().args(["-c", "COPY (SELECT 1 AS x) TO '/dev/null/x.csv'"]));
    assert!(code == 2 && stderr.starts_with("error:"), "{stderr}");
}
