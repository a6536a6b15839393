//! However deep or long a statement is, it is answered, or refused in a sentence: the process lives on. Known shapes first, then shapes that
//! are put together at random from everything that nests or chains.

use std::time::{Duration, Instant};

use assert_cmd::Command;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::support;

/// Runs statements one after the other; each must end in an answer or a sentence.
fn survives(statements: &[String]) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!(".bail off\n{};\nSELECT 'alive' AS still;\n", statements.join(";\n"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    let output = command
        .current_dir(folder.path())
        .args(["-q", "--no-init", "--format", "csv", "-f", "-"])
        .env_remove("CONTANGO_DATA")
        .write_stdin(script)
        .output()
        .expect("the program starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.code().is_some_and(|code| code == 0 || code == 2), "{:?}: {}", output.status, last(&stderr));
    assert!(stdout.ends_with("still\nalive\n"), "{}\n{}", last(&stdout), last(&stderr));
    assert!(!stderr.contains("panicked"), "{stderr}");
}

fn last(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters[characters.len().saturating_sub(2_000)..].iter().collect()
}

fn chain(word: &str, n: usize) -> String {
    format!("SELECT {}", vec!["1"; n].join(word))
}

#[test]
fn long_chains_are_answered_or_refused_in_a_sentence() {
    let mut statements = Vec::new();
    for word in [" + ", " AND 1 = ", " OR 1 = ", " || ", " * ", "::INT + ", " UNION ALL SELECT ", " UNION SELECT ", " EXCEPT SELECT "] {
        for n in [300, 10_000] {
            statements.push(chain(word, n));
        }
    }
    survives(&statements);
}

#[test]
fn what_nests_is_answered_or_refused_in_a_sentence() {
    let around = |left: &str, middle: &str, right: &str, n: usize| format!("{}{middle}{}", left.repeat(n), right.repeat(n));
    let mut statements = Vec::new();
    for n in [30, 90, 10_000] {
        statements.push(format!("SELECT {}", around("(", "1", ")", n)));
        statements.push(format!("SELECT {}", around("abs(", "1", ")", n)));
        statements.push(format!("SELECT {}", around("(SELECT ", "1", ")", n)));
        statements.push(format!("SELECT * FROM {}", around("(SELECT * FROM ", "(VALUES (1)) t(a)", ") t", n)));
        statements.push(format!("SELECT {}", around("CASE WHEN true THEN ", "1", " END", n)));
        statements.push(format!("SELECT {}1", "NOT ".repeat(n)));
        statements.push(format!("SELECT {}'1 day'", "INTERVAL ".repeat(n)));
        statements.push(format!("SELECT * FROM (VALUES (1, 2)) t(x, y){}", " PIVOT (max(x) FOR y IN (1))".repeat(n)));
        statements.push(format!("SELECT 1{}", "::INT".repeat(n)));
        statements.push(format!("SELECT * FROM (VALUES (1)) t(a) {}", "|> WHERE a = 1 ".repeat(n)));
        statements.push(format!("SELECT count(*) FROM (VALUES (1)) t(a){}", " CROSS JOIN (VALUES (1)) u".repeat(n)));
    }
    survives(&statements);
}

#[test]
fn texts_that_stand_for_themselves_are_refused_in_a_sentence() {
    let mut statements: Vec<String> = ["PREPARE p AS EXECUTE p", "EXECUTE p", "EXPLAIN PIT EXECUTE p"].map(str::to_string).to_vec();
    // a view that a function reads by its name, and that is then made of the function
    let columns =
        "'a' AS series_id, DATE '2020-01-01' AS as_of, CAST('2020-01-02' AS TIMESTAMP(6) WITH TIME ZONE) AS available_at, 1.0 AS value";
    statements.push(format!("CREATE VIEW m_vintages AS SELECT {columns}"));
    statements.push(
        "CREATE OR REPLACE VIEW m_vintages AS SELECT series_id, as_of, known_at AS available_at, value FROM rolling_mean('m', window => 2)"
            .into(),
    );
    statements.push("SELECT * FROM m_vintages".into());
    // views over views, each as deep as one may be
    statements.push("CREATE VIEW v0 AS SELECT 1 AS a".into());
    for n in 1..30 {
        statements.push(format!("CREATE VIEW v{n} AS SELECT a FROM v{} WHERE a > 0{}", n - 1, " AND a > 0".repeat(140)));
    }
    statements.push("SELECT a FROM v29".into());
    statements.push("SELECT a FROM v5".into());
    survives(&statements);
}

#[test]
fn a_script_that_reads_itself_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.sql"), ".read a.sql\n").expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    let output = command.current_dir(folder.path()).args(["-q", "--no-init", "-f", "a.sql"]).output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("read each other deeper than 16 levels"), "{stderr}");
}

/// A piece of SQL that something was put around or behind, so and so often.
#[derive(Debug, Clone)]
struct Grown {
    text: String,
}

fn value() -> impl Strategy<Value = Grown> {
    let leaf = prop_oneof![Just("1"), Just("'a'"), Just("NULL"), Just("t.a"), Just("[1, 2]"), Just("DATE '2020-01-01'"), Just("true")];
    let leaf = leaf.prop_map(|text| Grown { text: text.to_string() });
    leaf.prop_recursive(4, 40, 3, |inner| {
        let times = prop_oneof![4 => 1_usize..20, 1 => 20_usize..600, 1 => 600_usize..6_000];
        let around = prop_oneof![
            Just(("(", ")")),
            Just(("abs(", ")")),
            Just(("coalesce(", ", 1)")),
            Just(("(SELECT ", ")")),
            Just(("CASE WHEN ", " THEN 1 ELSE 2 END")),
            Just(("NOT ", "")),
            Just(("- ", "")),
            Just(("[", "]")),
            Just(("CAST(", " AS VARCHAR)")),
            Just(("(1, ", ")")),
            Just(("EXISTS (SELECT ", ")")),
            Just(("sum(", ") OVER ()")),
            Just(("{'k': ", "}")),
        ];
        let behind = prop_oneof![
            Just(" + 1"),
            Just(" AND true"),
            Just(" OR 2"),
            Just(" || 'b'"),
            Just("::INT"),
            Just("::INT[]"),
            Just(" IS NULL"),
            Just(" IN (1)"),
            Just(" BETWEEN 1 AND 2"),
            Just("[1]"),
            Just(" LIKE 'a'"),
            Just(" AT TIME ZONE 'UTC'"),
            Just(" = ANY(SELECT 1)"),
            Just(" UNION ALL SELECT 1"),
            Just(", 1"),
        ];
        prop_oneof![
            (inner.clone(), around, times.clone())
                .prop_map(|(inner, (left, right), n)| Grown { text: format!("{}{}{}", left.repeat(n), inner.text, right.repeat(n)) }),
            (inner.clone(), behind, times).prop_map(|(inner, behind, n)| Grown { text: format!("{}{}", inner.text, behind.repeat(n)) }),
            (inner.clone(), inner).prop_map(|(a, b)| Grown { text: format!("({}) = ({})", a.text, b.text) }),
        ]
    })
}

/// Statements in one process, for half a minute at most, or for as many seconds as `DEEP_SECONDS` says: the process that runs the test is the one that would end.
#[test]
fn statements_put_together_at_random_end_nothing() {
    let seconds = std::env::var("DEEP_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let until = Instant::now() + Duration::from_secs(seconds);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: u32::MAX, failure_persistence: None, max_shrink_iters: 0, ..Config::default() });
    let end = runner.run(&value(), |grown| {
        if Instant::now() > until {
            return Err(TestCaseError::fail("time is over"));
        }
        for sql in
            [format!("SELECT {} FROM (VALUES (1)) t(a)", grown.text), format!("SELECT 1 FROM (VALUES (1)) t(a) WHERE {}", grown.text)]
        {
            let mut session = support::session(folder.path(), None, None);
            let rows = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), support::rows(&mut session, &sql)).await });
            prop_assert!(rows.is_ok(), "no end after a minute: {}", last(&sql));
        }
        Ok(())
    });
    match end {
        Ok(()) => {}
        Err(proptest::test_runner::TestError::Fail(reason, _)) if reason.message().contains("time is over") => {}
        Err(error) => panic!("{}", last(&error.to_string())),
    }
}
