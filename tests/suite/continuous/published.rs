//! Real series: the back-adjusted prices that pysystemtrade publishes, and LEAN's roll dates of ES. They lie in the folder that
//! `CONTANGO_REAL_DATA` names; without it every test here says 'skipped'.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use contango::config::Config;
use contango::contract::ContractMonth;
use contango::lake::Lake;
use contango::metadata::{Metadata, SavedSeries, ScheduledRoll};
use contango::quant::holding::Holding;
use contango::quant::known::NO_INSTANT;
use contango::quant::splice::{Adjust, Direction, GapDay, PriceKind, Quotes, Terms, adjusted, splice};
use contango::sources::Payload;
use contango::sources::bars::Bars;
use contango::time::{IngestTime, KnowledgeTime};

use crate::support::{rows, session};

fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("CONTANGO_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is not set");
    }
    folder
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("a gzip of text");
    text
}

/// A line of a multiple-prices file.
#[derive(Debug, Clone)]
struct Line {
    at: NaiveDateTime,
    price: Option<f64>,
    contract: String,
    forward: Option<f64>,
    forward_contract: String,
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|x: &f64| !x.is_nan())
}

fn instant(cell: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(cell, "%Y-%m-%d %H:%M:%S").unwrap_or_else(|_| panic!("`{cell}` is no instant"))
}

/// 20230900, also where a reader before made it 20230900.0
fn contract(cell: &str) -> String {
    cell.trim_end_matches(".0").to_string()
}

fn multiple(folder: &Path, instrument: &str) -> Vec<Line> {
    let text = text(&folder.join(format!("data/futures/multiple_prices_csv/{instrument}.csv.gz")));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let places = ["DATETIME", "PRICE", "PRICE_CONTRACT", "FORWARD", "FORWARD_CONTRACT"]
        .map(|name| headers.iter().position(|own| own == name).expect("a column"));
    reader
        .records()
        .map(|record| {
            let record = record.expect("a record");
            let cell = |n: usize| record.get(places[n]).unwrap_or_default();
            Line {
                at: instant(cell(0)),
                price: number(cell(1)),
                contract: contract(cell(2)),
                forward: number(cell(3)),
                forward_contract: contract(cell(4)),
            }
        })
        .collect()
}

fn published(folder: &Path, instrument: &str) -> Vec<(NaiveDateTime, f64)> {
    let text = text(&folder.join(format!("data/futures/adjusted_prices_csv/{instrument}.csv.gz")));
    let lines = text.lines().skip(1).filter_map(|line| line.split_once(','));
    lines.filter_map(|(at, price)| Some((instant(at), number(price)?))).collect()
}

/// The adjustment core over the lines of a file, each a day of its own.
fn spliced(lines: &[Line]) -> (BTreeMap<NaiveDateTime, f64>, usize) {
    let mut contracts: Vec<&str> = Vec::new();
    let mut holding = Holding::default();
    for line in lines {
        let place = contracts.iter().position(|own| *own == line.contract).unwrap_or_else(|| {
            contracts.push(&line.contract);
            contracts.len() - 1
        });
        holding.contract.push(place as u32);
        holding.decided_at.push(NO_INSTANT);
        holding.since.push(NO_INSTANT);
    }
    let quotes: Vec<Quotes<'_>> = contracts
        .iter()
        .map(|own| {
            let price = |line: &Line| match () {
                () if line.contract == *own => line.price,
                () if line.forward_contract == *own => line.forward,
                () => None,
            };
            let of: Vec<(i32, f64)> = lines.iter().enumerate().filter_map(|(at, line)| Some((at as i32, price(line)?))).collect();
            Quotes {
                day: of.iter().map(|(at, _)| *at).collect(),
                close: of.iter().map(|(_, price)| *price).collect(),
                close_at: vec![0; of.len()].into(),
                ..Quotes::default()
            }
        })
        .collect();
    let days: Vec<i32> = (0..lines.len() as i32).collect();
    let terms = Terms { price: PriceKind::Close, gap: GapDay::Before, adjust: Adjust::Additive, direction: Direction::Back };
    let series = splice(&days, &holding, &quotes, terms).expect("differences always exist");
    assert!(series.rolls.iter().all(|roll| roll.gap.is_some()), "every roll has a gap");
    let level = |row: &contango::quant::splice::Row| adjusted(row.price.value, row.adjustment, Adjust::Additive);
    (series.rows.iter().map(|row| (lines[row.day as usize].at, level(row))).collect(), series.rolls.len())
}

fn compare(ours: &BTreeMap<NaiveDateTime, f64>, published: &[(NaiveDateTime, f64)], what: &str) {
    for (at, price) in published {
        let own = ours.get(at).unwrap_or_else(|| panic!("{what}: {at} is missing"));
        assert!((own - price).abs() < 1e-9, "{what}: {at} is {own}, published {price}");
    }
}

#[test]
fn the_core_gives_the_published_back_adjusted_series() {
    let Some(real) = real() else { return };
    let mut n_series = 0;
    for version in ["v2023-08_wanli15nian", "v2022-09_zinakaye"] {
        let folder = real.join("pysystemtrade").join(version);
        for entry in std::fs::read_dir(folder.join("data/futures/adjusted_prices_csv")).expect("a folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let Some(instrument) = name.strip_suffix(".csv.gz") else { continue };
            let published = published(&folder, instrument);
            let last = published.last().expect("prices").0;
            let mut lines = multiple(&folder, instrument);
            lines.retain(|line| line.at <= last);
            let (ours, n_rolls) = spliced(&lines);
            compare(&ours, &published, instrument);
            println!("{version} {instrument}: {} prices, {n_rolls} rolls", published.len());
            assert!(published.len() > 1000 && n_rolls > 20);
            n_series += 1;
        }
    }
    assert!(n_series >= 6, "{n_series} series");
}

#[test]
fn the_series_cut_at_an_instant_is_the_one_published_then() {
    let Some(real) = real() else { return };
    let folder = real.join("pysystemtrade");
    let then = published(&folder.join("v2022-09_zinakaye"), "LEANHOG");
    let mut lines = multiple(&folder.join("v2023-08_wanli15nian"), "LEANHOG");
    let last = then.last().expect("prices").0;
    assert_eq!(last.date().to_string(), "2022-09-30");
    lines.retain(|line| line.at <= last);
    compare(&spliced(&lines).0, &then, "LEANHOG as of 2022-09-30");
}

/// What a file says of each day: its last line.
fn days(lines: &[Line]) -> BTreeMap<NaiveDate, Line> {
    lines.iter().map(|line| (line.at.date(), line.clone())).collect()
}

/// Prices by day and contract.
fn prices(days: &BTreeMap<NaiveDate, Line>) -> BTreeMap<(NaiveDate, String), f64> {
    let mut all = BTreeMap::new();
    for (day, line) in days {
        if let Some(forward) = line.forward {
            all.insert((*day, line.forward_contract.clone()), forward);
        }
        if let Some(price) = line.price {
            all.insert((*day, line.contract.clone()), price);
        }
    }
    all
}

/// The series in a few lines of its own: levels of the days known by the clock.
fn by_hand(days: &BTreeMap<NaiveDate, Line>, known_until: NaiveDate) -> BTreeMap<NaiveDate, f64> {
    let prices: BTreeMap<_, _> = prices(days).into_iter().filter(|((day, _), _)| *day <= known_until).collect();
    let trade_dates: Vec<NaiveDate> = prices.keys().map(|(day, _)| *day).collect::<BTreeSet<_>>().into_iter().collect();
    let mut series: Vec<(NaiveDate, f64)> = Vec::new();
    let mut held: Option<&str> = None;
    for (at, day) in trade_dates.iter().enumerate() {
        let contract = days[day].contract.as_str();
        if let Some(out) = held.filter(|held| *held != contract) {
            let both = trade_dates[at.saturating_sub(6)..at]
                .iter()
                .rev()
                .find_map(|day| Some((prices.get(&(*day, out.to_string()))?, prices.get(&(*day, contract.to_string()))?)));
            if let Some((price_out, price_in)) = both {
                series.iter_mut().for_each(|(_, level)| *level += price_in - price_out);
            }
        }
        held = Some(contract);
        if let Some(price) = prices.get(&(*day, contract.to_string())) {
            series.push((*day, *price));
        }
    }
    series.into_iter().collect()
}

async fn ingest(data: &Path, csv: String) {
    let lake = Lake::new(data).expect("a lake");
    let config = Config::built_in().expect("the built-in files are valid");
    let payload = Payload {
        name: "bars.csv".into(),
        bytes: csv.into_bytes().into(),
        observed_at: IngestTime::now(),
        origin: "a test".into(),
        hint: None,
    };
    let summary = contango::ingest::take(&lake, &config, &Bars, payload).await.expect("bars");
    assert_eq!(summary.quarantined, 0, "{:?}", summary.warnings);
}

#[tokio::test]
async fn by_a_roll_table_sql_gives_what_a_few_lines_give_under_three_clocks() {
    let Some(real) = real() else { return };
    let folder = real.join("pysystemtrade/v2023-08_wanli15nian");
    for (instrument, root) in [("LEANHOG", "HOG"), ("CORN", "CORN"), ("US10", "TEN"), ("EUROSTX", "STX")] {
        let days = days(&multiple(&folder, instrument));
        let data = tempfile::tempdir().expect("a folder");
        let mut csv = "symbol,as_of,close,parent\n".to_string();
        for ((day, contract), price) in prices(&days) {
            csv += &format!("{root}{contract},{day},{price},{root}\n");
        }
        ingest(data.path(), csv).await;
        let mut table: Vec<ScheduledRoll> = Vec::new();
        let mut before: Option<&str> = None;
        for (day, line) in &days {
            if let Some(from) = before.filter(|before| *before != line.contract) {
                table.push(ScheduledRoll { as_of: *day, from: format!("{root}{from}"), to: format!("{root}{}", line.contract) });
            }
            before = Some(&line.contract);
        }
        let metadata = Metadata::open(data.path()).expect("a database");
        let arguments = [("roll", "schedule"), ("adjust", "additive")].map(|(name, value)| (name.to_string(), value.to_string()));
        metadata
            .save_series(&SavedSeries {
                id: "by_table".into(),
                name: None,
                root: root.into(),
                arguments: arguments.to_vec(),
                notes: None,
                lookback: None,
            })
            .expect("saved");
        metadata.set_schedule("by_table", &table).expect("saved");
        for clock in ["2018-06-15", "2021-03-02", "2023-05-10"] {
            let clock: NaiveDate = clock.parse().expect("a day");
            let at = KnowledgeTime::from_micros(clock.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
            let mut session = session(data.path(), Some(at), None);
            let found = rows(&mut session, "SELECT as_of, close FROM continuous_series('by_table') ORDER BY as_of").await.expect("rows");
            let expected = by_hand(&days, clock.pred_opt().expect("a day"));
            assert_eq!(found.len(), expected.len(), "{instrument} at {clock}");
            assert!(found.len() > 500);
            for (row, (day, level)) in found.iter().zip(&expected) {
                assert_eq!(row[0], day.to_string(), "{instrument} at {clock}");
                let close: f64 = row[1].parse().expect("a number");
                assert!((close - level).abs() < 1e-9, "{instrument} at {clock}: {day} is {close}, by hand {level}");
            }
        }
    }
}

#[tokio::test]
async fn rolls_by_the_calendar_are_those_of_leans_map_of_es() {
    let Some(real) = real() else { return };
    let map = std::fs::read_to_string(real.join("lean/derived_map_es.csv")).expect("the decoded map");
    let config = Config::built_in().expect("the built-in files are valid");
    let mut expected: [Vec<(NaiveDate, NaiveDate)>; 2] = Default::default();
    for line in map.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (Ok(date), Ok(expiry)) = (NaiveDate::parse_from_str(cells[0], "%Y%m%d"), cells[2].parse::<NaiveDate>()) else { continue };
        if let Some(rolls) = cells[4].parse().ok().and_then(|mode: usize| expected.get_mut(mode)) {
            rolls.push((date, expiry));
        }
    }
    let expiries: BTreeSet<NaiveDate> = expected.iter().flatten().map(|(_, expiry)| *expiry).collect();
    assert!(expiries.len() > 40);
    let calendar = config.calendar_of("ES");
    let mut csv = "symbol,as_of,close\n".to_string();
    for expiry in &expiries {
        let month = ContractMonth::new(expiry.year(), expiry.month()).expect("a month");
        assert_eq!(config.contract_dates("ES", month).map(|dates| dates.last_trade), Some(*expiry), "{month}");
        let mut day = calendar.offset(*expiry, -150);
        while day <= *expiry {
            csv += &format!("ES{}{},{day},{}\n", month.letter(), month.year, 1000 + month.year - 2000);
            day = calendar.offset(day, 1);
        }
    }
    let data = tempfile::tempdir().expect("a folder");
    ingest(data.path(), csv).await;
    for (rolls_on, expected) in ["last_trade_day", "delivery_month"].iter().zip(expected) {
        let mut session = session(data.path(), None, None);
        let text =
            format!("SELECT rolled_on, from_contract FROM continuous_rolls('ES', roll => 'calendar', rolls_on => '{rolls_on}') ORDER BY 1");
        let found = rows(&mut session, &text).await.expect("rows");
        assert!(found.len() > 40, "{rolls_on}: {} rolls", found.len());
        for row in found {
            let rolled_on: NaiveDate = row[0].parse().expect("a day");
            let contract = |expiry: NaiveDate| {
                let month = ContractMonth::new(expiry.year(), expiry.month()).expect("a month");
                contango::contract::contract_id("ES", month)
            };
            // the map's date is the last day on which the outgoing contract is held
            let (last, _) = expected.iter().find(|(_, expiry)| contract(*expiry) == row[1]).expect("a contract of the map");
            assert_eq!(calendar.offset(*last, 1), rolled_on, "{rolls_on}: {}", row[1]);
        }
    }
}
