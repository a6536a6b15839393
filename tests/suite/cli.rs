//! The command line as a process: exit code, stdout and stderr, in a folder of its own. `INSTA_UPDATE=always` rewrites the snapshots.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use insta::assert_snapshot;
use tempfile::TempDir;

/// A folder to run in, with nothing of the person's own around it.
struct World {
    folder: TempDir,
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_contango");

/// What is taken from the environment of the test, since it changes what is printed.
const PINNED: [&str; 5] = ["CONTANGO_DATA", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"];

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder can be written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.current_dir(self.folder.path()).args(arguments).env("XDG_STATE_HOME", self.path("state"));
        for name in PINNED {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.feed(arguments, "")
    }

    fn feed(&self, arguments: &[&str], stdin: &str) -> Ran {
        let output = self.command(arguments).write_stdin(stdin).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text").replace(&*self.folder.path().to_string_lossy(), "[FOLDER]");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// Everything that a caller sees, for a snapshot.
    fn all(&self) -> String {
        let code = self.code.map_or("killed".to_string(), |code| code.to_string());
        format!("exit code: {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, without_times(&self.stderr))
    }
}

/// `12.3 ms` becomes `[TIME]`.
fn without_times(text: &str) -> String {
    let line = |line: &str| match (line.starts_with("time: "), line.rsplit_once(": ")) {
        (true, Some((before, _))) => format!("{before}: [TIME]\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// One row per kind of value: text with everything that needs quoting, NULL, an instant, a fraction, no number.
const VALUES: &str = "SELECT * FROM (VALUES \
    (1, 'plain', TIMESTAMP '2023-01-27 20:30:00Z', 1.5, DATE '2023-01-24'), \
    (2, 'comma, \"quote\", tab\t, bar | and\nline', TIMESTAMP '2023-01-27 20:30:00.000001Z', CAST('NaN' AS DOUBLE), NULL), \
    (NULL, '', NULL, NULL, NULL)) AS t (n, text, at, x, day) ORDER BY n NULLS LAST";

#[test]
fn help_teaches() {
    let world = World::new();
    for (name, arguments) in [
        ("help_short", vec!["-h"]),
        ("help_long", vec!["--help"]),
        ("help_audit", vec!["audit", "-h"]),
        ("help_check", vec!["check", "-h"]),
        ("help_demo", vec!["demo", "-h"]),
        ("help_health", vec!["health", "-h"]),
        ("help_ingest", vec!["ingest", "-h"]),
        ("help_lake", vec!["lake", "-h"]),
        ("help_lake_rebuild", vec!["lake", "rebuild", "-h"]),
        ("help_run", vec!["run", "-h"]),
    ] {
        assert_snapshot!(name, world.run(&arguments).all());
    }
}

#[test]
fn wrong_command_line_is_told_once_with_exit_code_2() {
    let world = World::new();
    for (name, arguments) in [
        ("unknown_command", vec!["frobnicate"]),
        ("unknown_option", vec!["--colour"]),
        ("unknown_format", vec!["--format", "xlxs", "-c", "SELECT 1"]),
        ("unknown_source", vec!["ingest", "cfct"]),
        ("unknown_lake_table", vec!["lake", "compact", "--table", "cot_market"]),
        ("unknown_script", vec!["run", "positoning"]),
        ("command_and_statement", vec!["lake", "info", "-c", "SELECT 1"]),
        ("statement_and_command", vec!["-c", "SELECT 1", "lake", "info"]),
        ("years_backwards", vec!["ingest", "cftc", "--years", "2020..2017"]),
        ("files_and_years", vec!["ingest", "cftc", "--file", "a.zip", "--years", "2020"]),
        ("observed_at_without_file", vec!["ingest", "cftc", "--observed-at", "2025-01-13"]),
        ("parameter_without_value", vec!["run", "positioning", "--param", "root"]),
        ("clock_that_does_not_parse", vec!["--clock", "yesterday", "-c", "SELECT 1"]),
        ("clock_on_ingest", vec!["ingest", "cftc", "--file", "a.zip", "--clock", "2020-01-01"]),
        ("missing_config", vec!["--config", "nowhere.toml", "-c", "SELECT 1"]),
    ] {
        let ran = world.run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{name}");
        assert_snapshot!(name, ran.all());
    }
}

#[test]
fn every_text_format_prints_every_kind_of_value() {
    let world = World::new();
    for format in ["box", "table", "csv", "tsv", "json", "ndjson", "markdown", "line", "html", "insert"] {
        let ran = world.run(&["--format", format, "-c", VALUES]);
        assert_snapshot!(format!("format_{format}"), ran.all());
    }
}

#[test]
fn result_without_rows_has_its_header() {
    let world = World::new();
    let query = "SELECT 1 AS a WHERE false";
    let printed = |format: &str| world.run(&["--format", format, "-c", query]).stdout;
    assert_eq!(printed("csv"), "a\n");
    assert_eq!(printed("json"), "[]\n");
    assert_eq!(printed("ndjson"), "");
    assert_eq!(printed("box"), "┌───┐\n│ a │\n├───┤\n└───┘\n(0 rows)\n");
}

#[test]
fn csv_has_a_header_per_result() {
    let ran = World::new().run(&["--format", "csv", "-c", "SELECT 1 AS a; SELECT 2 AS b", "-c", "SELECT 'x' AS c"]);
    assert_eq!(ran.all(), "exit code: 0\n--- stdout\na\n1\nb\n2\nc\nx\n--- stderr\n");
}

#[test]
fn statements_of_one_run_share_a_session() {
    let ran = World::new().run(&["--format", "csv", "-c", "SET clock = '2019-03-01'", "-c", "SHOW clock"]);
    assert_snapshot!(ran.all());
}

#[test]
fn clock_that_was_understood_is_echoed_and_can_be_silenced() {
    let world = World::new();
    let query = ["--format", "csv", "--clock", "2019-02-01 16:00 America/New_York", "-c", "SELECT now() AS t"];
    let ran = world.run(&query);
    assert_eq!(ran.all(), "exit code: 0\n--- stdout\nt\n2019-02-01 21:00:00Z\n--- stderr\nnote: clock is 2019-02-01 21:00:00Z\n");
    assert_eq!(world.run(&[&query[..], &["-q"]].concat()).stderr, "");
}

#[test]
fn verbose_tells_the_time_of_each_statement() {
    let ran = World::new().run(&["-v", "--format", "csv", "-c", "SELECT 1 AS a;\nSELECT 2 AS b"]);
    assert_eq!(ran.all(), "exit code: 0\n--- stdout\na\n1\nb\n2\n--- stderr\ntime: line 1: [TIME]\ntime: line 2: [TIME]\n");
}

#[test]
fn script_stops_at_its_first_error_with_file_line_and_caret() {
    let world = World::new();
    world.write(
        "bad.sql",
        "-- what is one?\nSELECT 1 AS one;\nSELECT 2 AS two,\n       nothing\nFROM (VALUES (1)) AS t (something);\nSELECT 3;\n",
    );
    world.write("unclosed.sql", "SELECT 1 AS one;\nSELECT 'two;\n");
    assert_snapshot!("script_error_in_a_statement", world.run(&["run", "bad.sql", "--format", "csv"]).all());
    assert_snapshot!("script_error_of_an_unclosed_quote", world.run(&["run", "unclosed.sql", "--format", "csv"]).all());
    assert_snapshot!("statement_error_with_a_caret", world.run(&["-c", "SELECT 1 +* 2"]).all());
}

#[test]
fn parameters_fill_a_script() {
    let world = World::new();
    world.write("greet.sql", "SELECT $who AS who, $n + 1 AS n;");
    let ran = world.run(&["run", "greet.sql", "--param", "who=O'Neil; --", "--param", "n=41", "--format", "ndjson"]);
    assert_eq!(ran.all(), "exit code: 0\n--- stdout\n{\"who\":\"O'Neil; --\",\"n\":42}\n--- stderr\n");
    let ran = world.run(&["run", "greet.sql", "--param", "who=x"]);
    assert_snapshot!(ran.all());
}

#[test]
fn saved_script_is_found_by_its_name() {
    let world = World::new();
    fs::create_dir_all(world.path("sql/saved")).expect("a folder");
    world.write("sql/saved/mine.sql", "SELECT 7 AS seven");
    assert_eq!(world.run(&["run", "mine", "--format", "csv"]).stdout, "seven\n7\n");
    assert_eq!(world.run(&["run", "mine.sql", "--format", "csv"]).stdout, "seven\n7\n");
}

#[test]
fn piped_text_runs_with_its_dot_commands() {
    let world = World::new();
    let text = ".mode csv\nSELECT 1\n  AS a;\n.clock 2019-02-04\nSHOW clock;\n.timer on\n.quit\nSELECT 'never';\n";
    assert_snapshot!("piped_commands", world.feed(&[], text).all());
    assert_snapshot!("piped_help", world.feed(&[], ".help tables\n").all());
    assert_snapshot!("piped_unknown_command", world.feed(&[], "SELECT 1 AS a;\n.tabels\nSELECT 2;\n").all());
    assert_snapshot!("piped_error", world.feed(&[], "\n.mode csv\nSELECT 1 AS a;\nSELEC 2;\n").all());
    assert_eq!(world.feed(&[], "").all(), "exit code: 0\n--- stdout\n--- stderr\n");
}

#[test]
fn tables_and_their_columns_are_described() {
    let world = World::new();
    fs::create_dir(world.path("data")).expect("made");
    assert_snapshot!("dot_tables", world.feed(&[], ".tables\n").all());
    assert_snapshot!("dot_schema", world.feed(&[], ".schema cot\n").all());
    assert_snapshot!("dot_schema_of_a_slip", world.feed(&[], ".schema cott\n").all());
}

#[test]
fn file_is_read_with_its_place_in_errors() {
    let world = World::new();
    world.write("commands.sql", ".mode csv\nSELECT 1 AS a;\n.nonsense\n");
    assert_snapshot!(world.feed(&[], ".read commands.sql\n").all());
}

#[test]
fn output_file_appears_whole() {
    let world = World::new();
    let ran = world.run(&["-o", "a.csv", "-c", "SELECT 1 AS a"]);
    assert_eq!(ran.all(), "exit code: 0\n--- stdout\n--- stderr\n");
    assert_eq!(fs::read_to_string(world.path("a.csv")).expect("the file is there"), "a\n1\n");
    let ran = world.run(&["-o", "a.csv", "-c", "SELECT 2 AS a; SELECT nothing"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(fs::read_to_string(world.path("a.csv")).expect("the file is there"), "a\n1\n", "the old file stands");
    assert_eq!(names(world.folder.path()), ["a.csv"], "nothing half-written stays");
}

#[test]
fn output_that_cannot_be_written_fails_before_the_query_runs() {
    let world = World::new();
    fs::create_dir(world.path("folder")).expect("a folder");
    assert_snapshot!("output_in_no_folder", world.run(&["-o", "nowhere/a.csv", "-c", "SELECT 1"]).all());
    assert_snapshot!("output_is_a_folder", world.run(&["-o", "folder", "-c", "SELECT 1"]).all());
    assert_snapshot!("output_without_rows", world.run(&["-o", "a.csv", "-c", "SET clock = '2019-03-01'"]).all());
    assert_eq!(names(world.folder.path()), ["folder"]);
}

#[test]
fn parquet_and_arrow_files_hold_one_result() {
    let world = World::new();
    assert_eq!(world.run(&["-o", "a.parquet", "-c", "SELECT 1 AS a, 'x' AS b"]).all(), "exit code: 0\n--- stdout\n--- stderr\n");
    assert_eq!(world.run(&["--format", "csv", "-c", "SELECT * FROM 'a.parquet'"]).stdout, "a,b\n1,x\n");
    assert_eq!(world.run(&["-o", "a.arrow", "-c", "SELECT 1 AS a"]).code, Some(0));
    assert!(fs::read(world.path("a.arrow")).expect("the file is there").starts_with(b"ARROW1"));
    let piped = world.command(&["--format", "parquet", "-c", "SELECT 1 AS a"]).output().expect("the program starts").stdout;
    assert!(piped.starts_with(b"PAR1") && piped.ends_with(b"PAR1"));
    let ran = world.run(&["-o", "two.parquet", "-c", "SELECT 1 AS a; SELECT 2 AS a"]);
    assert_snapshot!(ran.all());
    assert_eq!(names(world.folder.path()), ["a.arrow", "a.parquet"]);
}

#[test]
fn workbook_holds_one_result_and_devices_are_written_as_they_are() {
    let world = World::new();
    assert_eq!(
        world.run(&["-o", "a.xlsx", "-c", "SELECT 1 AS a, DATE '2023-01-24' AS day"]).all(),
        "exit code: 0\n--- stdout\n--- stderr\n"
    );
    assert!(fs::read(world.path("a.xlsx")).expect("the file is there").starts_with(b"PK"));
    let full = world.run(&["-o", "/dev/full", "-c", "SELECT 1"]);
    assert_eq!((full.code, full.stderr.as_str()), (Some(2), "error: cannot write `/dev/full`: no space left on device\n"));
    assert_eq!(world.run(&["-o", "/dev/null", "-c", "SELECT 1"]).code, Some(0));
    assert!(fs::metadata("/dev/null").is_ok_and(|null| !null.is_file()), "it is still a device");
    let long = world.run(&["-o", "long.xlsx", "-c", "SELECT unnest(range(0, 1048576)) AS n"]);
    assert_eq!(long.code, Some(2));
    assert!(long.stderr.contains("an Excel sheet has 1048576 rows, and the result more"), "{}", long.stderr);
    assert_eq!(names(world.folder.path()), ["a.xlsx"]);
}

#[test]
fn inserts_make_the_same_table_again() {
    let world = World::new();
    let rows = "SELECT CAST(1 AS BIGINT) AS n, 'it''s' AS text, CAST('2023-01-27 20:30:00Z' AS TIMESTAMP WITH TIME ZONE) AS at, \
                DATE '2023-01-24' AS day, CAST('NaN' AS DOUBLE) AS x, true AS flag, [1, 2] AS list";
    let inserts = world.run(&["--format", "insert", "-c", rows]).stdout;
    let again = format!("CREATE TABLE t AS {rows}; {inserts} SELECT count(*) AS n FROM (SELECT DISTINCT * FROM t)");
    let ran = world.run(&["-q", "--format", "csv", "-c", &again]);
    assert!(ran.code == Some(0) && ran.stdout.ends_with("n\n1\n"), "{inserts}{}{}", ran.stdout, ran.stderr);
}

#[test]
fn parquet_and_arrow_give_back_every_value() {
    let world = World::new();
    let columns = "CAST(n AS BIGINT) AS n, n / 8.0 AS x, 'row ' || n AS text, n % 2 = 0 AS even, NULLIF(n, 3) AS holes, \
                   DATE '2023-01-24' + n AS day, TIMESTAMP '2023-01-27 20:30:00.000001Z' AS at, [n, NULL] AS list";
    let query = format!("SELECT {columns} FROM (SELECT CAST(unnest(range(0, 3000)) AS INT) AS n) ORDER BY n");
    let direct = world.run(&["--format", "ndjson", "-c", &query]);
    assert_eq!((direct.code, direct.stdout.lines().count()), (Some(0), 3000), "{}", direct.stderr);
    for format in ["parquet", "arrow"] {
        let file = format!("a.{format}");
        assert_eq!(world.run(&["-o", &file, "-c", &query]).all(), "exit code: 0\n--- stdout\n--- stderr\n", "{format}");
        let back = world.run(&["--format", "ndjson", "-c", &format!("SELECT * FROM '{file}' ORDER BY n")]);
        assert_eq!((back.stdout == direct.stdout, back.stderr.as_str()), (true, ""), "{format}");
        let empty = format!("empty.{format}");
        assert_eq!(world.run(&["-o", &empty, "-c", "SELECT 1 AS a WHERE false"]).code, Some(0));
        assert_eq!(world.run(&["--format", "csv", "-c", &format!("SELECT * FROM '{empty}'")]).stdout, "a\n", "{format}");
    }
}

#[test]
fn faults_of_a_statement_are_told_in_its_words() {
    let world = World::new();
    let mut told = String::new();
    for sql in [
        "SELECT foo FROM cot",
        "SELECT lng FROM cot",
        "SELECT c.lng FROM cot c",
        "SELECT root FROM cot a JOIN cot b ON a.root = b.root",
        "SELECT * FROM roots",
        "SELECT * FROM foo.cot",
        "SELECT * FROM meta.root",
        "SELECT zscor(net) OVER () FROM cot",
        "SELECT frobnicate(1)",
        "SELECT * FROM cot WHERE as_of > '2023-13-45'",
        "SELECT 1 / 0",
        "SELECT CAST('a' AS INT)",
        "SELECT net FROM cot GROUP BY root",
        "SELECT sum(root) FROM cot",
        "SELECT 'a' + 1",
        "SELECT * FROM cot_as_of(rooot => 'ES')",
    ] {
        let ran = world.run(&["-c", sql]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{sql}");
        told.push_str(&format!("{sql}\n{}\n", ran.stderr));
    }
    assert_snapshot!(told);
    assert!(names(world.folder.path()).is_empty(), "asking writes nothing");
}

#[test]
fn first_failing_text_ends_the_run() {
    let ran = World::new().run(&["--format", "csv", "-c", "SELECT 1 AS a", "-c", "SELECT nope", "-c", "SELECT 3 AS a"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), "a\n1\n"));
}

#[test]
fn scope_given_with_a_file_is_kept_beside_it_and_survives_a_rebuild() {
    let world = World::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cftc/legacy_combined");
    let file = fs::read_dir(folder).expect("the fixture").map(|entry| entry.expect("readable").path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|e| e == "txt")).expect("a text file");
    let file = file.to_string_lossy().into_owned();
    let scopes = || world.run(&["--format", "csv", "-c", "SELECT DISTINCT report, scope FROM cot ORDER BY scope"]).stdout;
    let wrong = world.run(&["ingest", "cftc", "--file", &file, "--scope", "both"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""));
    assert!(wrong.stderr.contains("a file cannot be given as scope `both`"), "{}", wrong.stderr);
    let ran = world.run(&["ingest", "cftc", "--file", &file, "--scope", "combined", "-q"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(scopes(), "report,scope\nlegacy,combined\n");
    let sidecars = fs::read_dir(world.path("data/raw/cftc")).expect("the archive").map(|entry| entry.expect("readable").path());
    let sidecar = sidecars.into_iter().find(|path| path.to_string_lossy().ends_with(".meta.json")).expect("a sidecar");
    assert!(fs::read_to_string(sidecar).expect("readable").contains("\"hint\": \"combined\""));
    assert_eq!(world.run(&["lake", "rebuild", "-q"]).code, Some(0));
    assert_eq!(scopes(), "report,scope\nlegacy,combined\n");
    let again = world.run(&["ingest", "cftc", "--file", &file, "--scope", "futures_only"]);
    // read in another way it is another payload, of which no row is right
    assert_eq!((again.code, scopes().as_str()), (Some(2), "report,scope\nlegacy,combined\n"), "{}", again.stderr);
}

#[test]
fn reader_that_leaves_is_no_failure() {
    let world = World::new();
    for format in ["csv", "ndjson", "table"] {
        let mut child = std::process::Command::new(PROGRAM)
            .current_dir(world.folder.path())
            .args([
                "--format",
                format,
                "-c",
                "SELECT a.n, b.n FROM (SELECT unnest(range(0, 1000)) AS n) a, (SELECT unnest(range(0, 300)) AS n) b",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().expect("piped"));
        reader.read_line(&mut line).expect("a line");
        drop(reader);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}

#[test]
fn query_of_a_folder_without_a_lake_makes_none() {
    let world = World::new();
    fs::create_dir(world.path("data")).expect("made");
    assert_eq!(world.run(&["--format", "csv", "-c", "SELECT count(*) AS n FROM cot"]).stdout, "n\n0\n");
    assert_snapshot!("lake_info_of_nothing", world.run(&["lake", "info"]).all());
    assert_snapshot!("lake_verify_of_nothing", world.run(&["lake", "verify"]).all());
    assert!(names(&world.path("data")).is_empty(), "asking writes nothing");
}

#[test]
fn file_that_is_no_report_is_refused_and_changes_nothing() {
    let world = World::new();
    world.write("empty.txt", "");
    world.write("letter.txt", "Dear Sir or Madam,\n");
    for (name, file) in [("ingest_empty_file", "empty.txt"), ("ingest_no_report", "letter.txt"), ("ingest_missing_file", "nowhere.zip")] {
        let ran = world.run(&["ingest", "cftc", "--file", file]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{name}");
        assert_snapshot!(name, ran.all());
    }
}

#[test]
fn demo_is_taken_once_and_answers_its_tour() {
    let world = World::new();
    let first = world.run(&["demo", "-q"]);
    assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""));
    assert!(first.stdout.lines().next().is_some_and(|line| line.contains("made up")));
    let info = || world.run(&["lake", "info", "--format", "csv"]).stdout;
    let after_one = info();
    let second = world.run(&["demo", "-q"]);
    assert_eq!(second.code, Some(0));
    assert_eq!(info(), after_one, "the second time changes nothing");
    let tour = |ran: &Ran| ran.stdout.split_once("statement by statement").map(|(_, tour)| tour.to_string());
    assert_eq!(tour(&second), tour(&first));
    assert_snapshot!(tour(&first).expect("the tour begins"));
    assert_eq!(world.run(&["lake", "verify", "-q"]).code, Some(0));
    for example in ["positioning", "extremes", "before_rolls", "rolls"] {
        let ran = world.run(&["run", example, "--param", "root=ES", "-q"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{example}");
    }
    let outage = world.run(&["run", "outage", "--param", "root=ES", "--param", "at=2023-02-20 12:00:00Z", "-q"]);
    assert_snapshot!("example_outage", outage.all());
    let crowded = ["run", "crowded", "--param", "root=CL", "--param", "deviations=2.5", "-q"];
    assert_snapshot!("example_crowded", world.run(&crowded).all());
    // What was crowded is a matter of what was known: a clock takes later rows away and changes none.
    let csv = |clock: &[&str]| world.run(&[&crowded[..], &["--format", "csv"], clock].concat()).stdout;
    let (all, known) = (csv(&[]), csv(&["--clock", "2023-09-01"]));
    assert!(known.lines().count() > 1 && known.len() < all.len() && all.starts_with(&known), "{known}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
