//! Runs every `.slt` file twice with one expected result.
//!
//! A file with a line `# clock: INSTANT` runs with the clock over the full lake, then without a clock over a lake physically cut at that
//! instant, its `now()` pinned there. A file without one runs over the lake as many small files, then over the same lake compacted.
//! `UPDATE=1 cargo test --test slt` rewrites the expectations from the first run.

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use contango::engine::Session;
use contango::lake::Lake;
use contango::time::KnowledgeTime;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner, default_column_validator, default_normalizer, default_validator};

struct Shell(Session);

#[async_trait::async_trait]
impl AsyncDB for Shell {
    type Error = contango::error::Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Self::Error> {
        let rows = support::rows(&mut self.0, sql).await?;
        let n_columns = rows.first().map_or(1, Vec::len);
        let is_query = ["select", "with", "show", "explain", "execute", "describe", "from", "values"]
            .iter()
            .any(|word| sql.trim().to_lowercase().starts_with(word));
        if !is_query {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; n_columns], rows })
    }
    async fn shutdown(&mut self) {}
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_gives_one_result_on_two_lakes() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (rows, futures) = (support::standard(), support::futures::standard());
    let (full, compacted) = (scratch.path().join("full"), scratch.path().join("compacted"));
    for data in [&full, &compacted] {
        support::write(data, &rows, 5).await;
        support::futures::write_into(&Lake::new(data).expect("the lake"), &futures, 5).await;
    }
    let lake = Lake::new(&compacted).expect("the lake");
    for table in contango::tables::TABLES {
        contango::lake::compact::compact(&lake, table, 1).await.expect("compaction");
    }

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let filter = std::env::var("SLT").unwrap_or_default();
    let mut failures = Vec::new();
    let mut n_runs = 0;
    for file in files(&root).into_iter().filter(|file| file.to_string_lossy().contains(&filter)) {
        let text = std::fs::read_to_string(&file).expect("the file");
        let stands = match clock_of(&text) {
            Some(at) => {
                let data = scratch.path().join(format!("cut-{}", at.micros()));
                if !data.exists() {
                    std::fs::create_dir_all(&data).expect("a folder");
                    support::write(&data, &support::cut(&rows, at), 3).await;
                    let lake = Lake::new(&data).expect("the lake");
                    support::futures::write_into(&lake, &support::futures::cut(&futures, at), 3).await;
                }
                [
                    Stand { name: "full lake under the clock", data: full.clone(), clock: Some(at), now: None },
                    Stand { name: "lake cut at the clock", data, clock: None, now: Some(at) },
                ]
            }
            None => [
                Stand { name: "lake of many files", data: full.clone(), clock: None, now: None },
                Stand { name: "compacted lake", data: compacted.clone(), clock: None, now: None },
            ],
        };
        if std::env::var_os("UPDATE").is_some() {
            let first = &stands[0];
            let mut runner = runner(first);
            runner
                .update_test_file(&file, "\t", default_validator, default_normalizer, default_column_validator)
                .await
                .expect("the file can be updated");
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

fn runner(stand: &Stand) -> Runner<Shell, impl sqllogictest::MakeConnection<Conn = Shell>> {
    let (data, clock, now) = (stand.data.clone(), stand.clock, stand.now);
    let mut runner = Runner::new(move || {
        let session = support::session(&data, clock, now);
        async move { Ok(Shell(session)) }
    });
    runner.with_column_validator(|_, _| true);
    runner
}
