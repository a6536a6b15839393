//! Nothing that SQL can say reaches a byte below the data folder, under any spelling of a path, and nothing that a person sends there is
//! written; what is for the person alone is read by no query. Each as a process, on the demo's lake.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A folder with a lake in `data/`, and room beside it.
struct Place {
    _folder: TempDir,
    here: PathBuf,
}

impl Place {
    fn with_demo() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().canonicalize().expect("there");
        let place = Self { _folder: folder, here };
        place.run(&["demo", "-q"], "");
        assert!(place.data().join("lake").is_dir());
        place
    }
    fn data(&self) -> PathBuf {
        self.here.join("data")
    }
    fn run(&self, arguments: &[&str], stdin: &str) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        command.current_dir(&self.here).arg("--data").arg(self.data()).args(arguments).env_remove("CONTANGO_DATA");
        let output = command.env("XDG_STATE_HOME", self.here.join("state")).write_stdin(stdin).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
    /// Everything below the data folder, by name and content.
    fn holds(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    collect(&path, found);
                } else {
                    let content = Sha256::digest(fs::read(&path).expect("readable")).to_vec();
                    found.push((path, content));
                }
            }
        }
        let mut found = Vec::new();
        collect(&self.data(), &mut found);
        found.sort();
        found
    }
    /// A data file of a table.
    fn file_of(&self, table: &str) -> PathBuf {
        let is_data =
            |path: &Path| path.extension().is_some_and(|e| e == "parquet") && path.to_string_lossy().contains(&format!("/{table}/"));
        self.holds().into_iter().map(|(path, _)| path).find(|path| is_data(path)).expect("a file of the table")
    }
}

/// Ways to name what lies at a path below `here/data`.
fn spellings(here: &Path, inside: &str) -> Vec<String> {
    let here = here.display();
    let encoded: String = inside.replace('l', "%6c").replace('m', "%6D");
    vec![
        format!("{here}/data/{inside}"),
        format!("data/{inside}"),
        format!("./other/../data/./{inside}"),
        format!("{here}/nothere/../data/{inside}"),
        format!("file://{here}/data/{inside}"),
        format!("FILE://{here}/data/{inside}"),
        format!("file://localhost{here}/data/{inside}"),
        format!("file://{here}/dat%61/{encoded}"),
        format!("file://{here}/nothere/../data/{inside}"),
        format!("{here}/link/{inside}"),
        format!("lake://data/{inside}"),
        format!("LAKE://data/{inside}"),
    ]
}

#[test]
fn sql_writes_nothing_below_the_data_folder() {
    let place = Place::with_demo();
    symlink(place.data(), place.here.join("link")).expect("linked");
    let before = place.holds();
    let mut script = String::from(".bail off\n");
    let mut n = 0;
    for inside in ["lake/macro_series/_delta_log/00000000000000000099.json", "lake/new.parquet", "raw/e.csv", "metadata.db", "mine.csv"] {
        for path in spellings(&place.here, inside) {
            script.push_str(&format!("COPY (SELECT 1 AS a) TO '{path}' STORED AS CSV;\n"));
            n += 1;
        }
    }
    for path in spellings(&place.here, "lake/x.parquet") {
        script.push_str(&format!("EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{path}' STORED AS PARQUET;\n"));
        n += 1;
    }
    let (code, stdout, stderr) = place.run(&["-f", "-"], &script);
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert_eq!(stderr.matches("belongs to the lake, and its files are not read or written by path").count(), n, "{stderr}");
    assert_eq!(place.holds(), before);
}

#[test]
fn sql_reads_nothing_of_the_lake_by_path() {
    let place = Place::with_demo();
    symlink(place.data(), place.here.join("link")).expect("linked");
    let file = place.file_of("cot");
    let inside = file.strip_prefix(place.data()).expect("inside").to_string_lossy().to_string();
    // a folder of the user's own with links into the lake, and another name of a file of it
    for folder in ["linked", "deep", "hard"] {
        fs::create_dir(place.here.join(folder)).expect("a folder");
    }
    symlink(&file, place.here.join("linked/x.parquet")).expect("linked");
    symlink(file.parent().expect("a folder"), place.here.join("deep/below")).expect("linked");
    fs::hard_link(&file, place.here.join("hard/x.parquet")).expect("linked");
    let here = place.here.display().to_string();
    let mut paths = spellings(&place.here, &inside);
    paths.extend(
        ["linked/x.parquet", "linked/", "deep/", "hard/x.parquet", "hard/", "", "data/", "link/"].map(|name| format!("{here}/{name}")),
    );
    paths.extend(["*.parquet", "data/*/*/*/*.parquet", "linked/*.parquet", "hard/*.parquet"].map(|name| format!("{here}/{name}")));
    let mut script = String::from(".bail off\nSET clock = '2023-01-01';\nSET contango.unclocked = 'allow';\n");
    for (n, path) in paths.iter().enumerate() {
        script.push_str(&format!("SELECT max(available_at) AS leaked FROM '{path}';\n"));
        script.push_str(&format!(
            "CREATE EXTERNAL TABLE e{n} STORED AS PARQUET LOCATION '{path}';\nSELECT max(available_at) AS leaked FROM e{n};\n"
        ));
    }
    let (code, stdout, stderr) = place.run(&["-q", "--format", "csv", "-f", "-"], &script);
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.matches("belongs to the lake").count() >= 2 * paths.len() - 8, "{stderr}");
    // a file of one's own is read all the same
    let (code, stdout, stderr) = place.run(
        &[
            "--format",
            "csv",
            "-c",
            "COPY (SELECT 7 AS v) TO 'mine.csv' STORED AS CSV OPTIONS ('format.has_header' 'true')",
            "-c",
            "SELECT v FROM 'mine.csv'",
        ],
        "",
    );
    assert_eq!((code, stdout.lines().last()), (Some(0), Some("7")), "{stderr}");
}

#[test]
fn a_link_that_is_swapped_under_a_declared_table_leads_nowhere() {
    let place = Place::with_demo();
    let file = place.file_of("cot");
    let mine = place.here.join("mine.parquet");
    let sql = [
        "COPY (SELECT TIMESTAMP '2020-01-01 00:00:00Z' AS available_at) TO 'mine.parquet' STORED AS PARQUET;".to_string(),
        "CREATE EXTERNAL TABLE e STORED AS PARQUET LOCATION 'mine.parquet';".to_string(),
        format!(
            "CREATE VIEW v AS SELECT * FROM e;\n.once |rm {0}; ln -s {1} {0}; cat\nSELECT 'swapped' AS s;",
            mine.display(),
            file.display()
        ),
        "SELECT max(available_at) FROM v;".to_string(),
    ];
    let (code, stdout, stderr) = place.run(&["-q", "--format", "csv", "-f", "-"], &sql.join("\n"));
    assert_eq!(code, Some(2), "{stdout}{stderr}");
    assert!(stdout.contains("swapped") && stderr.contains("belongs to the lake"), "{stdout}{stderr}");
}

#[test]
fn no_way_out_of_the_shell_leads_into_the_data_folder() {
    let place = Place::with_demo();
    symlink(place.data(), place.here.join("link")).expect("linked");
    let before = place.holds();
    for target in ["data/lake/x.parquet", "data/metadata.db", "link/raw/x.csv", "nothere/../data/x.json", "data/x.xlsx"] {
        let (code, stdout, stderr) = place.run(&["-q", "--no-init", "--format", "csv", "-o", target, "-c", "SELECT 1 AS a"], "");
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{target}: {stderr}");
        assert!(stderr.contains("belongs to the lake"), "{target}: {stderr}");
    }
    symlink(place.data(), place.here.join("sql")).expect("linked");
    let commands = [
        ".once data/lake/x.csv",
        ".output data/x.csv",
        ".output link/x.csv",
        ".export data/lake/x.parquet",
        ".export link/x.xlsx",
        ".chart data/x.svg",
        ".chart link/x.png",
        ".save mine",
    ];
    let script = format!(".bail off\nSELECT 1 AS a, 2 AS b;\n{}\n", commands.join("\n"));
    let (code, _, stderr) = place.run(&["-q", "--no-init", "-f", "-"], &script);
    assert_eq!(code, Some(2), "{stderr}");
    assert_eq!(stderr.matches("belongs to the lake").count(), commands.len(), "{stderr}");
    fs::create_dir_all(place.data().join("saved")).expect("a folder");
    fs::remove_dir(place.data().join("saved")).expect("empty");
    assert_eq!(place.holds(), before);
}

#[test]
fn what_is_for_the_person_alone_is_read_by_no_query() {
    let place = Place::with_demo();
    for explained in
        ["EXPLAIN PIT SELECT * FROM macro_series", "EXPLAIN SELECT * FROM macro_series", "EXPLAIN ANALYZE SELECT * FROM macro_series"]
    {
        let script = format!("SELECT 5 AS x;\n{explained};\nCREATE TABLE peek AS SELECT * FROM _;\nSELECT * FROM peek;\n");
        let (code, stdout, stderr) = place.run(&["-q", "--no-init", "--format", "csv", "--clock", "2023-01-15", "-f", "-"], &script);
        assert_eq!(code, Some(2), "{explained}: {stdout}{stderr}");
        assert!(stderr.contains("no last result that a query can read"), "{explained}: {stderr}");
    }
    let script = "SELECT 5 AS told_later;\nSET clock = '2020-01-01';\nSELECT count(*) AS n FROM information_schema.columns WHERE column_name = 'told_later';\n";
    let (code, stdout, stderr) = place.run(&["-q", "--no-init", "--format", "csv", "-f", "-"], script);
    assert_eq!((code, stdout.as_str()), (Some(0), "told_later\n5\nn\n0\n"), "{stderr}");
}
