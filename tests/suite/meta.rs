//! `contango meta` as a process: what a person says of a root is kept, comes first, does something, and what it leaves out is known from the
//! contracts and from configuration.

use std::collections::BTreeSet;

use assert_cmd::Command;
use contango::engine::{Answer, FUNCTIONS};
use tempfile::TempDir;

use crate::support::terminal::demo_lake;
use crate::support::{rows, session};

/// A data folder with contracts of a root that configuration knows and of one that it does not.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let days = ["2024-02-26", "2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06"];
    let row = |(contract, root, expiry): (&str, &str, &str)| days.map(|day| format!("{contract},{root},{expiry},{day},100\n")).concat();
    let contracts = [("ESH4", "ES", "2024-03-15"), ("ESM4", "ES", "2024-06-21"), ("QQA", "QQ", "2024-03-15"), ("QQB", "QQ", "2024-06-21")];
    let text = format!("symbol,root,expiry,as_of,close\n{}", contracts.map(row).concat());
    std::fs::write(folder.path().join("bars.csv"), text).expect("the folder can be written");
    let (code, _, stderr) = run(&folder, &["ingest", "bars", "-q", "--file", "bars.csv"]);
    assert_eq!(code, Some(0), "{stderr}");
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_contango"))
        .current_dir(folder.path())
        .args(arguments)
        .env_remove("CONTANGO_DATA")
        .output()
        .expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The row of `meta show` as CSV, without its heading.
fn shown(folder: &TempDir, root: &str) -> String {
    let (code, stdout, stderr) = run(folder, &["meta", "show", root, "--format", "csv", "-q"]);
    assert_eq!(code, Some(0), "{stderr}");
    let mut lines = stdout.lines();
    assert_eq!(lines.next(), Some("parent,exchange,currency,tick_size,point_value,contract_notional,roll_days,notes,typed"));
    lines.map(str::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_typed_is_kept_comes_first_and_can_be_forgotten() {
    let folder = folder();
    assert_eq!(shown(&folder, "ES"), "ES,XCME,USD,0.25,50.0,,,,false");
    assert_eq!(run(&folder, &["meta", "set", "ES.FUT", "roll_days=8", "contract_notional=5", "notes=micro", "-q"]).0, Some(0));
    assert_eq!(shown(&folder, "ES"), "ES,XCME,USD,0.25,5.0,5.0,8,micro,true");
    assert_eq!(run(&folder, &["meta", "set", "ES", "roll_days=9", "-q"]).0, Some(0));
    assert_eq!(shown(&folder, "es"), "ES,XCME,USD,0.25,5.0,5.0,9,micro,true", "what is not given stays");
    assert_eq!(run(&folder, &["meta", "unset", "ES", "roll_days", "contract_notional", "notes", "-q"]).0, Some(0));
    assert_eq!(shown(&folder, "ES"), "ES,XCME,USD,0.25,50.0,,,,false");
}

#[test]
fn the_roll_days_of_a_root_are_those_of_its_series() {
    let folder = folder();
    let rolled = |root: &str| {
        let sql = format!("SELECT rolled_on FROM continuous_rolls('{root}', roll => 'days_before_expiry')");
        run(&folder, &["-c", &sql, "--format", "csv", "-q"]).1
    };
    for root in ["ES", "QQ"] {
        assert_eq!(run(&folder, &["meta", "set", root, "roll_days=14", "-q"]).0, Some(0));
        assert_eq!(rolled(root), "rolled_on\n2024-03-01\n", "{root}");
        assert_eq!(run(&folder, &["meta", "set", root, "roll_days=10", "-q"]).0, Some(0));
        assert_eq!(rolled(root), "rolled_on\n2024-03-05\n", "{root}");
    }
}

#[test]
fn what_cannot_be_set_is_refused_with_a_hint_and_changes_nothing() {
    let folder = folder();
    for (arguments, said) in [
        (&["set", "ES", "rol_days=8"][..], "error: a root has no setting `rol_days`\nhint: did you mean `roll_days`?"),
        (&["set", "ES", "tick_size=0.5", "roll_days=soon"], "error: `roll_days` must be a number of days, not `soon`"),
        (&["set", "ES", "tick_size=-1"], "error: `tick_size` must be a number above 0, not `-1`"),
        (&["set", "ES", "roll_days"], "error: `roll_days` is no setting\nhint: write KEY=VALUE"),
        (&["set", "QX", "roll_days=8"], "error: unknown root `QX`"),
        (&["show", "ESX"], "error: unknown root `ESX`\nhint: did you mean `ES`?"),
        (&["unset", "ES", "day"], "error: a root has no setting `day`"),
        (&["set", "ES", "roll_days=8", "--clock", "2024-01-01"], "error: `contango meta set` has no clock"),
    ] {
        let (code, stdout, stderr) = run(&folder, &[&["meta"], arguments].concat());
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.starts_with(said), "{arguments:?}: {stderr}");
    }
    assert_eq!(shown(&folder, "ES"), "ES,XCME,USD,0.25,50.0,,,,false");
}

#[test]
fn a_clock_hides_roots_that_had_no_contract_then_and_no_setting() {
    let folder = folder();
    assert_eq!(run(&folder, &["meta", "set", "ES", "roll_days=8", "-q"]).0, Some(0));
    let at = |clock: &str| {
        let sql = "SELECT parent, roll_days FROM meta.parent_metadata WHERE parent IN ('ES', 'QQ') ORDER BY parent";
        run(&folder, &["--clock", clock, "-c", sql, "--format", "csv", "-q"]).1
    };
    assert_eq!(at("2024-02-26 12:00:00Z"), "parent,roll_days\nES,8\n");
    assert_eq!(at("2024-02-27 00:00:00Z"), "parent,roll_days\nES,8\nQQ,\n");
}

#[tokio::test]
async fn every_column_of_meta_and_of_a_function_has_a_meaning() {
    let mut session = session(demo_lake(), None, None);
    let mut known: BTreeSet<String> = BTreeSet::new();
    let sql = "SELECT column_name FROM meta.glossary UNION SELECT column_name FROM meta.columns GROUP BY column_name HAVING count(DISTINCT doc) = 1";
    known.extend(rows(&mut session, sql).await.expect("listings").into_iter().flatten());
    let tables = rows(&mut session, "SELECT name FROM meta.catalogue").await.expect("the catalogue");
    let mut relations: Vec<String> = tables.into_iter().flatten().map(|name| format!("meta.{name}")).collect();
    let functions = FUNCTIONS.iter().filter(|function| function.kind() == "table function").map(|function| function.documentation());
    relations.extend(functions.map(|function| {
        let call = function.example.find(&format!("{}(", function.name)).map_or("", |at| &function.example[at..]);
        let mut depth = 0;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ')' && depth == 0
        });
        call[..=end.expect("the example calls the function")].to_string()
    }));
    let mut silent = Vec::new();
    for relation in relations {
        let sql = format!("SELECT * FROM {relation} LIMIT 0");
        let Answer::Rows { schema, .. } = session.run(&sql).await.unwrap_or_else(|error| panic!("{relation}: {error}")) else { continue };
        let unknown = schema.fields().iter().filter(|field| !known.contains(field.name()));
        silent.extend(unknown.map(|field| format!("{relation}: {}", field.name())));
    }
    assert!(silent.is_empty(), "columns without a meaning in meta.glossary:\n{}", silent.join("\n"));
}
