//! The data folder as it may stand: not writable, half cleaned up, written by many at once, with a metadata database that was damaged.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, UNIX_EPOCH};

use contango::config::Config;
use contango::ingest::{self, Workplace};
use contango::lake::Lake;
use contango::metadata::Metadata;
use contango::time::IngestTime;

use crate::faults::{Lines, Quiet, assert_sound, contents};

const FIXTURE: &str = "fixtures/cftc/tff_futures_only/FinFutYY.txt";
/// Who runs a command that must not be allowed to write; the superuser may always.
const NOBODY: u32 = 65_534;

fn contango(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("contango"));
    command.arg("--data").arg(data).args(arguments);
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        }
        found.push(path);
    }
}

#[test]
fn reading_needs_no_right_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(contango(&data, &["ingest", "cftc", "--observed-at", "2026-06-03", "--file", FIXTURE]));
    done(contango(&data, &["series", "define", "es_back", "--parent", "ES"]));
    let questions: [&[&str]; 6] = [
        &["-c", "SELECT count(*) FROM cot"],
        &["-c", "SELECT count(*) FROM meta.ingest_files"],
        &["-c", "SELECT count(*) FROM continuous_series('es_back')"],
        &["series", "list"],
        &["lake", "info"],
        &["lake", "verify"],
    ];
    let answers: Vec<Vec<u8>> = questions.iter().map(|question| done(contango(&data, question)).stdout).collect();
    let health = contango(&data, &["health"]).output().unwrap();
    for name in ["metadata.db-wal", "metadata.db-shm"] {
        let _ = std::fs::remove_file(data.join(name));
    }
    let mut paths = vec![data.clone()];
    walk(&data, &mut paths);
    let set = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(folder.path(), 0o755);
    for path in &paths {
        set(path, if path.is_dir() { 0o555 } else { 0o444 });
    }
    let probe = data.join("probe");
    let is_superuser = std::fs::write(&probe, "x").is_ok();
    if is_superuser {
        std::fs::remove_file(&probe).unwrap();
    }
    let reader = |arguments: &[&str]| {
        let mut command = contango(&data, arguments);
        command.env("HOME", "/nonexistent");
        if is_superuser {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output()
    };
    match reader(&["--version"]) {
        Ok(output) if output.status.success() => {
            for (question, answer) in questions.iter().zip(&answers) {
                let output = reader(question).unwrap();
                assert_eq!(output.stdout, *answer, "{question:?}: {}", stderr(&output));
            }
            assert_eq!(reader(&["health"]).unwrap().status.code(), health.status.code());
            let output = reader(&["ingest", "cftc", "--file", "fixtures/cftc/legacy_futures_only/annual.txt"]).unwrap();
            assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        }
        // Where the binary lies in a folder that nobody else may enter.
        _ => println!("skipped: no other user can run the binary here"),
    }
    for path in &paths {
        set(path, if path.is_dir() { 0o755 } else { 0o644 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_that_come_milliseconds_apart_are_all_taken() {
    const WRITERS: usize = 6;
    const EACH: usize = 6;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (data, files) = (data.clone(), folder.path().to_path_buf());
            tokio::spawn(async move {
                let config = Config::load(None).unwrap();
                let place = Workplace { data: &data, config: &config, progress: &Quiet };
                for n in 0..EACH {
                    let path = files.join(format!("{writer}-{n}.csv"));
                    std::fs::write(&path, format!("futures_only,ES,dealer,2,{}\n", writer * EACH + n)).unwrap();
                    ingest::files(&place, &Lines, &[path], None, None).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let lake = Lake::new(&data).unwrap();
    let rows = contents(&lake, "cot").await;
    assert_eq!(rows.len(), WRITERS * EACH, "every one of them revised the one before it: {rows:#?}");
    assert_sound(&lake).await;
    ingest::rebuild(&lake, &Config::load(None).unwrap(), &[&Lines], contango::tables::TABLES, &Quiet).await.unwrap();
    assert_eq!(contents(&lake, "cot").await, rows, "in the order in which they were taken");
}

#[test]
fn what_killed_writers_left_is_counted_and_deleted_when_it_is_a_day_old() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    done(contango(data, &["ingest", "cftc", "--observed-at", "2026-06-03", "--file", FIXTURE]));
    let left = |name: &str, hours_ago: u64| {
        let path = data.join(name);
        let file = std::fs::File::create(&path).unwrap();
        let now = Duration::from_micros(IngestTime::now().micros().cast_unsigned());
        file.set_modified(UNIX_EPOCH + now - Duration::from_secs(hours_ago * 3600)).unwrap();
        path
    };
    let old = [left("lake/cot/part-1.parquet#12345", 25), left("raw/cftc/a.txt#1", 30), left(".contango-abcdef", 48)];
    let young = [left("lake/cot/part-2.parquet#2", 1), left(".contango-ghijkl", 2)];
    let told = stderr(&done(contango(data, &["lake", "verify"])));
    for path in old.iter().chain(&young) {
        let name = path.strip_prefix(data).unwrap().display().to_string();
        assert!(told.contains(&format!("`{name}` belongs to no version")), "{name}: {told}");
    }
    let told = stderr(&done(contango(data, &["lake", "compact"])));
    assert!(told.contains("3 unfinished files of writers that died were removed"), "{told}");
    assert!(old.iter().all(|path| !path.exists()) && young.iter().all(|path| path.exists()));
}

/// `lake verify`, which must find something: its rows.
fn violations(data: &Path) -> String {
    let output = contango(data, &["lake", "verify", "--format", "csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_damaged_metadata_database_is_found_and_so_is_one_that_says_something_else_than_the_logs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    done(contango(data, &["ingest", "cftc", "--observed-at", "2026-06-03", "--file", FIXTURE]));
    let path = data.join("metadata.db");
    done(contango(data, &["lake", "verify"]));
    let change = |sql: &str| {
        let database = rusqlite::Connection::open(&path).unwrap();
        assert!(database.execute(sql, []).unwrap() > 0);
    };
    drop(Metadata::open(data).unwrap());
    let sound = std::fs::read(&path).unwrap();
    for (sql, said) in [
        ("UPDATE ingest_files SET sha256 = replace(sha256, '7', '0')", "is noted as complete in `cot"),
        ("UPDATE ingest_files SET observed_at = '2026-06-04 00:00:00Z'", "as seen at another moment"),
        ("UPDATE ingest_files SET path = 'raw/cftc/other.txt'", "not at `raw/cftc/other.txt`"),
        ("UPDATE ingest_files SET start_date = '2026-13-01'", "is no day"),
    ] {
        change(sql);
        let found = violations(data);
        assert!(found.contains(said), "{sql}: {found}");
        std::fs::write(&path, &sound).unwrap();
    }
    // A piece of the file overwritten, as a disk does it.
    let mut damaged = sound.clone();
    let at = damaged.windows(9).rposition(|bytes| bytes == b"raw/cftc/").unwrap() - 1024;
    damaged[at..at + 2048].fill(0x55);
    std::fs::write(&path, &damaged).unwrap();
    assert!(violations(data).contains("metadata.db"));
    std::fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    assert!(violations(data).contains("metadata.db"));
    std::fs::write(&path, &sound).unwrap();
    done(contango(data, &["lake", "verify"]));
}

#[test]
fn a_log_that_a_writer_with_another_tool_broke_is_made_anew_by_the_command_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    done(contango(data, &["ingest", "cftc", "--observed-at", "2026-06-03", "--file", FIXTURE]));
    let count = |data: &Path| contango(data, &["--format", "csv", "-c", "SELECT count(*) FROM cot"]).output().unwrap();
    let whole = count(data).stdout;
    std::fs::write(data.join("lake/cot/_delta_log/00000000000000000000.json"), "").unwrap();
    let output = count(data);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("version 0 of the log of `cot` cannot be believed: it is empty"), "{}", stderr(&output));
    assert!(stderr(&output).contains("contango lake rebuild --table cot"), "{}", stderr(&output));
    assert!(violations(data).contains("it is empty"));
    let told = stderr(&done(contango(data, &["lake", "rebuild", "--table", "cot"])));
    assert!(told.contains("the table's files lie in `aside/"), "{told}");
    assert_eq!(count(data).stdout, whole);
    done(contango(data, &["lake", "verify"]));
}
