//! `contango series` as a process: definitions, roll tables, builds; and the law that updates in any order leave what one full build does.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use contango::config::Config;
use contango::ingest::{self, Progress, Workplace};
use contango::lake::{Lake, verify::verify};
use contango::metadata::{Metadata, SavedSeries};
use contango::series::{self, Extent, Place};
use contango::sources::bars::Bars;
use contango::time::{IngestTime, KnowledgeTime};
use tempfile::TempDir;

use crate::laws::dice::Dice;
use crate::support::{day, rows, session};

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

struct World(TempDir);

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("a folder");
        Self(folder)
    }
    /// Exit code, stdout as CSV, stderr.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
        let output = command.current_dir(self.0.path()).env_remove("CONTANGO_DATA").args(["--format", "csv"]).args(arguments).output();
        let output = output.expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
    }
    fn good(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stderr}");
        stdout
    }
    /// The error of a command that fails.
    fn bad(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        stderr
    }
    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("written");
    }
    fn sql(&self, query: &str) -> String {
        self.good(&["-q", "-c", query])
    }
}

const HEADER: &str = "symbol,as_of,open,high,low,close,volume,open_interest,settlement\n";

/// A row of a file of bars. Prices stand in eighths.
fn bar(symbol: &str, as_of: chrono::NaiveDate, eighths: i64, open_interest: i64) -> String {
    let price = eighths as f64 / 8.0;
    format!("{symbol},{as_of},{price},{},{},{price},100,{open_interest},{price}\n", price + 1.0, price - 1.0)
}

/// Working days from 20 February 2024 on.
fn trade_dates(n: usize) -> Vec<chrono::NaiveDate> {
    use chrono::{Datelike, Weekday};
    let days = day("2024-02-20").iter_days();
    days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).take(n).collect()
}

/// Bars of ESH4 and ESM4 in which open interest goes over on the sixth day.
fn small() -> String {
    let mut text = HEADER.to_string();
    for (n, as_of) in trade_dates(12).into_iter().enumerate() {
        let n = n as i64;
        text += &bar("ESH4", as_of, 40_000 + 8 * n, 1000 - 100 * n);
        text += &bar("ESM4", as_of, 40_400 + 8 * n, 100 + 100 * n);
    }
    text
}

#[test]
fn definitions_are_checked_as_a_call_is() {
    let world = World::new();
    for (arguments, said) in [
        (vec!["ES", "--parent", "ES"], "`ES` means the root `ES`"),
        (vec!["ty", "--parent", "ES"], "`ty` means the root `ZN`"),
        (vec!["es-back", "--parent", "ES"], "`es-back` is no id of a series"),
        (vec!["mine", "--parent", "ESX"], "did you mean `ES`?"),
        (vec!["mine", "--parent", "ES", "--roll", "open_intrest"], "open_interest"),
        (vec!["mine", "--parent", "ES", "--months", "HMUA"], "`A` in months => 'HMUA' is no month"),
        (vec!["mine", "--parent", "ES", "--roll", "open_interest", "--gap", "before"], "a gap on the day before cannot be traded"),
        (vec!["mine", "--parent", "ES", "--roll", "schedule", "--roll-days", "5"], "`roll_days` means nothing"),
        (vec!["mine", "--parent", "ES", "--rank", "x"], "rank"),
        (vec!["mine", "--parent", "ES", "--adjust", "it's"], "adjust"),
        (vec!["mine", "--parent", "ES", "--lookback", "0"], "a look-back of 0 trade dates"),
    ] {
        let error = world.bad(&[vec!["series", "define"], arguments.clone()].concat());
        assert!(error.contains(said) && !error.contains("line 1"), "{arguments:?}: {error}");
    }
    assert_eq!(world.good(&["series", "list"]).lines().count(), 1, "nothing was kept");
    assert!(world.bad(&["series", "--clock", "2024-01-01", "list"]).contains("has no clock"));
}

#[test]
fn a_definition_is_shown_replaced_and_dropped() {
    let world = World::new();
    world.good(&["series", "define", "es_adj", "--parent", "es", "--roll", "open_interest", "--adjust", "ratio", "--name", "E-mini"]);
    let shown = world.good(&["series", "show", "es_adj"]);
    for line in ["root,ES", "roll,open_interest", "adjust,ratio", "name,E-mini", "lookback,30", "roll_table,0 rolls", "last_run,"] {
        assert!(shown.lines().any(|own| own == line), "{line} in {shown}");
    }
    world.good(&["series", "define", "es_adj", "--parent", "ES", "--roll", "volume", "--lookback", "7"]);
    let listed = world.good(&["series", "list"]);
    assert!(listed.contains("roll => volume") && listed.lines().count() == 2, "{listed}");
    assert!(world.good(&["series", "show", "es_adj"]).contains("lookback,7"));
    assert!(world.bad(&["series", "show", "es_ad"]).contains("did you mean `es_adj`?"));
    world.good(&["series", "drop", "es_adj"]);
    for action in ["show", "drop", "build", "update", "runs"] {
        assert!(world.bad(&["series", action, "es_adj"]).contains("there is no saved series `es_adj`"));
    }
}

#[test]
fn a_roll_table_is_taken_whole_or_not_at_all() {
    let world = World::new();
    world.write("bars.csv", &small());
    world.good(&["ingest", "bars", "--file", "bars.csv"]);
    world.write("rolls.csv", "as_of,from,to\n2024-02-27,ESH4,ESM4\n");
    world.write("bad.csv", "as_of,from,to\n2024-02-27,ESH4,ESM4\n2024-02-26,ESM4,ESU4\n");
    assert!(world.bad(&["series", "rolls", "load", "mine", "rolls.csv"]).contains("there is no saved series `mine`"));
    world.good(&["series", "define", "mine", "--parent", "ES", "--roll", "schedule"]);
    assert!(world.bad(&["-c", "SELECT * FROM continuous_series('mine')"]).contains("there is no roll table to follow"));
    assert!(world.bad(&["series", "build", "mine"]).contains("there is no roll table to follow"));
    world.good(&["series", "rolls", "load", "mine", "rolls.csv"]);
    let error = world.bad(&["series", "rolls", "load", "mine", "bad.csv"]);
    assert!(error.contains("bad.csv: line 3: column `as_of`: the roll table goes backwards"), "{error}");
    assert!(world.bad(&["series", "rolls", "load", "mine", "none.csv"]).contains("none.csv: cannot read the file"));
    assert!(world.good(&["series", "show", "mine"]).contains("roll_table,1 rolls"), "the first table stays");
    let built = world.good(&["series", "build", "mine"]);
    assert!(built.ends_with(",12,all,25,0,0\n"), "{built}");
    let rolls = world.sql("SELECT as_of, from_contract, to_contract, reason FROM continuous_bar_rolls");
    assert_eq!(rolls, "as_of,from_contract,to_contract,reason\n2024-02-27,ESH2024,ESM2024,schedule\n");
    world.good(&["series", "define", "other", "--parent", "ES", "--roll", "volume"]);
    assert!(world.bad(&["series", "rolls", "load", "other", "rolls.csv"]).contains("`other` is rolled by `volume`"));
}

#[test]
fn a_build_twice_adds_nothing_and_a_change_is_a_later_vintage() {
    let world = World::new();
    world.write("bars.csv", &small());
    world.good(&["ingest", "bars", "--file", "bars.csv"]);
    world.good(&["series", "define", "oi", "--parent", "ES", "--roll", "open_interest", "--adjust", "ratio", "--lookback", "4"]);
    // each day is known at its close, and with its open interest the next morning; the roll once
    assert!(world.good(&["series", "build", "oi"]).ends_with(",all,23,0,0\n"));
    assert!(world.good(&["series", "build", "oi"]).ends_with(",all,0,0,0\n"));
    let live = "SELECT as_of, symbol, contract_id, price, open, high, low, volume, open_interest, rolled, held_return \
                FROM continuous_series('oi', adjust => 'none') ORDER BY as_of";
    let stored = live.replace("continuous_series('oi', adjust => 'none')", "continuous_bars WHERE series_id = 'oi'");
    assert_eq!(world.sql(live), world.sql(&stored));
    assert_eq!(world.sql("SELECT count(*) AS n FROM continuous_bars_vintages"), "n\n22\n");
    // the newest day: within the look-back
    world.write("late.csv", &format!("{HEADER}{}", bar("ESM4", trade_dates(12)[11], 41_000, 1300)));
    world.good(&["ingest", "bars", "--file", "late.csv"]);
    let updated = world.good(&["series", "update", "--all"]);
    // the bar, and a moment later the figures that were published anew under their stamps
    assert!(updated.contains(",from 2024-03-01 on,0,2,0"), "{updated}");
    // the third day: before it
    world.write("old.csv", &format!("{HEADER}{}", bar("ESH4", trade_dates(12)[2], 39_000, 800)));
    world.good(&["ingest", "bars", "--file", "old.csv"]);
    let updated = world.good(&["series", "update", "oi"]);
    assert!(updated.contains("all: days before 2024-03-01 changed since") && updated.contains(",0,3,0\n"), "{updated}");
    assert_eq!(world.sql(live), world.sql(&stored));
    // another rule: days begin, end and change, and the roll moves
    world.good(&["series", "define", "oi", "--parent", "ES", "--roll", "days_before_expiry", "--roll-days", "10", "--lookback", "4"]);
    let updated = world.good(&["series", "update", "oi"]);
    assert!(updated.contains("all: the definition changed since"), "{updated}");
    assert_eq!(world.sql(live), world.sql(&stored));
    let rolls = "SELECT as_of, from_contract FROM continuous_bar_rolls ORDER BY as_of";
    assert_eq!(world.sql(rolls).lines().filter(|line| line.ends_with("ESH2024")).count(), 1);
    assert_eq!(world.sql(rolls).lines().filter(|line| line.ends_with(',')).count(), 1, "the roll that was is an ended day");
    let runs = world.good(&["series", "runs", "oi"]);
    assert_eq!(runs.lines().count(), 6, "{runs}");
}

/// The last trade day of ESH4 is learnt to be another after the build's days: what decided a row is part of when it was known.
#[test]
fn a_build_made_later_knows_no_more_at_an_earlier_instant() {
    let world = World::new();
    world.write("bars.csv", &small());
    let header = HEADER.replace('\n', ",expiration\n");
    let dated: String = trade_dates(12).into_iter().map(|day| bar("ESH4", day, 40_000, 1000).replace('\n', ",2024-03-01\n")).collect();
    world.write("dated.csv", &format!("{header}{dated}"));
    world.good(&["ingest", "bars", "--file", "bars.csv", "--observed-at", "20240701T000000Z"]);
    world.good(&["series", "define", "mine", "--parent", "ES", "--roll", "days_before_expiry", "--roll-days", "5"]);
    let at = |clock: &str, query: &str| world.good(&["-q", "--clock", clock, "-c", query]);
    let of = |relation: &str| format!("SELECT as_of, contract_id, days_left, open_interest FROM {relation} ORDER BY as_of");
    // bars of a later file: the expiration is a fact of its first bar, and the changed prices of when they were seen
    world.good(&["ingest", "bars", "--file", "dated.csv", "--observed-at", "20240801T000000Z"]);
    world.good(&["series", "build", "mine"]);
    for clock in ["2024-02-21 12:00Z", "2024-02-23 23:00Z", "2024-03-06 23:00Z"] {
        assert_eq!(at(clock, &of("continuous_bars")), at(clock, &of("continuous_series('mine')")), "{clock}");
    }
    // open interest is known the next morning, in a build as in a query
    let query = "SELECT open_interest FROM continuous_bars WHERE as_of = '2024-02-22'";
    assert_eq!(at("2024-02-22 23:00Z", query), "open_interest\n\"\"\n");
    assert_eq!(at("2024-02-23 13:00Z", query), "open_interest\n800\n");
    let late = "SELECT count(*) AS n FROM continuous_series('mine') s JOIN futures_statistics f ON f.as_of = s.as_of AND f.symbol = s.symbol \
                WHERE f.stat = 'open_interest' AND s.available_at < f.available_at";
    assert_eq!(world.sql(late), "n\n0\n");
}

#[test]
fn the_lake_keeps_builds_as_it_keeps_everything() {
    let world = World::new();
    world.write("bars.csv", &small());
    world.good(&["ingest", "bars", "--file", "bars.csv"]);
    world.good(&["series", "define", "oi", "--parent", "ES", "--roll", "open_interest"]);
    world.good(&["series", "build", "oi"]);
    let query = "SELECT * FROM continuous_bars_vintages ORDER BY as_of, available_at";
    let before = world.sql(query);
    assert_eq!(world.good(&["lake", "verify"]), "violation\n");
    assert!(world.good(&["lake", "info"]).lines().any(|line| line.starts_with("continuous_bars,22,1,")));
    world.good(&["lake", "compact"]);
    let rebuilt = world.good(&["lake", "rebuild"]);
    assert!(rebuilt.contains("futures_ohlcv,") && !rebuilt.contains("continuous_bars"), "{rebuilt}");
    assert!(world.bad(&["lake", "rebuild", "--table", "continuous_bars"]).contains("contango series build ID"));
    assert_eq!(world.sql(query), before);
    assert!(world.good(&["series", "update", "oi"]).ends_with(",0,0,0\n"));
    // the tables are lost: an update finds out, and makes them again
    for table in ["continuous_bars", "continuous_bar_rolls"] {
        fs::remove_dir_all(world.0.path().join("data/lake").join(table)).expect("removed");
    }
    let updated = world.good(&["series", "update", "oi"]);
    assert!(updated.contains("all: the stored tables were made anew,23,0,0"), "{updated}");
    assert!(world.good(&["series", "drop", "oi"]).is_empty());
    assert_eq!(world.sql("SELECT count(*) AS n FROM continuous_bars"), "n\n11\n", "what was built stays");
}

/// Each stored table, the column that is NULL on a day that has ended, its values, and where a query has them from.
const STORED: [(&str, &str, &str, &str); 2] = [
    (
        "continuous_bars",
        "contract_id",
        "root, dataset, symbol, contract_id, open, high, low, price, price_source, volume, open_interest, rolled, held_return, days_left",
        "as_of FROM continuous_series",
    ),
    (
        "continuous_bar_rolls",
        "from_contract",
        "root, from_symbol, from_contract, to_symbol, to_contract, gap_on, price_from, price_to, price_source, gap, ratio, reason, decided_at",
        "rolled_on AS as_of FROM continuous_rolls",
    ),
];

/// The stored rows that have not ended, without provenance.
async fn stored(data: &Path, id: &str, clock: Option<KnowledgeTime>) -> Vec<Vec<String>> {
    let mut session = session(data, clock, None);
    let mut all = Vec::new();
    for (table, held, columns, _) in STORED {
        let query = format!("SELECT {columns}, as_of FROM {table} WHERE series_id = '{id}' AND {held} IS NOT NULL ORDER BY as_of");
        all.extend(rows(&mut session, &query).await.expect("rows"));
    }
    all
}

/// What a query under the clock says.
async fn known(data: &Path, id: &str, clock: Option<KnowledgeTime>) -> Vec<Vec<String>> {
    let mut session = session(data, clock, None);
    let mut all = Vec::new();
    for (.., columns, from) in STORED {
        let query = format!("SELECT {columns}, {from}('{id}', adjust => 'none') ORDER BY as_of");
        all.extend(rows(&mut session, &query).await.expect("rows"));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_in_any_order_leave_what_one_full_build_does() {
    let config = Arc::new(Config::load(None).expect("the built-in configuration"));
    let (mut windows, mut fulls, mut n_rows) = (0, 0, 0);
    for seed in 0..4 {
        let mut dice = Dice::new(seed, 77);
        let updated = tempfile::tempdir().expect("a folder");
        let at_once = tempfile::tempdir().expect("a folder");
        let series = SavedSeries {
            id: "mine".into(),
            name: None,
            root: "ES".into(),
            arguments: [("roll", *dice.of(&["open_interest", "volume", "days_before_expiry"])), ("rank", *dice.of(&["0", "0", "1"]))]
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .to_vec(),
            notes: None,
            lookback: Some(5),
        };
        for data in [updated.path(), at_once.path()] {
            series::define(&Place { data, config: &config }, series.clone()).await.expect("defined");
        }
        let days = trade_dates(24);
        for step in 0..7i64 {
            let mut text = HEADER.to_string();
            // mostly what is newest, sometimes anything
            let (from, to) = match dice.one_in(3) {
                true => (dice.below(20), 4),
                false => (3 * step as usize, 4),
            };
            for as_of in &days[from..(from + to).min(days.len())] {
                for symbol in ["ESH4", "ESM4", "ESU4", "ESZ4"] {
                    if !dice.one_in(5) {
                        write!(text, "{}", bar(symbol, *as_of, 40_000 + dice.below(800) as i64, 100 + dice.below(900) as i64))
                            .expect("written");
                    }
                }
            }
            if text.len() == HEADER.len() {
                continue;
            }
            let file = updated.path().join(format!("{step}.csv"));
            fs::write(&file, text).expect("written");
            let seen = IngestTime::parse(&format!("2024-05-0{} 12:00:00Z", step + 1)).expect("an instant");
            for data in [updated.path(), at_once.path()] {
                let place = Workplace { data, config: &config, progress: &Silent };
                ingest::files(&place, &Bars, std::slice::from_ref(&file), Some(seen), None).await.expect("taken");
            }
            if !dice.one_in(4) {
                let built = series::update(&Place { data: updated.path(), config: &config }, "mine").await.expect("updated");
                match built.extent {
                    Extent::Window(_) => windows += 1,
                    Extent::Full => fulls += 1,
                }
            }
        }
        series::update(&Place { data: updated.path(), config: &config }, "mine").await.expect("updated");
        series::build(&Place { data: at_once.path(), config: &config }, "mine").await.expect("built");
        // a build that is read at an earlier instant says what a query said then
        for _ in 0..12 {
            let at = format!("2024-0{}-{:02} {:02}:30:00Z", 2 + dice.below(4), 1 + dice.below(28), dice.below(24));
            let clock = Some(KnowledgeTime::parse(&at).expect("an instant"));
            assert_eq!(stored(at_once.path(), "mine", clock).await, known(at_once.path(), "mine", clock).await, "seed {seed} at {at}");
        }
        let (one, other) = (stored(updated.path(), "mine", None).await, stored(at_once.path(), "mine", None).await);
        n_rows += one.len();
        assert_eq!(one, other, "seed {seed}");
        let again = series::update(&Place { data: updated.path(), config: &config }, "mine").await.expect("updated");
        assert_eq!((again.new, again.revised, again.ended), (0, 0, 0), "seed {seed}");
        let found = verify(&Lake::new(updated.path()).expect("a lake")).await.expect("a verification");
        assert_eq!(found.violations, Vec::<String>::new());
        assert!(Metadata::open(updated.path()).expect("opens").runs("mine").expect("read").iter().all(|run| run.source_info.is_some()));
    }
    assert!(n_rows > 40, "there was something to compare: {n_rows} rows");
    assert!(windows > 2 && fulls > 2, "both kinds of update were drawn: {windows} and {fulls}");
}
