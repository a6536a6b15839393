//! Statements that ask for more than there is, that do not end, or that read a damaged file: each ends with a sentence, and the ones after it
//! run.

use super::{World, stderr};

/// Statements in little memory, one after the other whatever happens; what is said of each.
fn told(world: &World, statements: &[&str]) -> (String, String) {
    let script = format!(".bail off\n{}\nSELECT 'still here';\n", statements.join(";\n") + ";");
    world.write("script.sql", script.as_bytes());
    let output = world.run(&["--memory-limit", "256MiB", "--timeout", "20s", "--format", "csv", "-q", "-f", "script.sql"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), said)
}

#[test]
fn statements_that_take_too_much_end_with_a_sentence() {
    let world = World::new();
    let doubling: Vec<String> = (1..=40).map(|n| format!("c{n} AS (SELECT a.x FROM c{} a, c{} b)", n - 1, n - 1)).collect();
    let doubling = format!("WITH c0 AS (SELECT 1 x), {} SELECT count(*) FROM c40", doubling.join(", "));
    let cases = [
        ("SELECT length(repeat('x', 3000000000))", "`repeat` would make"),
        ("SELECT length(lpad('x', 2000000000))", "`lpad` would make"),
        ("SELECT range(1, 1000000000)", "`range` would make"),
        ("SELECT array_repeat('some text', 500000000)", "`array_repeat` would make"),
        ("SELECT length(string_agg(repeat('x', 100000), '')) FROM generate_series(1, 20000)", "takes more memory than it may"),
        ("SELECT array_length(array_resize([1], 1000000000, 2))", "`array_resize` would make"),
        ("SELECT approx_percentile_cont(a, 0.5, 99999999999) FROM (VALUES (1.0)) t(a)", "takes at most 100000 centroids"),
        (
            "SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 5 PRECEDING AND 18446744073709551615 FOLLOWING) FROM (VALUES (1), (2)) t(a)",
            "is longer than any table",
        ),
        ("SELECT array_agg(value) FROM generate_series(1, 100000000)", "takes more memory than it may"),
        (
            "SELECT count(*) FROM generate_series(1, 30000000) a(x) JOIN generate_series(1, 30000000) b(y) ON a.x = b.y",
            "takes more memory than it may",
        ),
        (doubling.as_str(), "names its own parts so often"),
    ];
    for (statement, expected) in cases {
        let (rows, said) = told(&world, &[statement]);
        assert!(said.contains(expected), "{statement}: {said}");
        assert!(rows.contains("still here"), "{statement}: {rows}");
    }
}

#[test]
fn what_does_not_fit_is_spilled() {
    let world = World::new();
    let sql = "SELECT count(*) FROM (SELECT value, row_number() OVER (ORDER BY value DESC) n FROM (SELECT value FROM generate_series(1, 4000000) ORDER BY value % 1000, value)) WHERE n = 1";
    let output = world.run(&["--memory-limit", "256MiB", "--format", "csv", "-c", sql]);
    assert!(output.status.success(), "{}", stderr(&output));
    let temporary = world.path("tmp");
    assert!(!temporary.exists());
}

#[test]
fn statements_without_end_are_stopped_by_the_time_limit() {
    let world = World::new();
    let cases = [
        "SELECT count(*) FROM generate_series(1, 1000000000000000000)",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM generate_series(1, 10000000) a, generate_series(1, 10000000) b WHERE a.value + b.value = 7",
    ];
    for statement in cases {
        let (rows, said) = told(&world, &["SET contango.timeout = '300ms'", statement, "RESET contango.timeout"]);
        assert!(said.contains("stopped after 300ms, the time limit"), "{statement}: {said}");
        assert!(rows.contains("still here"), "{statement}: {rows}");
    }
}

#[test]
fn views_that_double_are_too_large_to_plan() {
    let world = World::new();
    let mut statements = vec!["CREATE VIEW v0 AS SELECT 1 x".to_string()];
    statements.extend((1..=15).map(|n| format!("CREATE VIEW v{n} AS SELECT a.x FROM v{} a, v{} b", n - 1, n - 1)));
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let (rows, said) = told(&world, &statements);
    assert!(said.contains("names its own parts so often") && rows.contains("still here"), "{said}");
}

#[test]
fn a_damaged_file_in_place_is_an_error_of_its_statement() {
    let world = World::new();
    let output = world.run(&["-o", "good.parquet", "-c", "SELECT value, 'text ' || value AS t FROM generate_series(1, 2000)"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let good = std::fs::read(world.path("good.parquet")).expect("written");
    let mut n_refused = 0;
    let mut script = String::from(".bail off\n");
    for n in 0..60_usize {
        // bytes of the footer, which says where everything lies
        let mut bad = good.clone();
        let at = bad.len() - 9 - n * 7 % 400;
        bad[at] ^= 1 << (n % 8);
        world.write(&format!("bad{n}.parquet"), &bad);
        script.push_str(&format!("SELECT count(*), sum(value), max(t) FROM 'bad{n}.parquet';\n"));
    }
    script.push_str("SELECT 'still here';\n");
    world.write("script.sql", script.as_bytes());
    let output = world.run(&["--memory-limit", "1GiB", "--timeout", "20s", "--format", "csv", "-q", "-f", "script.sql"]);
    let said = stderr(&output);
    assert!(output.status.code() == Some(2) && !said.contains("panicked"), "{said}");
    n_refused += said.matches("error: ").count();
    assert!(n_refused > 5, "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("still here"), "{said}");
}

#[test]
fn settings_of_what_a_statement_may_take_are_shown_and_checked() {
    let world = World::new();
    let sql = "SET contango.timeout = '90s'; SET contango.memory_limit = '512MiB'; SHOW contango.timeout; SHOW contango.memory_limit; RESET contango.timeout; SHOW contango.timeout";
    let output = world.run(&["-q", "--format", "csv", "-c", sql]);
    let rows = String::from_utf8_lossy(&output.stdout).into_owned();
    for row in ["contango.timeout,90s", "contango.memory_limit,512 MiB", "contango.timeout,none"] {
        assert!(rows.contains(row), "{rows}");
    }
    for wrong in ["SET contango.timeout = 'soon'", "SET contango.memory_limit = '1MiB'", "SET contango.memory_limit = 'much'"] {
        assert!(world.refused(&["-c", wrong]).contains("hint: "), "{wrong}");
    }
    assert!(world.refused(&["--memory-limit", "nothing", "-c", "SELECT 1"]).contains("no amount of memory"));
}
