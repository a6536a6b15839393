//! Sources: what the parsers make of every fixture, what they say of bad input, what is planned and how it is fetched.

#[path = "sources/bars.rs"]
mod bars;
#[path = "sources/http.rs"]
mod http;
#[path = "sources/realdata.rs"]
mod realdata;
#[path = "sources/sample.rs"]
mod sample;
#[path = "sources/vintages.rs"]
pub mod vintages;
#[path = "sources/vintages_lake.rs"]
mod vintages_lake;

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use contango::config::Config;
use contango::error::Result;
use contango::sources::{Parsed, Payload, Request, Source, find};
use contango::time::IngestTime;
use datafusion::arrow::util::pretty::pretty_format_batches;

/// 2026-11-21T00:00:00Z, later than every fixture.
const OBSERVED: IngestTime = IngestTime::from_micros(1_795_219_200_000_000);

fn config() -> Config {
    Config::built_in().expect("the built-in configuration")
}

fn cftc() -> &'static dyn Source {
    find("cftc").expect("the source is listed")
}

fn payload(name: &str, bytes: impl Into<bytes::Bytes>) -> Payload {
    Payload { name: name.to_string(), bytes: bytes.into(), observed_at: OBSERVED, origin: name.to_string(), hint: None }
}

fn parse(name: &str, bytes: impl Into<bytes::Bytes>) -> Result<Parsed> {
    cftc().parse(&payload(name, bytes), &config())
}

/// The one data file of a fixture folder.
fn fixture(case: &str) -> (String, Vec<u8>) {
    let folder = Path::new("fixtures/cftc").join(case);
    let files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "PROVENANCE.toml"))
        .collect();
    let [file] = &files[..] else { panic!("{} holds {} files", folder.display(), files.len()) };
    (file.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(file).expect("readable"))
}

fn edited(case: &str, edit: impl Fn(&str) -> String) -> Result<Parsed> {
    let (name, bytes) = fixture(case);
    let text = String::from_utf8(bytes).expect("a text fixture");
    let changed = edit(&text);
    assert_ne!(text, changed, "the edit of {case} changes something");
    parse(&name, changed.into_bytes())
}

pub(crate) fn shown(parsed: &Parsed) -> String {
    let mut text = format!("kind: {}\nrows read: {}\nrepeats: {}\n", parsed.kind, parsed.rows_read, parsed.repeats_within);
    for warning in &parsed.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    for rejection in &parsed.rejections {
        let column = rejection.column.as_deref().unwrap_or("-");
        let start: String = rejection.raw.chars().take(60).collect();
        let _ = writeln!(text, "rejected: line {}, {column}: {}\n          {start}", rejection.line, rejection.reason);
    }
    for (table, batch) in &parsed.batches {
        let _ = writeln!(text, "\n{}\n{}", table.name, pretty_format_batches(std::slice::from_ref(batch)).expect("printable"));
    }
    text
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        archive.write_all(bytes).expect("bytes");
    }
    archive.finish().expect("an archive").into_inner()
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("bytes");
    encoder.finish().expect("an archive")
}

#[test]
fn every_fixture_is_read_as_it_always_was() {
    let mut cases: Vec<String> = std::fs::read_dir("fixtures/cftc")
        .expect("the fixtures")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    cases.sort();
    for case in cases.iter().filter(|case| *case != "legacy_combined") {
        let (name, bytes) = fixture(case);
        let parsed = parse(&name, bytes).unwrap_or_else(|error| panic!("{case}: {error}"));
        insta::assert_snapshot!(case.as_str(), shown(&parsed));
    }
}

#[test]
fn every_fixture_says_that_its_numbers_are_made_up() {
    for entry in std::fs::read_dir("fixtures/cftc").expect("the fixtures") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            let text = std::fs::read_to_string(path.join("PROVENANCE.toml")).expect("a PROVENANCE.toml");
            assert!(text.contains("made up"), "{}", path.display());
        }
    }
}

#[test]
fn a_legacy_file_takes_its_scope_from_the_hint() {
    let (name, bytes) = fixture("legacy_combined");
    let combined = Payload { hint: Some("combined".to_string()), ..payload(&name, bytes.clone()) };
    let parsed = cftc().parse(&combined, &config()).expect("a combined file");
    insta::assert_snapshot!("legacy_combined", shown(&parsed));
    assert!(parsed.rejections.is_empty());
    let error = parse(&name, bytes).expect_err("rounded figures in a file that is taken as futures only");
    assert!(error.to_string().contains("--scope combined"), "{error}");
}

#[test]
fn a_file_reads_the_same_however_it_is_packed_and_named() {
    let (_, bytes) = fixture("tff_futures_only");
    let plain = shown(&parse("FinFutYY.txt", bytes.clone()).expect("plain text"));
    let unix: Vec<u8> = bytes.iter().copied().filter(|b| *b != b'\r').collect();
    let marked: Vec<u8> = [b"\xef\xbb\xbf".as_slice(), &bytes].concat();
    let dos: Vec<u8> = [bytes.as_slice(), b"\r\n\x1a"].concat();
    let cut_newline = bytes.trim_ascii_end().to_vec();
    for (name, packed) in [
        ("fut_disagg_txt_2023.zip", zip_of(&[("FinFutYY.txt", &bytes)])),
        ("x", zip_of(&[("folder/", b""), ("folder/ANY.TXT", &bytes), ("readme.pdf", b"%PDF")])),
        ("annual.txt", gzip_of(&bytes)),
        ("unix line ends", unix),
        ("byte order mark", marked),
        ("end of file mark", dos),
        ("no last line end", cut_newline),
    ] {
        assert_eq!(shown(&parse(name, packed).unwrap_or_else(|error| panic!("{name}: {error}"))), plain, "{name}");
    }
}

#[test]
fn column_order_never_matters() {
    let (name, bytes) = fixture("disaggregated_futures_only");
    let text = String::from_utf8(bytes.clone()).expect("text");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in reader.records() {
        let cells: Vec<String> = record.expect("a record").iter().rev().map(str::to_string).collect();
        writer.write_record(&cells).expect("a record");
    }
    let turned = writer.into_inner().expect("bytes");
    assert_eq!(shown(&parse(&name, turned).expect("turned")), shown(&parse(&name, bytes).expect("as printed")));
}

#[test]
fn an_unknown_column_is_reported_and_left_in_the_raw_file() {
    let parsed = edited("tff_futures_only", |text| {
        let lines: Vec<String> =
            text.lines().enumerate().map(|(at, line)| format!("{line},{}", if at == 0 { "\"Mood\"" } else { "good" })).collect();
        lines.join("\n")
    })
    .expect("readable");
    assert_eq!(parsed.warnings, ["unknown column `Mood`: left in the raw file"]);
}

#[test]
fn rows_come_in_the_order_of_their_table_and_none_twice() {
    for case in ["tff_futures_only", "disaggregated_2010", "legacy_2004", "socrata_json", "tff_bad_rows"] {
        let (name, bytes) = fixture(case);
        for (table, batch) in parse(&name, bytes).expect("readable").batches {
            assert_eq!(batch.schema(), table.parsed_schema(), "{case} {}", table.name);
            let sort: Vec<&str> = table.sort_columns().into_iter().filter(|column| *column != "available_at").collect();
            let text = |row: usize| -> Vec<String> {
                let cell = |column: &&str| {
                    datafusion::arrow::util::display::array_value_to_string(batch.column_by_name(column).expect("a column"), row)
                };
                sort.iter().map(|column| cell(column).expect("printable")).collect()
            };
            let keys: Vec<Vec<String>> = (0..batch.num_rows()).map(text).collect();
            assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{case} {}", table.name);
        }
    }
}

/// Every way in which a file can be bad, and what is said of it.
#[test]
fn bad_input_is_refused_with_a_message_that_helps() {
    let (_, good) = fixture("tff_futures_only");
    let zipped = zip_of(&[("FinFutYY.txt", &good)]);
    let bomb = zip_of(&[("FinFutYY.txt", &vec![b' '; 64 << 20])]);
    let mut wrong_sum = zipped.clone();
    let at = wrong_sum.len() / 2;
    wrong_sum[at] ^= 0xff;
    let lines = |text: &str, keep: usize| text.lines().take(keep).collect::<Vec<_>>().join("\r\n");
    let cases: Vec<(&str, Result<Parsed>)> = vec![
        ("no report", parse("prices.csv", "date,open,high,low,close\n2024-01-02,1,2,0,1\n")),
        ("prose", parse("notes.txt", "Dear reader,\nthis is no table.\n")),
        ("empty file", parse("annual.txt", "")),
        ("only spaces", parse("annual.txt", " \r\n\r\n")),
        ("page", parse("fut_fin_txt_2024.zip", "<!DOCTYPE html><html><body>Page not found</body></html>")),
        ("binary", parse("a.bin", vec![1, 2, 0, 4])),
        ("old spreadsheet", parse("FinFut.xls", vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])),
        ("new spreadsheet", parse("FinFut.xlsx", zip_of(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]))),
        ("supplemental", parse("annualci.txt", "\"Market_and_Exchange_Names\",\"CIT_Positions_Long_All\",\"CIT_Positions_Short_All\"\n")),
        ("truncated zip", parse("fut_fin_txt_2024.zip", zipped[..zipped.len() / 2].to_vec())),
        ("damaged zip", parse("fut_fin_txt_2024.zip", wrong_sum)),
        ("zip that climbs out", parse("fut_fin_txt_2024.zip", zip_of(&[("../../etc/FinFutYY.txt", &good)]))),
        ("zip that climbs out, other slashes", parse("fut_fin_txt_2024.zip", zip_of(&[("..\\FinFutYY.txt", &good)]))),
        ("zip bomb", parse("fut_fin_txt_2024.zip", bomb)),
        ("gzip bomb", parse("annual.txt.gz", gzip_of(&vec![b' '; 64 << 20]))),
        ("two files in a zip", parse("fut_fin_txt_2024.zip", zip_of(&[("a.txt", &good), ("b.csv", &good)]))),
        ("no text in a zip", parse("fut_fin_txt_2024.zip", zip_of(&[("a.pdf", b"%PDF")]))),
        ("empty zip", parse("fut_fin_txt_2024.zip", zip_of(&[]))),
        ("truncated gzip", parse("annual.txt.gz", gzip_of(&good)[..200].to_vec())),
        ("renamed column", edited("tff_futures_only", |text| text.replace("Lev_Money_Positions_Long_All", "Lev_Money_Position_Long_All"))),
        ("renamed date column", edited("tff_futures_only", |text| text.replace("Report_Date_as_YYYY-MM-DD", "Report_Day"))),
        ("column twice", edited("tff_futures_only", |text| text.replace("Traders_Tot_All", "OPEN_INTEREST_ALL"))),
        ("letters in a number", edited("tff_futures_only", |text| text.replacen(",CME ,00,138 , 2", ",CME ,00,138 , 2x", 1))),
        ("decimals in a count", edited("tff_futures_only", |text| text.replacen(",CME ,00,138 , 2", ",CME ,00,138 , 2.5", 1))),
        ("bad date", edited("tff_futures_only", |text| text.replacen("2023-07-11,", "2023-17-11,", 1))),
        ("cut-off row", edited("tff_futures_only", |text| text[..text.len() - 300].to_string())),
        ("row too long", edited("tff_futures_only", |text| format!("{},1\r\n", lines(text, 2)))),
        ("unknown scope", edited("tff_futures_only", |text| text.replacen("\"FutOnly\"", "\"Options\"", 1))),
        ("two scopes", edited("tff_futures_only", |text| text.replacen("\"FutOnly\"", "\"Combined\"", 1))),
        (
            "provider's error",
            parse("gpe5-46if.json", r#"{"code":"query.soql.no-such-column","error":true,"message":"No such column: dealr."}"#),
        ),
        ("cut-off json", edited("socrata_json", |text| text[..text.len() / 2].to_string())),
        ("letters in json", edited("socrata_json", |text| text.replacen("\"open_interest_all\":\"", "\"open_interest_all\":\"x", 1))),
        ("json without positions", edited("socrata_json", |text| text.replace("m_money_positions_long_all", "m_money_position_long_all"))),
    ];
    let mut text = String::new();
    for (case, outcome) in cases {
        let error = outcome.err().unwrap_or_else(|| panic!("{case} is taken"));
        let _ = writeln!(text, "# {case}\n{error}\n");
    }
    insta::assert_snapshot!("bad_input", text);
}

#[test]
fn a_declared_size_that_lies_does_not_fill_memory() {
    let mut bomb = zip_of(&[("FinFutYY.txt", &vec![b' '; 64 << 20])]);
    let declared = u32::to_le_bytes(64 << 20);
    let places: Vec<usize> = bomb.windows(4).enumerate().filter(|(_, four)| *four == declared).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        bomb[at..at + 4].copy_from_slice(&1024_u32.to_le_bytes());
    }
    let error = parse("fut_fin_txt_2024.zip", bomb).expect_err("a bomb").to_string();
    assert!(error.contains("unpacks to more than") || error.contains("cannot be read"), "{error}");
}

#[test]
fn a_file_cannot_describe_days_after_it_was_observed() {
    let (name, bytes) = fixture("tff_futures_only");
    let early = Payload { observed_at: IngestTime::from_micros(1_688_400_000_000_000), ..payload(&name, bytes) };
    let error = cftc().parse(&early, &config()).expect_err("observed before it was made");
    insta::assert_snapshot!(error.to_string(), @r"
    cftc: FinFutYY.txt: the file describes 2023-07-11, a day after the instant at which it is said to have been observed
    hint: give the time of the download with `--observed-at`
    ");
}

#[test]
fn a_scope_that_the_file_denies_is_refused() {
    let (name, bytes) = fixture("tff_futures_only");
    let hinted = |hint: &str| Payload { hint: Some(hint.to_string()), ..payload(&name, bytes.clone()) };
    let denied = cftc().parse(&hinted("combined"), &config()).expect_err("the file says futures only");
    let unknown = cftc().parse(&hinted("both"), &config()).expect_err("no scope of a file");
    insta::assert_snapshot!(format!("{denied}\n{unknown}"), @r"
    cftc: FinFutYY.txt: the file says that it is futures_only, it was given as combined
    hint: leave the scope to the file
    cftc: FinFutYY.txt: a file cannot be given as scope `both`
    hint: a file is `futures_only` or `combined`
    ");
    assert!(cftc().parse(&hinted("futures_only"), &config()).is_ok());
}

#[test]
fn an_answer_without_records_is_no_error() {
    let parsed = parse("gpe5-46if.json", "[]\n").expect("an empty window");
    assert_eq!((parsed.kind.as_str(), parsed.rows_read, parsed.batches.len()), ("nothing", 0, 0));
    assert_eq!(parsed.warnings, ["the answer holds no records"]);
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn planned(choices: &[(&str, &[&str])], from: Option<&str>, to: Option<&str>, today: &str) -> Result<String> {
    let choices = choices.iter().map(|(name, values)| (name.to_string(), values.iter().map(|value| value.to_string()).collect())).collect();
    let request = Request { choices, from: from.map(day), to: to.map(day) };
    let mut text = String::new();
    for download in cftc().plan(&request, day(today), &config())? {
        let hint = download.hint.as_deref().unwrap_or("-");
        let mutable = if download.settled_on.is_none_or(|settled| day(today) < settled) { "mutable" } else { "fixed" };
        let _ = writeln!(text, "{} · {mutable} · {:?} · hint {hint}\n  {}", download.label, download.timeout, download.url);
        for fallback in &download.fallback {
            let _ = writeln!(text, "  else {fallback}");
        }
    }
    Ok(text)
}

#[test]
fn downloads_are_planned_by_report_scope_and_year() {
    let mut text = String::new();
    for (title, plan) in [
        ("everything, by default", planned(&[], Some("2025-01-01"), None, "2026-11-21")),
        ("tff from 2015", planned(&[("report", &["tff"])], Some("2015-01-01"), Some("2017-12-31"), "2026-11-21")),
        (
            "legacy, both scopes, one old year",
            planned(&[("report", &["legacy"]), ("scope", &["both"])], Some("2000-01-01"), Some("2000-12-31"), "2026-11-21"),
        ),
        ("a new year before its first report", planned(&[("report", &["tff"])], Some("2026-01-01"), None, "2027-01-04")),
        ("last year in spring", planned(&[("report", &["tff"])], Some("2026-01-01"), Some("2026-12-31"), "2027-05-04")),
    ] {
        let _ = writeln!(text, "# {title}\n{}", plan.unwrap_or_else(|error| panic!("{title}: {error}")));
    }
    insta::assert_snapshot!("downloads", text);
}

#[test]
fn a_choice_that_does_not_exist_is_refused() {
    let refused =
        |choices: &[(&str, &[&str])], from, to| planned(choices, from, to, "2026-11-21").expect_err("there is no such choice").to_string();
    let messages = [
        refused(&[("report", &["tf"])], None, None),
        refused(&[("report", &["supplemental"])], None, None),
        refused(&[("scope", &["combine"])], None, None),
        refused(&[("reports", &["tff"])], None, None),
        refused(&[("report", &["tff"])], Some("1999-01-01"), Some("2001-12-31")),
        refused(&[("report", &["tff"])], Some("2030-01-01"), None),
    ];
    insta::assert_snapshot!("bad_choices", messages.join("\n\n"));
}

/// The current week comes without a header: the number of cells tells the report.
#[test]
fn a_file_without_a_header_is_read_by_its_cells() {
    for case in ["tff_futures_only", "disaggregated_futures_only", "legacy_futures_only"] {
        let (name, bytes) = fixture(case);
        let whole = parse(&name, bytes).expect("readable");
        let bare = edited(case, |text| text.split_once('\n').expect("a header").1.to_string()).expect("readable");
        assert_eq!((&bare.kind, bare.rows_read, bare.rejections.len()), (&whole.kind, whole.rows_read, whole.rejections.len()), "{case}");
        for ((table, of_bare), (_, of_whole)) in bare.batches.iter().zip(&whole.batches) {
            assert_eq!(of_bare, of_whole, "{case} {}", table.name);
        }
    }
}

/// The CFTC prints negative residuals of crop years: the report is taken with them.
#[test]
fn a_negative_residual_of_a_crop_year_is_kept_and_told() {
    let (name, bytes) = fixture("disaggregated_futures_only");
    let whole = parse(&name, bytes).expect("readable");
    let taken = edited("disaggregated_futures_only", |text| {
        let header: Vec<&str> = text.lines().next().expect("a header").split(',').map(|name| name.trim_matches('"')).collect();
        let at = header.iter().position(|name| *name == "NonRept_Positions_Long_Old").expect("a column");
        let first = text.lines().nth(1).expect("a row");
        let mut cells: Vec<&str> = first.split(',').collect();
        cells[at] = "   -5";
        text.replacen(first, &cells.join(","), 1)
    })
    .expect("readable");
    assert!(taken.rejections.is_empty(), "{:?}", taken.rejections);
    let count = |parsed: &Parsed, name: &str| {
        parsed.batches.iter().filter(|(table, _)| table.name == name).map(|(_, batch)| batch.num_rows()).sum::<usize>()
    };
    assert_eq!((count(&taken, "cot"), count(&taken, "cot_markets")), (count(&whole, "cot"), count(&whole, "cot_markets")));
    let told = "1 crop year whose figures cannot all be right, kept as printed; first: line 2, `NonRept_Positions_Long_Old`: -5 contracts";
    assert!(taken.warnings.iter().any(|warning| warning.starts_with(told)), "{:?}", taken.warnings);
    let crops = taken.batches.iter().find(|(table, _)| table.name == "cot_crop_years").map(|(_, batch)| batch).expect("crop years");
    let long = datafusion::arrow::array::AsArray::as_primitive::<datafusion::arrow::datatypes::Int64Type>(
        crops.column_by_name("long").expect("a column"),
    );
    assert!(long.iter().any(|value| value == Some(-5)), "the residual is kept");
}
