//! `contango check` and `contango health` as processes: what they print, and their exit codes.

use std::path::Path;
use std::sync::OnceLock;

use assert_cmd::Command;
use tempfile::TempDir;

/// The demo's lake, made once.
fn demo() -> &'static Path {
    static DEMO: OnceLock<TempDir> = OnceLock::new();
    let folder = DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        Command::new(env!("CARGO_BIN_EXE_contango")).args(["demo", "-q", "--data"]).arg(folder.path()).assert().success();
        folder
    });
    folder.path()
}

/// An instant at which the next figure of nothing in the demo is due yet.
const THEN: &str = "2023-12-29";

/// Exit code, stdout and stderr, in a working directory of its own.
fn run(data: &Path, here: &Path, arguments: &[&str], stdin: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    let output =
        command.args(arguments).env("CONTANGO_DATA", data).current_dir(here).write_stdin(stdin).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn here() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A working directory with a check of one's own.
fn with_own(text: &str) -> TempDir {
    let folder = here();
    std::fs::create_dir_all(folder.path().join("sql/checks")).expect("a folder");
    std::fs::write(folder.path().join("sql/checks/mine.sql"), text).expect("a file");
    folder
}

#[test]
fn the_demo_has_nothing_wrong_in_it_and_is_late_today() {
    let (code, stdout, stderr) = run(demo(), here().path(), &["check", "--clock", THEN], "");
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{stderr}");
    assert!(stderr.contains("18 checks, 0 findings, "), "{stderr}");
    let (code, stdout, stderr) = run(demo(), here().path(), &["check", "--format", "csv", "-q"], "");
    assert_eq!(code, Some(1), "years later nothing came any more: {stderr}");
    assert!(stdout.starts_with("severity,check,table,key,as_of,what,why\n"), "{stdout}");
    assert!(stdout.lines().skip(1).all(|line| line.starts_with("warning,freshness,")), "{stdout}");
}

#[test]
fn health_is_a_screen_a_verdict_and_an_exit_code() {
    let (code, stdout, stderr) = run(demo(), here().path(), &["health", "--clock", THEN, "--format", "csv"], "");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("source,state,newest_as_of,newest_release,next_release,series,late,rows,last_run\n"), "{stdout}");
    assert!(stdout.contains("\ncftc,fresh,2023-12-19,"), "{stdout}");
    assert!(stderr.contains("note: fresh: "), "{stderr}");
    let (code, stdout, stderr) = run(demo(), here().path(), &["health", "--format", "json"], "");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stdout.contains("\"state\":\"late\"")
            && stderr.contains("warning: fred PAYEMS: newest is 2023-11-01")
            && stderr.contains("note: late: "),
        "{stdout}{stderr}"
    );
    let empty = here();
    let (code, stdout, stderr) = run(&empty.path().join("data"), empty.path(), &["health"], "");
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains("there is no data folder"), "{stderr}");
    assert!(!empty.path().join("data").exists(), "looking makes nothing");
}

#[test]
fn a_check_of_ones_own_runs_beside_the_others() {
    let own = with_own(
        "-- Markets that are small.\nSELECT 'info' AS severity, 'cot' AS \"table\", root AS key, max(as_of) AS as_of, 'small' AS what, 'so' AS why\n\
         FROM cot_tff WHERE root = 'ES' GROUP BY root",
    );
    let only = ["check", "--check", "mine", "--format", "csv", "--clock", THEN];
    let (code, stdout, stderr) = run(demo(), own.path(), &only, "");
    assert_eq!(
        (code, stdout.as_str()),
        (Some(0), "severity,check,table,key,as_of,what,why\ninfo,mine,cot,ES,2023-12-19,small,so\n"),
        "{stderr}"
    );
    assert!(stderr.contains("1 check, 1 finding (1 info), "), "{stderr}");
    let elsewhere = [&only[..], &["--table", "curves"]].concat();
    assert_eq!(run(demo(), own.path(), &elsewhere, "").1, "", "it finds nothing in another table");
    let (code, stdout, _) = run(demo(), own.path(), &["check", "--list", "--format", "csv"], "");
    assert!(code == Some(0) && stdout.contains("\nmine,error,,Markets that are small.,,sql/checks/mine.sql\n"), "{stdout}");
}

#[test]
fn a_check_that_fails_is_told_with_its_place_and_the_others_run() {
    for (text, said) in [
        ("-- It is wrong.\nSELECT nothing FROM cot", "sql/checks/mine.sql: line 2, column 8: check `mine`: there is no column `nothing`"),
        ("-- It is no finding.\nSELECT 1 AS severity", "check `mine`: the check gives no column `table`"),
        ("-- It moves the clock.\nRESET clock", "a check is a SELECT"),
    ] {
        let own = with_own(text);
        let (code, stdout, stderr) = run(demo(), own.path(), &["check", "--clock", THEN], "");
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains(said) && stderr.contains("19 checks, 1 of them failed, 0 findings"), "{stderr}");
    }
    let (code, _, stderr) = run(demo(), here().path(), &["check", "--check", "bar"], "");
    assert!(code == Some(2) && stderr.contains("there is no check `bar`\nhint: did you mean `bars`?"), "{stderr}");
}

#[test]
fn the_shell_checks_too() {
    let (code, stdout, stderr) = run(demo(), here().path(), &["--clock", THEN], ".mode csv\n.check cot\n.health\n");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("\ncftc,fresh,") && stderr.contains(" checks, 0 findings, "), "{stdout}{stderr}");
}
