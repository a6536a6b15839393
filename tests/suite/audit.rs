//! `contango audit` as a process: the classic mistakes under `sql/examples/leaky/` are caught on the demo's lake, their cures are not, and
//! what cannot be audited fails.

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

/// Exit code, stdout and stderr.
fn run(arguments: &[&str], stdin: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    let output = command.args(arguments).env("CONTANGO_DATA", demo()).write_stdin(stdin).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn audit(script: &str, more: &[&str]) -> (Option<i32>, String, String) {
    run(&[&["audit", script, "--format", "csv"], more].concat(), "")
}

/// An audit of a text.
fn audit_text(text: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("query.sql");
    std::fs::write(&path, text).expect("a file");
    let (code, stdout, stderr) = audit(&path.to_string_lossy(), more);
    (code, stdout, stderr.replace(&*folder.path().to_string_lossy(), "[FOLDER]"))
}

/// Each mistake, its time column, and a column that it is found by.
const MISTAKES: [(&str, &str, &str); 5] = [
    ("cot_on_tuesday", "as_of", "the row"),
    ("rebased_gdp", "released_at", "real_gdp"),
    ("revised_payrolls", "released_at", "change"),
    ("roll_on_the_close", "as_of", "open_interest"),
    ("zscore_of_revised_history", "known_at", "zscore"),
];

#[test]
fn classic_mistakes_are_caught_and_their_cures_are_not() {
    for (mistake, time_column, column) in MISTAKES {
        let (code, stdout, stderr) = audit(&format!("leaky/{mistake}"), &["--time-column", time_column]);
        assert_eq!(code, Some(1), "{mistake}: {stdout}{stderr}");
        let found: Vec<&str> = stdout.lines().skip(1).map(|line| line.rsplit(',').nth(2).unwrap_or_default()).collect();
        assert!(found.contains(&column), "{mistake}: {stdout}");
        assert!(stderr.contains("rows known then") && stderr.contains("nobody could know"), "{mistake}: {stderr}");

        let (code, stdout, stderr) = audit(&format!("leaky/{mistake}_right"), &["--time-column", time_column, "--at", "25"]);
        assert_eq!((code, stdout.as_str()), (Some(0), ""), "{mistake}_right: {stderr}");
        assert!(stderr.contains("25 instants") && stderr.contains("nothing knew the future"), "{mistake}_right: {stderr}");
    }
}

#[test]
fn every_mistake_is_an_example_with_a_cure() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/examples/leaky");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).expect("the folder").map(|e| e.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    let mut expected: Vec<String> = MISTAKES.iter().flat_map(|(name, ..)| [format!("{name}.sql"), format!("{name}_right.sql")]).collect();
    expected.sort();
    assert_eq!(files, expected);
}

#[test]
fn the_lag_says_when_a_row_is_decided() {
    let query = "SELECT as_of, net FROM cot_tff WHERE contract_code = '13874A' AND category = 'dealer'";
    let narrow = ["--time-column", "as_of", "--from", "2023-04-01", "--to", "2023-12-31"];
    let with = |lag: &str| audit_text(query, &[&narrow[..], &["--lag", lag]].concat()).0;
    assert_eq!(audit_text(query, &narrow).0, Some(1));
    assert_eq!(with("2 days"), Some(1), "Thursday");
    // in a week with a holiday the report comes on the Monday
    assert_eq!(with("6 days"), Some(0));
    assert_eq!(with("4 sessions"), Some(0));
}

#[test]
fn statements_before_the_query_run_before_it_each_time() {
    let text = "SET contango.backcast = 'allow';\nCREATE VIEW mine AS SELECT * FROM cot_tff WHERE contract_code = '13874A';\n\
                CREATE TABLE newest AS SELECT max(as_of) AS as_of FROM mine;\n\
                SELECT available_at, category, net FROM mine WHERE $category = category ORDER BY 1;";
    let more = ["--time-column", "available_at", "--at", "3", "--param", "category=dealer"];
    let (code, stdout, stderr) = audit_text(text, &more);
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{stderr}");
    assert!(stderr.contains("3 instants, 157 rows compared: nothing knew the future"), "{stderr}");
    // with a clock full knowledge is what was known then
    let (code, _, stderr) = audit_text(text, &[&more[..], &["--clock", "2023-01-01"]].concat());
    assert!(code == Some(0) && stderr.contains("3 instants, 52 rows"), "{stderr}");
    let newest = text.replace("ORDER BY 1", "AND as_of = (SELECT as_of FROM newest)");
    assert_eq!(audit_text(&newest, &[&more[..], &["--clock", "2023-01-01"]].concat()).0, Some(0), "one row, decided last");
    let history = "SELECT c.available_at, n.as_of FROM cot_tff c, (SELECT max(as_of) AS as_of FROM cot_tff) n";
    assert_eq!(audit_text(history, &["--time-column", "available_at"]).0, Some(1), "the newest of all on each row");
}

#[test]
fn what_cannot_be_audited_fails_with_a_hint() {
    let time = ["--time-column", "as_of"];
    for (text, more, said) in [
        (
            "SELECT 1;\n  SET clock = '2020-01-01';\nSELECT as_of FROM cot",
            &time[..],
            "[FOLDER]/query.sql: line 2, column 3: the script of an audit cannot move the clock",
        ),
        ("RESET clock;\nSELECT as_of FROM cot", &time, "cannot move the clock"),
        ("PREPARE p AS SET clock = '2020-01-01';\nEXECUTE p;\nSELECT as_of FROM cot", &time, "cannot move the clock"),
        ("SELECT as_of FROM cot;\nSET contango.backcast = 'allow'", &time, "the last statement gives no rows to audit"),
        ("-- nothing", &time, "there is no query to audit"),
        ("SELECT as_off FROM cot", &time, "there is no column `as_off`"),
        ("SELECT as_of AS asof FROM cot", &time, "the result has no column `as_of`\nhint: did you mean `asof`?"),
        ("SELECT root AS as_of FROM cot", &time, "column `as_of` holds no times but"),
        ("SELECT as_of FROM cot WHERE root = 'QQ'", &time, "hint: the last statement gave no row with a `as_of`"),
        (
            "SELECT as_of FROM cot",
            &["--time-column", "as_of", "--to", "2001-01-01"],
            "hint: decisions were taken from 2022-01-05 00:00:00Z to 2025-01-01",
        ),
        ("SELECT as_of FROM cot", &["--time-column", "as_of", "--lag", "1 month"], "`1 month` is no lag"),
        ("SELECT as_of FROM cot", &["--time-column", "as_of", "--at", "0"], "--at"),
        ("SELECT as_of FROM cot", &[], "--time-column"),
        (
            "SELECT as_of FROM cot_tff FOR SYSTEM_TIME AS OF TIMESTAMP '2024-01-01 00:00:00Z'",
            &time,
            "with the clock at 2022-01-05 00:00:00Z: `FOR SYSTEM_TIME AS OF` 2024-01-01 00:00:00Z is later than the clock",
        ),
    ] {
        let (code, stdout, stderr) = audit_text(text, more);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{text}: {stderr}");
        assert!(stderr.contains(said), "{text}: {stderr}");
    }
    assert_eq!(audit("leaky/cot_on_tuesdy", &time).0, Some(2));
}

#[test]
fn the_shell_audits_too() {
    let leaky = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/examples/leaky/cot_on_tuesday.sql");
    let (code, stdout, stderr) = run(&[], &format!(".mode csv\n.audit {leaky} as_of 0 sessions\nSELECT 7 AS seven;\n"));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("clock,time,row,column,with_full_knowledge,known_then\n") && stdout.ends_with("seven\n7\n"), "{stdout}");
    let (code, _, stderr) = run(&[], ".audit\n");
    assert!(code == Some(2) && stderr.contains("`.audit` needs a file and a time column"), "{stderr}");
}
