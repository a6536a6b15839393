//! Bad input to the program: exit code 2, a message that says what to do, and the data folder as it was, to the byte. A question without an
//! answer is none of these: exit code 0, a header, and a note.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// A folder with the demo's lake in `data/`.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().expect("a folder") };
        assert!(world.run(&["demo", "-q"]).status.success());
        world
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        let command = command.current_dir(self.folder.path()).args(arguments).env("XDG_STATE_HOME", self.folder.path().join("state"));
        command.env_remove("CONTANGO_DATA").write_stdin("").output().expect("the program starts")
    }

    /// Every folder and file under `data/`, with its content.
    fn on_disk(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        fn walk(folder: &Path, into: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
            for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                // what SQLite keeps beside a database that was read is no content
                if ["metadata.db-wal", "metadata.db-shm"].iter().any(|name| path.ends_with(name)) {
                    continue;
                }
                if path.is_dir() {
                    into.insert(path.clone(), None);
                    walk(&path, into);
                } else {
                    let content = fs::read(&path).expect("a file");
                    into.insert(path, Some(content));
                }
            }
        }
        let mut all = BTreeMap::new();
        walk(&self.folder.path().join("data"), &mut all);
        all
    }
}

fn zipped(member: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(member, SimpleFileOptions::default()).expect("a member");
    archive.write_all(content).expect("memory takes it");
    archive.finish().expect("an archive").into_inner()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What changed, by name: the contents would fill a screen.
fn ensure_same(case: &str, before: &BTreeMap<PathBuf, Option<Vec<u8>>>, after: &BTreeMap<PathBuf, Option<Vec<u8>>>) {
    let changed: Vec<_> = before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "{case}: changed on disk: {changed:?}");
}

#[test]
fn bad_file_is_refused_and_changes_nothing() {
    let world = World::new();
    let good = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cftc/tff_futures_only/FinFutYY.txt")).expect("the fixture");
    let text = String::from_utf8(good.clone()).expect("text");
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "the fixture has `{from}`");
        text.replacen(from, to, 1).into_bytes()
    };
    let whole = zipped("FinFutYY.txt", &good);
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("no_report.csv", b"date,open,high,low,close\n2024-01-02,1,2,0,1\n".to_vec(), "no commitments of traders report"),
        ("truncated.zip", whole[..whole.len() / 2].to_vec(), "cut off"),
        ("climbing.zip", zipped("../../etc/FinFutYY.txt", &good), "climbs out"),
        ("bomb.zip", zipped("FinFutYY.txt", &vec![b' '; 64 << 20]), "unpacks to more than"),
        ("empty.txt", Vec::new(), "empty"),
        ("renamed.txt", edited("Lev_Money_Positions_Long_All", "Lev_Money_Position_Long_All"), "Lev_Money_Positions_Long_All"),
        ("letters.txt", edited(",CME ,00,138 , 2", ",CME ,00,138 , 2x"), "2x"),
    ];
    let before = world.on_disk();
    for (name, content, said) in &cases {
        fs::write(world.folder.path().join(name), content).expect("the folder can be written");
        let output = world.run(&["ingest", "cftc", "--file", name]);
        let stderr = stderr(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{name}: {stderr}");
        for part in ["error: ", "hint: ", name, said] {
            assert!(stderr.contains(part), "{name}: no `{part}` in: {stderr}");
        }
        ensure_same(name, &before, &world.on_disk());
    }
    assert!(world.run(&["lake", "verify", "-q"]).status.success());
}

#[test]
fn bad_question_is_refused_and_changes_nothing() {
    let world = World::new();
    let before = world.on_disk();
    let cases: [(&[&str], &str); 5] = [
        (&["-c", "SELECT * FROM cot_as_of(root => 'ESS')"], "did you mean `ES`"),
        (&["-c", "SELECT * FROM cot_as_of(roots => 'ES')"], "did you mean `root`"),
        (&["-c", "SELECT * FROM cot_as_of('last week', root => 'ES')"], "`last week` is no instant"),
        (&["--clock", "yesterday", "-c", "SELECT 1"], "`yesterday` is no instant"),
        (&["-c", "SET clock = '2019-02-30'"], "`2019-02-30` is no instant"),
    ];
    for (arguments, said) in cases {
        let output = world.run(arguments);
        let stderr = stderr(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {stderr}");
        for part in ["error: ", "hint: ", said] {
            assert!(stderr.contains(part), "{arguments:?}: no `{part}` in: {stderr}");
        }
        ensure_same(&format!("{arguments:?}"), &before, &world.on_disk());
    }
}

#[test]
fn question_without_an_answer_gets_a_note() {
    let world = World::new();
    let before = world.on_disk();
    let cases: [(&[&str], &str); 3] = [
        (&["-c", "SELECT as_of FROM cot WHERE root = 'ESS'"], "ESS"),
        (&["--clock", "1980-01-01", "-c", "SELECT as_of FROM cot"], "holds nothing that was known by 1980-01-01"),
        (&["--clock", "1980-01-01", "-c", "SELECT as_of FROM cot_as_of(root => 'ES')"], "holds nothing that was known by 1980-01-01"),
    ];
    for (arguments, said) in cases {
        let output = world.run(&[&["--format", "csv"], arguments].concat());
        let stderr = stderr(&output);
        let answer = (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned());
        assert_eq!(answer, (Some(0), "as_of\n".to_string()), "{arguments:?}: {stderr}");
        assert!(stderr.lines().any(|line| line.starts_with("note: ") && line.contains(said)), "{arguments:?}: {stderr}");
        ensure_same(&format!("{arguments:?}"), &before, &world.on_disk());
    }
}
