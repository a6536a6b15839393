//! Texts that are run: files, parameters, what is read first, and how a run ends.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

use crate::support::terminal::{CTRL_D, Terminal, demo_lake, shell};

fn contango(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("contango").expect("the program");
    command.current_dir(folder).env("HOME", folder).env_remove("XDG_CONFIG_HOME").arg("--data").arg(demo_lake());
    command
}

fn output(command: &mut Command) -> (String, String, i32) {
    let output = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.code().expect("an exit code"))
}

#[test]
fn file_is_read_with_parameters() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("weeks.sql"), "SELECT count(*) AS weeks FROM cot\nWHERE root = :root AND category = $category;\n")
        .expect("written");
    let mut terminal = shell(demo_lake()).folder(folder.path()).open();
    terminal.wait_for("contango> ");
    let screen = terminal.ask(".read weeks.sql", "hint:");
    assert!(
        screen.contains("weeks.sql: line 2, column 14: no value for `$root`, `$category`") && screen.contains(".param set NAME"),
        "{screen}"
    );
    terminal.ask(".param set root ES", "contango> ");
    terminal.ask(".param set category 'dealer'", "contango> ");
    let screen = terminal.ask(".param", "(2 rows)");
    assert!(screen.contains("│ category │ dealer │"), "{screen}");
    terminal.ask(".read weeks.sql", "157");
    terminal.ask(".param unset root", "contango> ");
    terminal.ask(".read weeks.sql", "no value for `:root`");
}

#[test]
fn own_file_is_run_before_the_first_prompt_and_never_before_a_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("contango");
    fs::create_dir(&own).expect("a folder");
    fs::write(own.join("init.sql"), ".clock 2023-02-20\nSELECT 'hello' AS word;\n").expect("written");
    let config = folder.path().display().to_string();
    let mut terminal = shell(demo_lake()).environment("XDG_CONFIG_HOME", &config).open();
    let screen = terminal.wait_for("contango @2023-02-20 00:00Z> ");
    assert!(screen.contains("hello"), "{screen}");
    let mut terminal = shell(demo_lake()).environment("XDG_CONFIG_HOME", &config).argument("--no-init").open();
    terminal.wait_for("contango> ");

    let (stdout, _, code) =
        output(contango(folder.path()).env("XDG_CONFIG_HOME", folder.path()).args(["-c", "SELECT 1 AS one", "--format", "csv"]));
    assert_eq!((stdout.as_str(), code), ("one\n1\n", 0));
    let (stdout, _, code) =
        output(contango(folder.path()).args(["-init", "contango/init.sql", "-c", "SELECT 1 AS one", "--format", "csv"]));
    assert_eq!((stdout.as_str(), code), ("word\nhello\none\n1\n", 0));
}

#[test]
fn texts_run_in_the_order_of_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("two.sql"), ".mode ndjson\nSELECT 2 AS n;\n").expect("written");
    let mut command = contango(folder.path());
    command
        .args(["-c", "SELECT 1 AS n", "-f", "two.sql", "-c", "SELECT 3 AS n", "-f", "-", "--format", "csv"])
        .write_stdin("SELECT :x AS n")
        .args(["--param", "x=4"]);
    let (stdout, stderr, code) = output(&mut command);
    assert_eq!((stdout.as_str(), code), ("n\n1\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n", 0), "{stderr}");
}

#[test]
fn run_ends_at_the_first_error_unless_told_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "SELECT 1 AS n;\nSELECT nothing;\nSELECT 2 AS n;\n";
    let (stdout, stderr, code) = output(contango(folder.path()).args(["--format", "csv"]).write_stdin(script));
    assert_eq!((stdout.as_str(), code), ("n\n1\n", 2));
    assert!(stderr.contains("error: line 2, column 8: there is no column `nothing`"), "{stderr}");
    let (stdout, stderr, code) = output(
        contango(folder.path())
            .args(["--format", "csv"])
            .write_stdin(format!(".bail off\n{script}.nonsense\nSELECT 3 AS n;\n.quit\nSELECT 4;")),
    );
    assert_eq!((stdout.as_str(), code), ("n\n1\nn\n2\nn\n3\n", 2));
    assert!(stderr.contains("there is no column `nothing`") && stderr.contains("unknown command `.nonsense`"), "{stderr}");
}

#[test]
fn piped_output_is_data_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = ".clock 2023-02-20\n.hidden on\n.timer on\nSELECT count(*) AS n FROM cot WHERE root = 'ES';\n";
    let (stdout, stderr, code) = output(contango(folder.path()).args(["--format", "csv"]).write_stdin(script));
    assert_eq!((stdout.as_str(), code), ("n\n280\n", 0));
    assert!(
        stderr.contains("note: clock is") && stderr.contains("hidden:") && stderr.contains("time:") && !stderr.contains('\x1b'),
        "{stderr}"
    );
}

#[test]
fn command_line_completes_and_has_a_manual() {
    let folder = tempfile::tempdir().expect("a folder");
    for (shell, word) in [("bash", "complete -F _contango"), ("zsh", "#compdef contango"), ("fish", "complete -c contango")] {
        let (stdout, _, code) = output(contango(folder.path()).args(["completions", shell]));
        assert!(stdout.contains(word) && code == 0, "{shell}");
    }
    let (page, _, code) = output(contango(folder.path()).arg("man"));
    assert!(page.contains(".TH contango 1") && page.contains("Exit codes") && code == 0, "{page}");
    let (page, _, _) = output(contango(folder.path()).args(["man", "ingest", "cftc"]));
    assert!(page.contains(".TH contango-ingest-cftc 1"), "{page}");
    let (_, stderr, code) = output(contango(folder.path()).args(["man", "nothing"]));
    assert!(stderr.contains("there is no command `contango nothing`") && code == 2, "{stderr}");
}

#[test]
fn control_d_leaves_with_code_0() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask("SELECT nothing;", "there is no column");
    terminal.wait_until("the prompt", |screen| screen.ends_with("contango>"));
    terminal.keys(CTRL_D);
    assert_eq!(terminal.exit_code(), 0);
}
