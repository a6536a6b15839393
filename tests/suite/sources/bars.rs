//! Contract bars of any vendor: what is made of every column and spelling, what is set aside, and what the lake answers afterwards. The files
//! are written here; every number in them is made up.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::sources::bars::{Bars, Hint};
use contango::sources::{Parsed, Payload, Source};
use contango::time::IngestTime;
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::ArrowWriter;

use super::{OBSERVED, config, payload};
use crate::support::{instant, rows, session};

fn parse(text: impl Into<bytes::Bytes>) -> Result<Parsed> {
    Bars.parse(&payload("bars.csv", text), &config())
}

fn taken(text: &str) -> Parsed {
    parse(text.to_string()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// These columns of the rows of a table, a line each.
fn lines(parsed: &Parsed, table: &str, columns: &[&str]) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let mut lines = Vec::new();
    for (_, batch) in parsed.batches.iter().filter(|(of, _)| of.name == table) {
        let column = |name: &&str| batch.column_by_name(name).expect("a column");
        let formats: Vec<_> = columns.iter().map(|name| ArrayFormatter::try_new(column(name), &options).expect("a known type")).collect();
        let row = |row: usize| formats.iter().map(|format| format.value(row).to_string()).collect::<Vec<_>>().join(" ");
        lines.extend((0..batch.num_rows()).map(row));
    }
    lines
}

fn reasons(parsed: &Parsed) -> Vec<String> {
    parsed.rejections.iter().map(|r| format!("{} {}: {}", r.line, r.column.as_deref().unwrap_or("-"), r.reason)).collect()
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.into_inner().expect("a file")
}

const BAR: &[&str] = &["as_of", "symbol", "open", "high", "low", "close", "volume", "release_at", "release_grade"];
const FIGURE: &[&str] = &["as_of", "stat", "symbol", "value", "release_at", "release_grade"];
const DEFINITION: &[&str] = &["as_of", "symbol", "asset", "maturity", "expiration", "release_at", "release_grade"];

#[test]
fn a_row_feeds_bars_figures_and_what_is_said_of_the_contract() {
    // 8 March is a Friday: open interest comes out on Monday morning, after the change to summer time
    let parsed = taken(
        "symbol,as_of,open,high,low,close,volume,open_interest,settlement,parent,expiration\n\
         ESH4,2024-03-08,5160,5195.25,5124,5130.5,1200,2000,5131,ES,2024-03-15\n",
    );
    assert_eq!(lines(&parsed, "futures_ohlcv", BAR), ["2024-03-08 ESH4 5160.0 5195.25 5124.0 5130.5 1200 2024-03-08T22:00:00Z rule"]);
    assert_eq!(lines(&parsed, "futures_ohlcv", &["session_start", "session_end"]), ["2024-03-07T23:00:00Z 2024-03-08T22:00:00Z"]);
    assert_eq!(lines(&parsed, "futures_ohlcv", &["dataset", "basis", "instrument_id"]), ["bars session 0"]);
    assert_eq!(
        lines(&parsed, "futures_statistics", FIGURE),
        ["2024-03-08 open_interest ESH4 2000.0 2024-03-11T11:45:00Z rule", "2024-03-08 settlement ESH4 5131.0 2024-03-08T22:00:00Z rule",]
    );
    assert_eq!(
        lines(&parsed, "futures_definitions", DEFINITION),
        ["2024-03-08 ESH4 ES 2024-03 2024-03-15T21:00:00Z 2024-03-08T22:00:00Z rule"]
    );
    assert_eq!(parsed.kind, "bars: 1 contract 2024-03-08..2024-03-08");
    assert!(parsed.warnings.is_empty() && parsed.rejections.is_empty());
}

#[test]
fn a_rows_own_instant_comes_first_and_an_unknown_market_is_assumed() {
    let parsed = taken("symbol,as_of,close,oi,published\nESH4,2024-03-08,5130.5,7,2024-03-08T23:30:00Z\n");
    assert_eq!(lines(&parsed, "futures_ohlcv", &["release_at", "release_grade"]), ["2024-03-08T23:30:00Z stamped"]);
    assert_eq!(lines(&parsed, "futures_statistics", &["release_at", "release_grade"]), ["2024-03-08T23:30:00Z stamped"]);
    let unknown = taken("symbol,as_of,close,oi\nQQQH4,2024-03-08,5130.5,7\n");
    assert_eq!(lines(&unknown, "futures_ohlcv", &["release_at", "release_grade"]), ["2024-03-09T00:00:00Z lagged"]);
    assert_eq!(lines(&unknown, "futures_statistics", &["release_at", "release_grade"]), ["2024-03-09T12:45:00Z lagged"]);
}

#[test]
fn a_bar_of_a_day_without_a_trade_date_is_told_and_known_with_the_session_that_the_day_is_traded_in() {
    // Thanksgiving and a Sunday, as vendors have them whose day begins at midnight
    let parsed = taken(
        "symbol,as_of,open,high,low,close,volume,open_interest\n\
         NQZ24,2024-11-27,110,112,108,111,10,5\n\
         NQZ24,2024-11-28,111,113,110,112,5,5\n\
         NQZ24,2024-12-01,112,114,111,113,2,5\n",
    );
    assert_eq!(
        lines(&parsed, "futures_ohlcv", &["as_of", "session_start", "session_end", "release_at"]),
        [
            "2024-11-27 2024-11-26T23:00:00Z 2024-11-27T22:00:00Z 2024-11-27T22:00:00Z",
            "2024-11-28 2024-11-27T23:00:00Z 2024-11-29T22:00:00Z 2024-11-29T22:00:00Z",
            "2024-12-01 2024-12-01T23:00:00Z 2024-12-02T22:00:00Z 2024-12-02T22:00:00Z",
        ]
    );
    let published = lines(&parsed, "futures_statistics", &["as_of", "release_at"]);
    assert_eq!(published[1..], ["2024-11-28 2024-12-02T12:45:00Z", "2024-12-01 2024-12-03T12:45:00Z"]);
    assert!(parsed.warnings[0].contains("without a trade date") && parsed.warnings[0].contains("2024-11-28"), "{:?}", parsed.warnings);
}

#[test]
fn bars_of_an_earlier_time_end_at_the_hour_of_that_time() {
    let text = "symbol,as_of,close\nESZ10,2010-11-10,1200\nESZ14,2014-11-12,2030\nESZ15,2015-11-11,2070\nCLZ14,2014-10-14,84\n";
    let parsed = taken(text);
    assert_eq!(
        lines(&parsed, "futures_ohlcv", &["symbol", "release_at", "release_grade"]),
        [
            "CLZ14 2014-10-14T21:15:00Z lagged",
            "ESZ10 2010-11-10T21:15:00Z rule",
            "ESZ14 2014-11-12T22:15:00Z rule",
            "ESZ15 2015-11-11T22:00:00Z rule",
        ]
    );
}

#[test]
fn headings_delimiters_and_days_in_the_usual_spellings_are_one_file() {
    let plain = taken("symbol,as_of,close,open_interest,expiration\nESH4,2024-03-08,5130.5,7,2024-03-15\n");
    let shown = |parsed: &Parsed| {
        ["futures_ohlcv", "futures_statistics", "futures_definitions"].map(|table| {
            let columns = ["as_of", "symbol", "release_at"];
            lines(parsed, table, &columns)
        })
    };
    for text in [
        "Contract;Trade Date;LAST;OI;Expiry\nESH4;8 Mar 2024;5130.5;7;20240315\n",
        "\u{feff}expiration\topen-interest\tPRICE\tDate\tTicker\r\n2024-03-15\t7\t5130.5\t20240308\tESH4\r\n",
        "symbol,datetime,settle,close,oi,last_trade\n ESH4 ,2024-03-08 00:00:00,,5130.5,7,2024-03-15\n",
    ] {
        assert_eq!(shown(&taken(text)), shown(&plain), "{text}");
    }
}

#[test]
fn a_month_alone_stands_after_its_root_and_a_name_as_it_was_received() {
    let parsed = taken(
        "symbol,root,as_of,close,expiration\n\
         20240300,ES,2024-03-08,1,\n2024-06,CL,2024-03-08,2,\nU24,ES,2024-03-08,3,\nES 2024-12,ES,2024-03-08,4,\nM1,CL,2024-03-08,5,2024-03-20\n\
         4711,CL,2024-03-08,6,2024-04-22\n",
    );
    let mut symbols = lines(&parsed, "futures_ohlcv", &["symbol"]);
    symbols.sort();
    assert_eq!(symbols, ["4711", "CL 2024-06", "ES 2024-12", "ES20240300", "ESU24", "M1"]);
    let mut months = lines(&parsed, "futures_definitions", &["symbol", "maturity", "asset"]);
    months.sort();
    assert_eq!(
        months,
        ["4711 NULL CL", "CL 2024-06 2024-06 CL", "ES 2024-12 2024-12 ES", "ES20240300 2024-03 ES", "ESU24 2024-09 ES", "M1 NULL CL"]
    );
}

#[test]
fn a_contract_that_trades_after_its_month_began_keeps_its_year() {
    let parsed = taken("symbol,parent,as_of,close\nSR3H4,SR3,2024-05-02,94.7\nSR3H24,SR3,2024-06-03,94.7\n");
    assert_eq!(lines(&parsed, "futures_definitions", &["symbol", "maturity"]), ["SR3H24 2024-03", "SR3H4 2024-03"]);
}

#[test]
fn a_contract_that_is_not_named_is_set_aside() {
    let parsed = taken("symbol,as_of,close,parent\nFRONT,2024-03-08,1,ES\nESH4,2024-03-08,2,\n");
    let said = "2 symbol: `FRONT` names no contract month, and the row does not give both parent and expiration";
    assert_eq!((reasons(&parsed), parsed.rows_read), (vec![said.to_string()], 2));
    assert_eq!(parsed.rejections[0].raw, "FRONT,2024-03-08,1,ES");
}

#[test]
fn cells_that_cannot_be_read_name_line_and_column() {
    let parsed = taken(
        "symbol,as_of,close,volume,expiration\n\nESH4,2024-13-08,1,1,\nESH4,2024-03-07,x,1,\nESH4,2024-03-06,1,1.5,\nESH4,2024-03-05,,1,\n\
         ,2024-03-05,1,1,\nESH4,,1,1,\nESH4,2024-03-04,1\nESH4,2024-03-01,1,NA,soon\nESH4,2024-02-29,inf,1,\nESH4,2024-02-28,1,nan,\n",
    );
    insta::assert_snapshot!("bars_unreadable_cells", reasons(&parsed).join("\n"));
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of"]), ["2024-02-28"]);
}

#[test]
fn bars_that_cannot_be_right_are_set_aside_or_told_as_configured() {
    let text = "symbol,as_of,open,high,low,close,volume,expiration\n\
                ESH4,2024-03-04,5,4,6,5,1,\nESH4,2024-03-05,9,6,4,5,1,\nESH4,2024-03-06,,,,-5,1,\nESH4,2024-03-07,,,,5,-1,\n\
                CLK20,2020-04-20,,,,-37.63,1,\nESH4,2024-03-08,,,,5,1,\nESH4,2024-03-08,,,,5,1,\nESH4,2024-03-08,,,,6,1,\n\
                ESH4,2024-03-18,,,,5,1,\nESM4,2024-03-08,,,,5,1,2024-03-07\nQQQH4,2024-03-08,,,,0,1,\n";
    let parsed = taken(text);
    insta::assert_snapshot!("bars_that_cannot_be_right", [reasons(&parsed), parsed.warnings.clone()].concat().join("\n"));
    assert_eq!(parsed.repeats_within, 1);
    let kept = lines(&parsed, "futures_ohlcv", &["symbol", "as_of", "close"]);
    assert_eq!(
        kept,
        [
            "CLK20 2020-04-20 -37.63",
            "ESH4 2024-03-04 5.0",
            "ESH4 2024-03-05 5.0",
            "ESH4 2024-03-07 5.0",
            "ESH4 2024-03-08 5.0",
            "ESH4 2024-03-18 5.0",
            "ESM4 2024-03-08 5.0",
            "QQQH4 2024-03-08 0.0"
        ]
    );
    let strict =
        Config::with_overlay("my.toml", "[bars.findings]\nexpired = \"quarantine\"\nduplicate_day = \"warn\"\n").expect("a valid file");
    let parsed = Bars.parse(&payload("bars.csv", text.to_string()), &strict).expect("readable");
    let kept = lines(&parsed, "futures_ohlcv", &["symbol", "as_of", "close"]);
    assert_eq!(kept.len(), 6);
    assert_eq!(&kept[4..], ["ESH4 2024-03-08 6.0", "QQQH4 2024-03-08 0.0"]);
}

#[test]
fn parquet_says_the_same_as_csv_whatever_its_types() {
    let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let floats = Arc::new(Float64Array::from(vec![5130.5, 5190.25])) as ArrayRef;
    let counts = Arc::new(Int64Array::from(vec![Some(7), None])) as ArrayRef;
    let csv = taken("symbol,date,close,oi\nESH4,2024-03-08,5130.5,7\nESM4,2024-03-08,5190.25,\n");
    let of = |parsed: &Parsed| [lines(parsed, "futures_ohlcv", BAR), lines(parsed, "futures_statistics", FIGURE)];
    for day in [
        Arc::new(Date32Array::from(vec![19_790, 19_790])) as ArrayRef,
        Arc::new(Int32Array::from(vec![20_240_308, 20_240_308])) as ArrayRef,
        text(&["2024-03-08", "2024-03-08"]),
    ] {
        let columns = vec![("symbol", text(&["ESH4", "ESM4"])), ("date", day), ("close", floats.clone()), ("oi", counts.clone())];
        assert_eq!(of(&parse(parquet(columns)).expect("a Parquet file")), of(&csv));
    }
}

/// Every way in which a whole file can be bad, and what is said of it.
#[test]
fn a_file_that_is_no_sheet_of_bars_is_refused_with_a_message_that_helps() {
    let whole = parquet(vec![("symbol", Arc::new(StringArray::from(vec!["ESH4"])) as ArrayRef)]);
    let cases: Vec<(&str, Result<Parsed>)> = vec![
        ("empty", parse("")),
        ("binary", parse(vec![1, 0, 2, b'\n'])),
        ("no close", parse("symbol,as_of,open\nESH4,2024-03-08,1\n")),
        ("two closes", parse("symbol,as_of,close,last\nESH4,2024-03-08,1,1\n")),
        ("parquet without days", parse(whole.clone())),
        ("cut-off parquet", parse(whole[..whole.len() / 2].to_vec())),
    ];
    let said = cases.into_iter().map(|(case, outcome)| match outcome {
        Ok(_) => panic!("{case} is taken"),
        Err(error) => format!("# {case}\n{error}\n"),
    });
    insta::assert_snapshot!("bars_files_refused", said.collect::<Vec<_>>().join("\n"));
    let parsed = taken("symbol,as_of,close,mood\nESH4,2024-03-08,1,good\n");
    assert_eq!(parsed.warnings, ["columns that mean nothing here, left in the raw file: `mood`"]);
}

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

async fn ingest(data: &Path, file: &Path, observed_at: &str, dataset: Option<&str>) -> PayloadSummary {
    let config = config();
    let place = Workplace { data, config: &config, progress: &Silent };
    let observed_at = IngestTime::parse(observed_at).expect("an instant");
    let taken = ingest::files(&place, &Bars, &[file.to_path_buf()], Some(observed_at), dataset).await.expect("a file of bars");
    taken.into_iter().next().expect("a summary")
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path).and_then(|mut file| file.write_all(text.as_bytes())).expect("the folder can be written");
    path
}

#[tokio::test]
async fn a_correction_is_a_vintage_twice_is_once_and_a_rebuild_gives_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let head = "symbol,as_of,close,settlement,oi\n";
    let first = write(folder.path(), "1.csv", &format!("{head}ESH4,2024-03-07,5160,5161,2000\nESH4,2024-03-08,5130.5,5131,1900\n"));
    let second = write(folder.path(), "2.csv", &format!("{head}ESH4,2024-03-07,5160.25,5161,2000\nESH4,2024-03-08,5130.5,5131,1950\n"));
    let taken = ingest(&data, &first, "2024-03-11 18:00:00Z", Some("acme")).await;
    assert_eq!((taken.new, taken.revised, taken.kind.as_str()), (6, 0, "acme: 1 contract 2024-03-07..2024-03-08"));
    assert!(ingest(&data, &first, "2024-03-12 18:00:00Z", Some("acme")).await.already);
    let again = ingest(&data, &second, "2024-03-12 18:00:00Z", Some("acme")).await;
    assert_eq!((again.new, again.repeated, again.revised), (0, 4, 2));
    let question = "SELECT dataset, root, contract_id, as_of, close, settlement, open_interest FROM futures_bars ORDER BY as_of";
    let known = [
        ("2024-03-07 21:59:59Z", vec![]),
        ("2024-03-08 23:00:00Z", vec!["acme ES ESH2024 2024-03-07 5160.0 5161.0 2000", "acme ES ESH2024 2024-03-08 5130.5 5131.0 NULL"]),
        ("2024-03-11 18:00:00Z", vec!["acme ES ESH2024 2024-03-07 5160.0 5161.0 2000", "acme ES ESH2024 2024-03-08 5130.5 5131.0 1900"]),
        // the bar from the moment it was seen; the figure, changed under the stamp of its rule, after it
        ("2024-03-12 18:00:00Z", vec!["acme ES ESH2024 2024-03-07 5160.25 5161.0 2000", "acme ES ESH2024 2024-03-08 5130.5 5131.0 1900"]),
        (
            "2024-03-12 18:00:00.000001Z",
            vec!["acme ES ESH2024 2024-03-07 5160.25 5161.0 2000", "acme ES ESH2024 2024-03-08 5130.5 5131.0 1950"],
        ),
    ];
    let config = config();
    for round in ["as ingested", "rebuilt"] {
        for (clock, expected) in &known {
            let answer = rows(&mut session(&data, Some(instant(clock)), None), question).await.expect("an answer");
            let answer: Vec<String> = answer.iter().map(|row| row.join(" ")).collect();
            assert_eq!(&answer, expected, "{round}, {clock}");
        }
        let place = Workplace { data: &data, config: &config, progress: &Silent };
        ingest::rebuild_tables(&place, contango::sources::SOURCES, contango::tables::TABLES).await.expect("rebuilt");
    }
}

#[tokio::test]
async fn what_a_file_says_of_a_contract_is_known_from_its_first_bar() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let text = "symbol,root,expiry,as_of,close\nFRONT,ES,2024-03-14,2024-03-07,5160\nFRONT,ES,2024-03-14,2024-03-08,5130\n";
    ingest(&data, &write(folder.path(), "1.csv", text), "2024-03-11 18:00:00Z", None).await;
    let question = "SELECT root, symbol, contract_id, expiration, source FROM contracts";
    let at = async |clock: &str| rows(&mut session(&data, Some(instant(clock)), None), question).await.expect("an answer");
    assert!(at("2024-03-07 21:59:59Z").await.is_empty());
    assert_eq!(at("2024-03-07 22:00:00Z").await, [["ES", "FRONT", "FRONT", "2024-03-14", "file"]]);
}

/// The payload of the same bytes under another hint is another dataset's; this is what keeps a rebuild true.
#[test]
fn the_dataset_is_the_hints() {
    let with = |hint: Option<&str>| Payload {
        hint: hint.map(str::to_string),
        observed_at: OBSERVED,
        ..payload("a.csv", "symbol,as_of,close\nESH4,2024-03-08,1\n")
    };
    let of = |hint: Option<&str>| lines(&Bars.parse(&with(hint), &config()).expect("readable"), "futures_ohlcv", &["dataset"]);
    assert_eq!((of(None), of(Some("acme"))), (vec!["bars".to_string()], vec!["acme".to_string()]));
}

fn said(text: &str, hint: Hint) -> Result<Parsed> {
    Bars.parse(&Payload { hint: hint.text(), ..payload("Day_AUD_20240300.csv", text.to_string()) }, &config())
}

#[test]
fn two_digits_of_a_year_are_never_the_year_24() {
    let american = taken("Symbol,Date,Close\nESH24,03/07/24,5164\nESH24,03/14/24,5130.25\n");
    assert_eq!(lines(&american, "futures_ohlcv", &["as_of", "close"]), ["2024-03-07 5164.0", "2024-03-14 5130.25"]);
    let open = "Symbol,Date,Close\nESH24,03/07/24,5164\nESH24,03/08/24,5130.25\n";
    let error = parse(open).expect_err("two readings");
    assert_eq!(error.hint_text(), Some("say which is meant: `--dates day-first` or `--dates month-first`"));
    assert!(taken("symbol,as_of,close\nESH4,0024-03-07,5164\nESH4,24-03-07,5164\n").batches.is_empty());
}

#[test]
fn hours_are_no_days() {
    let hours = "symbol,datetime,close,volume\nESM24,2024-03-07 17:00:00,5164,2\nESM24,2024-03-07 18:00:00,5165,63\n";
    let error = parse(hours).expect_err("the first hour is not the day");
    assert!(error.message().contains("bars of less than a day") && error.hint_text().is_some(), "{error}");
    let days = "symbol,datetime,close\nESM24,2024-03-07 17:00:00,5164\nESU24,2024-03-07 18:00:00,5165\nESM24,2024-03-08 17:00:00,5166\n";
    assert_eq!(lines(&taken(days), "futures_ohlcv", &["as_of"]).len(), 3);
}

#[test]
fn a_european_file_is_read_one_way() {
    let text = "symbol;date;open;close;volume\nFGBLM24;04/03/2024;132,50;1.132,95;900.000\nFGBLM24;13/03/2024;132,95;133,00;800.000\n";
    let parsed = taken(text);
    let columns = ["as_of", "open", "close", "volume"];
    assert_eq!(lines(&parsed, "futures_ohlcv", &columns), ["2024-03-04 132.5 1132.95 900000", "2024-03-13 132.95 133.0 800000"]);
    assert!(parsed.rejections.is_empty(), "{:?}", parsed.rejections);
}

#[test]
fn a_vendors_export_is_taken_as_it_comes() {
    let text = "Time,Open,High,Low,Latest,Change,%Change,Volume,\"Open Int\"\n2024-05-03,78.97,79.68,77.72,78.11,-0.84,-1.06%,\"291,410\",\"225,733\"\n\
                2024-05-02,79.15,79.89,78.30,78.95,-0.05,-0.06%,\"334,921\",\"243,110\"\n\"Downloaded from a vendor as of 05-05-2024\"\n";
    let named = Bars.parse(&payload("CLM24.csv", text.to_string()), &config()).expect("the name says the contract");
    assert_eq!(
        lines(&named, "futures_ohlcv", &["as_of", "symbol", "close", "volume"]),
        ["2024-05-02 CLM24 78.95 334921", "2024-05-03 CLM24 78.11 291410"]
    );
    assert_eq!(lines(&named, "futures_statistics", &["stat", "value"]), ["open_interest 243110.0", "open_interest 225733.0"]);
    assert_eq!((named.rows_read, named.rejections.len()), (2, 0));
    assert!(named.warnings.iter().any(|warning| warning.contains("its name says CLM24")), "{:?}", named.warnings);
    assert!(named.warnings.iter().any(|warning| warning.starts_with("line 4 is no row")), "{:?}", named.warnings);
    let given = said(text, Hint { symbol: Some("CLN24".into()), ..Hint::default() }).expect("a good file");
    assert_eq!(lines(&given, "futures_ohlcv", &["symbol"]), ["CLN24", "CLN24"]);
    assert!(parse(text).expect_err("nothing names the contract").hint_text().is_some_and(|hint| hint.contains("--symbol")));
}

#[test]
fn a_volume_of_minus_one_is_none_and_leaves_the_price() {
    let parsed =
        taken("symbol,date,open,high,low,close,volume\nESM4,20240307,5164,5170,5150,5160,-1\nESM4,20240308,5160,5195,5123,5130,-7\n");
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of", "close", "volume"]), ["2024-03-07 5160.0 NULL", "2024-03-08 5130.0 NULL"]);
    assert_eq!(reasons(&parsed), ["3 volume: ESM4 2024-03-08: the volume is negative"]);
    assert_eq!(parsed.warnings, ["volume -1 says that there is none: 1 bars are taken without one"]);
}

#[tokio::test]
async fn a_column_that_a_file_does_not_have_says_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let full =
        write(folder.path(), "full.csv", "symbol,as_of,open,high,low,close,volume\nESH24,2024-03-07,5108.25,5170.5,5107,5164,1500000\n");
    let narrow = write(folder.path(), "narrow.csv", "symbol,as_of,close\nESH24,2024-03-07,5164\nESH24,2024-03-08,5130.25\n");
    let changed = write(folder.path(), "changed.csv", "symbol,as_of,close\nESH24,2024-03-07,5164.5\n");
    let of = |summary: &PayloadSummary| (summary.new, summary.repeated, summary.revised);
    assert_eq!(of(&ingest(&data, &full, "2024-03-11 18:00:00Z", None).await), (1, 0, 0));
    assert_eq!(of(&ingest(&data, &narrow, "2024-03-12 18:00:00Z", None).await), (1, 1, 0));
    assert_eq!(of(&ingest(&data, &changed, "2024-03-13 18:00:00Z", None).await), (0, 0, 1));
    let text = "SELECT as_of, open, high, low, close, volume FROM futures_ohlcv ORDER BY as_of";
    let config = config();
    for round in ["as ingested", "rebuilt"] {
        let answer = rows(&mut session(&data, Some(instant("2024-03-14 00:00:00Z")), None), text).await.expect("an answer");
        let answer: Vec<String> = answer.iter().map(|row| row.join(" ")).collect();
        let expected = ["2024-03-07 5108.25 5170.5 5107.0 5164.5 1500000", "2024-03-08 NULL NULL NULL 5130.25 NULL"];
        assert_eq!(answer, expected, "{round}");
        let place = Workplace { data: &data, config: &config, progress: &Silent };
        ingest::rebuild_tables(&place, contango::sources::SOURCES, contango::tables::TABLES).await.expect("rebuilt");
    }
}
