//! The CFTC source.

use contango::config::Config;
use contango::sources::{Parsed, Payload, find};
use contango::time::IngestTime;

fn parse_file(path: &std::path::Path) -> contango::error::Result<Parsed> {
    let payload = Payload {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: std::fs::read(path).unwrap().into(),
        observed_at: IngestTime::now(),
        origin: path.display().to_string(),
        hint: None,
    };
    find("cftc").unwrap().parse(&payload, &Config::load(None).unwrap())
}

#[test]
fn every_real_file_is_read() {
    let Some(root) = std::env::var_os("CONTANGO_REAL_DATA") else {
        eprintln!("skipped: CONTANGO_REAL_DATA is not set");
        return;
    };
    let mut files = Vec::new();
    for folder in ["disagg", "legacy_vintages", "tff", "other"] {
        for entry in std::fs::read_dir(std::path::Path::new(&root).join("cot").join(folder)).unwrap() {
            files.push(entry.unwrap().path());
        }
    }
    files.sort();
    for file in files {
        let started = std::time::Instant::now();
        match parse_file(&file) {
            Ok(p) => {
                println!(
                    "{:60} {} rows {} rej {} rep {} {:?} in {:?}",
                    file.file_name().unwrap().to_string_lossy(),
                    p.kind,
                    p.rows_read,
                    p.rejections.len(),
                    p.repeats_within,
                    p.batches.iter().map(|(t, b)| (t.name, b.num_rows())).collect::<Vec<_>>(),
                    started.elapsed()
                );
                for r in p.rejections.iter().take(3) {
                    println!("   REJ {} {:?} {}", r.line, r.column, r.reason);
                }
                for w in &p.warnings {
                    println!("   WARN {w}");
                }
            }
            Err(e) => println!("{:?} ERR {e}", file),
        }
    }
}
