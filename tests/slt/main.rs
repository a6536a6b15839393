//! Runs every `.slt` file twice with one expected result.
//!
//! A file with a line `# clock: INSTANT` runs with the clock over the full lake, then without a clock over a lake physically cut at that
//! instant, its `now()` pinned there. A file without one runs over the lake as many small files, then over the same lake compacted.
//! The lake is the standard one, or that of the file's own `# row:` lines (`support/lines.rs`).
//! `UPDATE=1 cargo test --test slt` rewrites the expectations from the first run.

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use contango::time::KnowledgeTime;
use sqllogictest::{default_column_validator, default_normalizer, default_validator};

use support::lines::{self, Layout};
use support::{Rows, compacted, shell};

/// A lake and how a session stands in it.
struct Stand {
    name: &'static str,
    data: PathBuf,
    clock: Option<KnowledgeTime>,
    now: Option<KnowledgeTime>,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of SQL tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "slt") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn clock_of(text: &str) -> Option<KnowledgeTime> {
    text.lines().find_map(|line| line.strip_prefix("# clock: ")).map(support::instant)
}

/// Lakes that files run on, each written when the first one asks for it.
struct Lakes {
    scratch: tempfile::TempDir,
}

impl Lakes {
    /// A lake in a folder of this name.
    async fn of(&self, name: &str, rows: &Rows, layout: Layout) -> PathBuf {
        let data = self.scratch.path().join(name);
        if !data.exists() {
            std::fs::create_dir_all(&data).expect("a folder");
            let lake = rows.write(&data, layout.n_payloads).await;
            if layout.is_compacted {
                compacted(&lake).await;
            }
        }
        data
    }

    async fn stands(&self, name: &str, rows: &Rows, layout: Layout, clock: Option<KnowledgeTime>) -> [Stand; 2] {
        let full = self.of(&format!("{name}-full"), rows, layout).await;
        match clock {
            Some(at) => {
                let cut = Layout { n_payloads: 3, is_compacted: false };
                let data = self.of(&format!("{name}-cut-{}", at.micros()), &rows.cut(at), cut).await;
                [
                    Stand { name: "full lake under the clock", data: full, clock, now: None },
                    Stand { name: "lake cut at the clock", data, clock: None, now: clock },
                ]
            }
            None => {
                let other = Layout { is_compacted: !layout.is_compacted, ..layout };
                let data = self.of(&format!("{name}-other"), rows, other).await;
                [
                    Stand { name: "lake as it was laid out", data: full, clock: None, now: None },
                    Stand { name: if other.is_compacted { "compacted lake" } else { "lake of many files" }, data, clock: None, now: None },
                ]
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_gives_one_result_on_two_lakes() {
    let lakes = Lakes { scratch: tempfile::tempdir().expect("a scratch folder") };
    let standard = (Rows::standard(), Layout { n_payloads: 5, is_compacted: false });
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let filter = std::env::var("SLT").unwrap_or_default();
    let mut failures = Vec::new();
    let mut n_runs = 0;
    let chosen = files(&root).into_iter().filter(|file| file.to_string_lossy().contains(&filter));
    for (number, file) in chosen.enumerate() {
        let text = std::fs::read_to_string(&file).expect("the file");
        let clock = clock_of(&text);
        let stands = match lines::read(&text) {
            Some((rows, layout)) => lakes.stands(&format!("own-{number}"), &rows, layout, clock).await,
            None => lakes.stands("standard", &standard.0, standard.1, clock).await,
        };
        if std::env::var_os("UPDATE").is_some() {
            let (validator, columns) = (default_validator, default_column_validator);
            let mut runner = runner(&stands[0]);
            runner.update_test_file(&file, "\t", validator, default_normalizer, columns).await.expect("the file can be updated");
        }
        for stand in &stands {
            n_runs += 1;
            if let Err(error) = runner(stand).run_file_async(&file).await {
                failures.push(format!(
                    "{} ({}):\n{}",
                    file.strip_prefix(&root).unwrap_or(&file).display(),
                    stand.name,
                    error.display(false)
                ));
            }
        }
    }
    assert!(n_runs > 0, "no file matches `{filter}`");
    assert!(failures.is_empty(), "{} of {n_runs} runs failed\n\n{}", failures.len(), failures.join("\n\n"));
}

fn runner(stand: &Stand) -> sqllogictest::Runner<shell::Shell, impl sqllogictest::MakeConnection<Conn = shell::Shell>> {
    let (data, clock, now) = (stand.data.clone(), stand.clock, stand.now);
    shell::runner(move || support::session(&data, clock, now))
}
