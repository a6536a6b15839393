//! The CFTC: yearly archives and Socrata's last weeks, both with the rows of the fixtures.

use std::io::{Cursor, Write};

use super::{Asked, Reply, json};

pub fn answer(asked: &Asked) -> Reply {
    if asked.path.ends_with(".json") {
        // Weeks without a report are an empty list.
        return json(if asked.path.starts_with("gpe5-46if") { fixture("socrata_json") } else { "[]".to_string() });
    }
    let (case, member) = match asked.path.as_str() {
        path if path.starts_with("fut_fin") => ("tff_futures_only", "FinFutYY.txt"),
        path if path.starts_with("fut_disagg") => ("disaggregated_futures_only", "f_year.txt"),
        path if path.starts_with("deacot") => ("legacy_futures_only", "annual.txt"),
        _ => return Reply::new(404).of("text/plain", "<!DOCTYPE html><html>no such file</html>"),
    };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    archive.start_file(member, options).expect("a member");
    archive.write_all(fixture(case).as_bytes()).expect("written");
    Reply::new(200).of("application/zip", archive.finish().expect("a zip").into_inner())
}

fn fixture(case: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cftc").join(case);
    let files = std::fs::read_dir(&folder).expect("a fixture").map(|entry| entry.expect("readable").path());
    let file = files.filter(|path| path.extension().is_some_and(|kind| kind != "toml")).min().expect("a file");
    std::fs::read_to_string(file).expect("text")
}
