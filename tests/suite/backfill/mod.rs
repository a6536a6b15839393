//! `backfill` as a process against servers of every provider on this machine: in trouble, killed at random, gone on with, and in the end the
//! lake of an undisturbed run. The providers' figures are made up; their addresses, shapes and failures are the true ones.

mod round;
mod trouble;
mod world;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use chrono::Days;
use contango::sources::{Reach, SOURCES};
use contango::tables::TABLES;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use self::trouble::Servers;
use self::world::World;
use crate::support::{rows, session};

/// So many runs may end with something that could not be had.
const MOST_RUNS: usize = 12;

/// The servers, and a folder with the configuration that names them.
struct Place {
    server: MockServer,
    folder: tempfile::TempDir,
    since: String,
}

impl Place {
    async fn new(seed: Option<u64>, delay: Duration) -> Self {
        let server = MockServer::start().await;
        let world = World::new();
        let since = (world.today - Days::new(150)).to_string();
        let servers = Servers { world, seed, asked: Mutex::new(HashMap::new()), delay };
        Mock::given(any()).respond_with(servers).mount(&server).await;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("servers.toml"), World::overlay(&server.uri())).expect("written");
        Self { server, folder, since }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        command.current_dir(self.folder.path()).env("FRED_API_KEY", "0123456789abcdefghijklmnopqrstuv").env("NO_COLOR", "1");
        command.args(["--data", "data", "--config", "servers.toml"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().expect("a process")).await.expect("no panic")
    }

    async fn backfill(&self) -> Output {
        self.run(&["backfill", "--since", &self.since, "--format", "csv"]).await
    }

    /// The paths that were asked for, in order.
    async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.expect("recorded");
        requests.iter().map(|request| request.url.path().to_string()).collect()
    }

    /// Until nothing is missing.
    async fn complete(&self) {
        for _ in 0..MOST_RUNS {
            let output = self.backfill().await;
            if output.status.code() == Some(0) {
                return;
            }
            assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        }
        panic!("{MOST_RUNS} runs did not complete it: {}", text(&self.backfill().await.stderr));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every stored vintage of every table, but for when and in which payload it was seen.
async fn lake(data: &Path) -> BTreeMap<&'static str, Vec<String>> {
    let mut session = session(data, None, None);
    let mut all = BTreeMap::new();
    for table in TABLES {
        let seen = ["ingested_at", "payload"];
        // What was seen before the rule says that it is out is known since then.
        let column = |name: &str| match name {
            "available_at" => "CASE WHEN availability <> 'observed' THEN available_at END".to_string(),
            name => format!("\"{name}\""),
        };
        let columns: Vec<String> = table.stored().filter(|c| !seen.contains(&c.name)).map(|c| column(c.name)).collect();
        let query = format!("SELECT {} FROM {}_vintages", columns.join(", "), table.name);
        let found = rows(&mut session, &query).await.expect("rows");
        let mut found: Vec<String> = found.iter().map(|row| row.join("|")).collect();
        found.sort_unstable();
        all.insert(table.name, found);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_is_killed_in_trouble_ends_with_the_lake_of_an_undisturbed_one() {
    let calm = Place::new(None, Duration::ZERO).await;
    let output = calm.backfill().await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let expected = lake(&calm.data()).await;
    for source in SOURCES.iter().filter(|source| matches!(source.reach(), Reach::Windows | Reach::Series)) {
        assert!(
            source.tables().iter().any(|table| !expected[table.name].is_empty()),
            "{} brought nothing: {}",
            source.name(),
            text(&output.stdout)
        );
    }

    let troubled = Place::new(Some(7), Duration::from_millis(2)).await;
    for round in 0..8_u64 {
        let since = troubled.since.clone();
        let mut child = troubled.command(&["backfill", "--since", &since, "--quiet"]).stderr(Stdio::null()).spawn().expect("a process");
        tokio::time::sleep(Duration::from_millis(300 + round * 350)).await;
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("an end");
    }
    troubled.complete().await;
    let found = lake(&troubled.data()).await;
    for (table, rows) in &expected {
        let other = found[table].iter().zip(rows).find(|(found, expected)| found != expected);
        assert_eq!((found[table].len(), other), (rows.len(), None), "{table}");
    }
    assert!(troubled.run(&["lake", "verify"]).await.status.success());
}
