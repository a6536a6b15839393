//! The rules of the house, held over the text of the source: who may import whom, who may open a lake file, read the system clock or
//! print, and what every file and table must say about itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use contango::engine::{FAMILIES, FUNCTIONS};
use contango::sources::SOURCES;
use contango::tables::TABLES;

use super::laws;

const MAX_LINES: usize = 700;

/// What every module may use.
const COMMON: [&str; 7] = ["tables", "time", "contract", "config", "error", "guard", "memory"];

/// Who may import whom, beside [`COMMON`]. The modules of later layers are added with them.
const IMPORTS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["shell", "ingest", "series", "script", "audit", "check", "engine", "sources", "lake", "metadata"]),
    ("shell", &["script", "audit", "check", "engine"]),
    ("series", &["engine", "ingest", "lake", "metadata"]),
    ("script", &["engine"]),
    ("audit", &["script", "engine"]),
    ("check", &["script", "engine"]),
    ("engine", &["lake", "metadata", "quant"]),
    ("quant", &[]),
    ("ingest", &["sources", "lake", "metadata"]),
    ("sources", &[]),
    ("lake", &[]),
    ("metadata", &[]),
    ("tables", &[]),
    ("config", &[]),
    ("contract", &[]),
    ("time", &[]),
    ("guard", &[]),
    ("memory", &[]),
    ("error", &[]),
];

struct Source {
    path: String,
    /// The top-level module that the file belongs to.
    module: String,
    text: String,
    /// The whole file is a module of tests.
    is_test: bool,
}

impl Source {
    /// The numbered lines of code, without comments and without the tests, which stand last in a file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{'));
        let end = if self.is_test { 0 } else { tests.unwrap_or(lines.len()) };
        let code = lines.into_iter().take(end).enumerate().map(|(at, line)| (at + 1, line));
        code.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
    /// The files that this one declares as modules of tests.
    fn test_modules(&self) -> Vec<PathBuf> {
        let path = Path::new(&self.path);
        let is_folder = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| path.ends_with(name));
        let folder = if is_folder { path.with_file_name("") } else { path.with_extension("") };
        let declared = self.text.split("#[cfg(test)]\nmod ").skip(1).filter_map(|after| after.split_once(';'));
        let names = declared.map(|(name, _)| name).filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        names.map(|name| folder.join(format!("{name}.rs"))).collect()
    }
    fn places_of<'a>(&'a self, words: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        let found = self.code().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(Path::new("src"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    let source = |path: PathBuf| {
        let inside = path.strip_prefix("src").expect("a path below src");
        let module = inside.iter().next().expect("a name").to_string_lossy().trim_end_matches(".rs").to_string();
        Source { text: fs::read_to_string(&path).expect("readable"), path: path.display().to_string(), module, is_test: false }
    };
    let mut sources: Vec<Source> = paths.into_iter().map(source).collect();
    let tests: BTreeSet<PathBuf> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        source.is_test = tests.contains(Path::new(&source.path));
    }
    sources
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

fn assert_none(violations: Vec<String>, rule: &str) {
    assert!(violations.is_empty(), "{rule}:\n{}", violations.join("\n"));
}

/// The top-level modules that a file names: `crate::x`, `contango::x` and each name of `crate::{x, y::z}`.
fn named_modules(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for after in text.split("crate::").skip(1).chain(text.split("contango::").skip(1)) {
        if let Some(list) = after.strip_prefix('{') {
            let mut depth = 0;
            for part in list.split_inclusive([',', '{', '}']) {
                if depth == 0 {
                    named.extend(leading_word(part.trim_start()));
                }
                depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
                if depth < 0 {
                    break;
                }
            }
        } else {
            named.extend(leading_word(after));
        }
    }
    named
}

fn leading_word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

#[test]
fn imports_run_one_way() {
    let modules: BTreeSet<&str> = IMPORTS.iter().map(|(module, _)| *module).collect();
    let mut violations = Vec::new();
    for source in sources().iter().filter(|source| source.module != "lib") {
        let Some((_, allowed)) = IMPORTS.iter().find(|(module, _)| *module == source.module) else {
            violations.push(format!("{}: the module `{}` is not in the table of imports", source.path, source.module));
            continue;
        };
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for name in named_modules(&code).iter().filter(|name| modules.contains(name.as_str())) {
            if *name != source.module && !COMMON.contains(&name.as_str()) && !allowed.contains(&name.as_str()) {
                violations.push(format!("{}: `{}` may not use `{name}`", source.path, source.module));
            }
        }
    }
    assert_none(violations, "imports run one way");
}

#[test]
fn the_foundations_rest_on_nothing_above_them() {
    let allowed: &[(&str, &[&str])] = &[
        ("error", &[]),
        ("guard", &["error"]),
        ("memory", &["error", "guard"]),
        ("time", &["error"]),
        ("contract", &["error", "time"]),
        ("tables", &["error"]),
        ("config", &["error", "time", "tables", "contract"]),
    ];
    let mut violations = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = allowed.iter().find(|(module, _)| *module == source.module) else { continue };
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for name in named_modules(&code).iter().filter(|name| IMPORTS.iter().any(|(module, _)| module == name)) {
            if *name != source.module && !allowed.contains(&name.as_str()) {
                violations.push(format!("{}: `{}` may not use `{name}`", source.path, source.module));
            }
        }
    }
    assert_none(violations, "the foundations rest on nothing above them");
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let text =
        "use crate::lake::Lake;\nuse crate::{error::{Error, Result}, time, engine::Session};\nlet x = crate::tables::get(\"cot\");\n";
    let named = named_modules(text);
    assert_eq!(named.iter().map(String::as_str).collect::<Vec<_>>(), ["engine", "error", "lake", "tables", "time"]);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//! ")).map(|source| source.path);
    assert_none(silent.collect(), "every file opens with a `//!` header");
}

#[test]
fn no_file_is_too_long() {
    let long = sources().into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", source.path))
    });
    assert_none(long.collect(), "no file is longer than 700 lines");
}

#[test]
fn one_scan_reads_the_lake() {
    let readers = [
        "ParquetRecordBatchReaderBuilder",
        "ParquetRecordBatchStreamBuilder",
        "SerializedFileReader",
        "ParquetSource",
        "DataSourceExec",
        "FileScanConfig",
        "ParquetFormat",
    ];
    // a payload in Parquet is bytes in memory, no file of the lake
    let others = ["src/engine/scan.rs", "src/sources/received/mod.rs"];
    let may = |source: &Source| others.contains(&source.path.as_str()) || source.module == "lake";
    let violations = sources().into_iter().filter(|source| !may(source)).flat_map(|source| source.places_of(&readers).collect::<Vec<_>>());
    assert_none(violations.collect(), "only the one scan and the lake itself open Parquet files");
}

#[test]
fn files_beside_the_lake_have_one_door() {
    let ways = ["ListingTable", "LocalFileSystem", "register_object_store", "register_store", "ObjectStoreRegistry"];
    let door = ["src/engine/outside/mod.rs", "src/engine/user_files.rs", "src/engine/data_folder.rs", "src/engine/core.rs"];
    let may = |source: &Source| door.contains(&source.path.as_str()) || source.module == "lake";
    let violations = sources().into_iter().filter(|source| !may(source)).flat_map(|source| source.places_of(&ways).collect::<Vec<_>>());
    assert_none(violations.collect(), "files beside the lake are opened in one place, which asks the judge of paths");
}

#[test]
fn whatever_a_result_is_written_to_was_judged() {
    let ways = ["fs::write(", " File::create", "fs::File", "OpenOptions", "tempfile_in", "NamedTempFile", ".persist("];
    // scripts, which ask the judge themselves, and the history of lines, which SQL does not reach
    let judged = ["src/shell/output/file.rs", "src/shell/saved.rs", "src/shell/editor/history.rs"];
    let is_asked = |source: &Source| ["shell", "engine", "script", "check", "audit"].contains(&source.module.as_str());
    let others = sources().into_iter().filter(|source| is_asked(source) && !judged.contains(&source.path.as_str()));
    let violations = others.flat_map(|source| source.places_of(&ways).collect::<Vec<_>>());
    assert_none(violations.collect(), "results are written by one function, which asks the judge of paths");
}

#[test]
fn one_module_reads_the_system_clock() {
    let clocks = ["SystemTime::now", "Utc::now", "Local::now"];
    let elsewhere = sources().into_iter().filter(|source| source.module != "time");
    let violations = elsewhere.flat_map(|source| source.places_of(&clocks).collect::<Vec<_>>());
    assert_none(violations.collect(), "only `time` reads the system clock");
}

#[test]
fn nothing_is_unwrapped_without_a_reason() {
    let violations = sources().into_iter().flat_map(|source| source.places_of(&[".unwrap()"]).collect::<Vec<_>>());
    assert_none(violations.collect(), "`unwrap` hides why it cannot fail: return an error, or say why with `expect`");
}

#[test]
fn only_the_edge_prints() {
    let printers = ["println!", "eprintln!", "print!(", "eprint!(", "dbg!("];
    let inside = sources().into_iter().filter(|source| !["cli", "shell", "main"].contains(&source.module.as_str()));
    let violations = inside.flat_map(|source| source.places_of(&printers).collect::<Vec<_>>());
    assert_none(violations.collect(), "only cli, shell and main print");
}

#[test]
fn every_table_and_column_is_documented() {
    let mut violations = Vec::new();
    for table in TABLES {
        if table.doc.len() < 20 {
            violations.push(format!("the table `{}` has no doc line", table.name));
        }
        let silent = table.columns().filter(|column| column.doc.is_empty());
        violations.extend(silent.map(|column| format!("the column `{}.{}` has no doc line", table.name, column.name)));
    }
    assert_none(violations, "every table and column has a doc line");
}

#[test]
fn every_source_is_documented_and_feeds_tables_of_the_lake() {
    let mut violations = Vec::new();
    for source in SOURCES {
        if source.doc().len() < 10 {
            violations.push(format!("the source `{}` has no doc line", source.name()));
        }
        let strangers = source.tables().iter().filter(|table| TABLES.iter().all(|known| known.name != table.name));
        violations
            .extend(strangers.map(|table| format!("the source `{}` feeds `{}`, which TABLES does not list", source.name(), table.name)));
    }
    assert_none(violations, "every source has a doc line and feeds tables of TABLES");
}

#[test]
fn the_laws_ask_about_every_table_family_and_table_function() {
    let (asked, filled) = (laws::asked_about(), laws::filled());
    let empty =
        TABLES.iter().filter(|table| !filled.contains(table.name)).map(|table| format!("no lake of the laws fills `{}`", table.name));
    let tables = TABLES.iter().map(|table| table.name);
    let functions = FUNCTIONS.iter().filter(|function| function.is_table()).map(|function| function.documentation().name);
    let names = tables.chain(FAMILIES.iter().map(|family| family.name)).chain(functions);
    let silent = names.filter(|name| !asked.contains(name)).map(|name| format!("no law asks about `{name}`"));
    assert_none(empty.chain(silent).collect(), "the laws ask about every table, view family and table function");
}

#[test]
fn every_sql_file_opens_with_a_line_about_itself() {
    let mut paths = Vec::new();
    collect(Path::new("sql"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    let silent = paths.iter().filter(|path| !fs::read_to_string(path).expect("readable").starts_with("-- "));
    assert_none(silent.map(|path| path.display().to_string()).collect(), "the first line of a SQL file says what it is for");
}

#[test]
fn every_fixture_has_papers() {
    let mut paths = Vec::new();
    if Path::new("fixtures").exists() {
        collect(Path::new("fixtures"), &mut paths);
    }
    let is_hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let is_covered = |path: &PathBuf| is_hidden(path) || path.ancestors().skip(1).any(|folder| folder.join("PROVENANCE.toml").exists());
    let stray = paths.iter().filter(|path| !is_covered(path));
    assert_none(stray.map(|path| path.display().to_string()).collect(), "fixtures say where they come from in a PROVENANCE.toml");
}

#[test]
fn days_are_moved_by_what_stays_on_the_calendar() {
    // `+` and `-` of a day and a span end the process at the calendar's edge
    let spans =
        ["Duration::", "TimeDelta::", "Days::", "Months::", "chrono::Duration", "chrono::TimeDelta", "chrono::Days", "chrono::Months"];
    let words: Vec<String> = spans.iter().flat_map(|span| ["+ ", "- ", "+= ", "-= "].map(|sign| format!("{sign}{span}"))).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_sample = |path: &str| path.ends_with("sample.rs") || path.contains("/sample");
    let of = |source: &Source| source.places_of(&words).collect::<Vec<_>>();
    let found = sources().into_iter().filter(|source| !is_sample(&source.path)).flat_map(|source| of(&source));
    assert_none(found.collect(), "a day is moved by `time::Shift` or a checked operation");
}

#[test]
fn parsers_run_behind_one_edge() {
    let called = [".parse(payload,", ".parse(&payload,", ".parse(&archived", "source.judge(", "source.next(", "Source.parse("];
    let is_inside = |path: &str| path.starts_with("src/sources/") && !path.ends_with("http.rs");
    let of = |source: &Source| source.places_of(&called).collect::<Vec<_>>();
    let found = sources().into_iter().filter(|source| !is_inside(&source.path)).flat_map(|source| of(&source));
    assert_none(found.collect(), "a parser is called through `sources::edge`");
}
