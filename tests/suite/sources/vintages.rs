//! Files of vintages: what is made of every shape and spelling, and what is set aside. The files are written here; every number in them is
//! made up.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

use contango::error::Result;
use contango::sources::vintages::{Hint, Vintages};
use contango::sources::{Parsed, Payload, Source};
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::ArrowWriter;

use super::{config, payload};

pub fn parse_as(name: &str, bytes: impl Into<bytes::Bytes>, hint: Hint) -> Result<Parsed> {
    Vintages.parse(&Payload { hint: hint.text(), ..payload(name, bytes) }, &config())
}

fn parse(name: &str, bytes: impl Into<bytes::Bytes>) -> Result<Parsed> {
    parse_as(name, bytes, Hint::default())
}

fn taken(text: &str) -> Parsed {
    parse("my.csv", text.to_string()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Source, series, period, value, instant and grade of every vintage, a line each.
fn lines(parsed: &Parsed) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let mut lines = Vec::new();
    for (_, batch) in &parsed.batches {
        let column = |name: &str| batch.column_by_name(name).expect("a column");
        let columns = ["source", "series_id", "as_of", "value", "release_at", "release_grade"];
        let formats = columns.map(|name| ArrayFormatter::try_new(column(name), &options).expect("a known type"));
        lines.extend((0..batch.num_rows()).map(|row| formats.each_ref().map(|format| format.value(row).to_string()).join(" ")));
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

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).expect("memory");
    gzip.finish().expect("memory")
}

/// A workbook of one sheet: a cell that reads as a number is one, `#N/A` an error, anything else text, and nothing an empty cell.
pub fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut sheet = String::from("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>");
    for (n, cells) in rows.iter().enumerate() {
        let _ = write!(sheet, "<row r=\"{}\">", n + 1);
        for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let place = format!("{}{}", char::from(b'A' + u8::try_from(at).expect("few columns")), n + 1);
            let _ = match *cell {
                "#N/A" => write!(sheet, "<c r=\"{place}\" t=\"e\"><v>#N/A</v></c>"),
                number if number.parse::<f64>().is_ok() => write!(sheet, "<c r=\"{place}\"><v>{number}</v></c>"),
                text => write!(sheet, "<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            };
        }
        sheet += "</row>";
    }
    sheet += "</sheetData></worksheet>";
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
        <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
        </Types>";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let book = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
        xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"1\" sheetId=\"1\" r:id=\"rId1\"/>\
        </sheets></workbook>";
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("[Content_Types].xml", types.to_string()),
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book.to_string()),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory");
        archive.write_all(content.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

const STAMPED: &str = "series_id,as_of,value,available_at\n\
    GDP,2024-01-01,100.5,2024-04-25T12:30:00Z\n\
    GDP,2024-01-01,100.75,2024-05-30 08:30 America/New_York\n\
    CPI,2024-03-01,3.5,2024-04-10 12:30:00\n";

const STAMPED_LINES: [&str; 3] = [
    "vintages CPI 2024-03-01 3.5 2024-04-10T12:30:00Z stamped",
    "vintages GDP 2024-01-01 100.5 2024-04-25T12:30:00Z stamped",
    "vintages GDP 2024-01-01 100.75 2024-05-30T12:30:00Z stamped",
];

#[test]
fn an_instant_is_a_stamp() {
    let parsed = taken(STAMPED);
    assert_eq!(lines(&parsed), STAMPED_LINES);
    assert_eq!((parsed.kind.as_str(), parsed.rows_read), ("vintages: 2 series, 3 vintages", 3));
    assert!(parsed.warnings.is_empty() && parsed.rejections.is_empty());
}

#[test]
fn a_day_of_the_vintage_is_known_at_its_end_in_new_york() {
    let parsed = taken("series,date,vintage,value\nGDP,2024-01-01,2024-04-25,100.5\nGDP,2024-01-01,2024-01-30,99\n");
    let lagged = ["vintages GDP 2024-01-01 99.0 2024-01-31T05:00:00Z lagged", "vintages GDP 2024-01-01 100.5 2024-04-26T04:00:00Z lagged"];
    assert_eq!(lines(&parsed), lagged);
}

#[test]
fn every_kind_of_file_says_the_same() {
    let text = |values: [&str; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let names = text(["GDP", "GDP", "CPI"]);
    let dictionary = cast(&names, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))).expect("texts");
    let days = Arc::new(Date32Array::from(vec![19_723, 19_723, 19_783])) as ArrayRef;
    let values = Arc::new(Float64Array::from(vec![100.5, 100.75, 3.5])) as ArrayRef;
    let micros = TimestampMicrosecondArray::from(vec![1_714_048_200_000_000, 1_717_072_200_000_000, 1_712_752_200_000_000]);
    let naive = Arc::new(micros.clone()) as ArrayRef;
    let zoned = Arc::new(micros.with_timezone("America/New_York")) as ArrayRef;
    let instants = text(["2024-04-25T12:30:00Z", "2024-05-30 08:30 America/New_York", "2024-04-10 12:30"]);
    for (names, at) in [(&names, &naive), (&dictionary, &zoned), (&names, &instants)] {
        let columns = vec![("series_id", names.clone()), ("as_of", days.clone()), ("value", values.clone()), ("known_at", at.clone())];
        assert_eq!(lines(&parse("my.parquet", parquet(columns)).expect("a table")), STAMPED_LINES);
    }
    assert_eq!(lines(&parse("my.csv.gz", gzip(STAMPED)).expect("a table")), STAMPED_LINES);
    let spelled = "\u{feff}Value;Known At;SYMBOL;Observation Date\r\n100.5;2024-04-25T12:30:00Z;GDP;1/1/2024\r\n\
        100.75;2024-05-30T12:30:00Z;GDP;2024:Q1\r\n3.5;2024-04-10T12:30:00Z;CPI;2024:03\r\n";
    assert_eq!(lines(&taken(spelled)), STAMPED_LINES);
    let sheet = workbook(&[
        &["series", "period", "value", "published_at"],
        &["GDP", "2024:Q1", "100.5", "2024-04-25T12:30:00Z"],
        &["GDP", "2024:Q1", "100.75", "2024-05-30T12:30:00Z"],
        &["CPI", "2024-03", "3.5", "2024-04-10T12:30:00Z"],
    ]);
    assert_eq!(lines(&parse("my.xlsx", sheet).expect("a table")), STAMPED_LINES);
}

#[test]
fn what_the_user_says_of_a_file_stands_in_for_columns() {
    let text = "as_of,value,mood\n2024-01-01,100.5,good\n2024-02-01,.,bad\n";
    let hint = Hint::new(Some("mine".into()), Some("GDP, real".into()), Some("2024-04".into()), None).expect("names");
    let parsed = parse_as("my.csv", text, hint).expect("a table");
    let expected =
        ["mine GDP, real 2024-01-01 100.5 2024-05-01T04:00:00Z lagged", "mine GDP, real 2024-02-01 NULL 2024-05-01T04:00:00Z lagged"];
    assert_eq!(lines(&parsed), expected);
    assert_eq!(parsed.warnings, ["columns that mean nothing here, left in the raw file: `mood`"]);
}

#[test]
fn a_missing_figure_is_a_vintage_and_a_missing_anything_else_none() {
    let parsed = taken(
        "series_id,as_of,value,available_at\n\n\
         A,2024-01-01,,2024-04-25T12:30:00Z\nA,2024-01-02,.,2024-04-25T12:30:00Z\nA,2024-01-03,#N/A,2024-04-25T12:30:00Z\n\
         ,2024-01-04,1,2024-04-25T12:30:00Z\nA,,1,2024-04-25T12:30:00Z\nA,2024-01-05,1,\n\
         A,2024-13-01,1,2024-04-25T12:30:00Z\nA,2024-01-06,1.2.3,2024-04-25T12:30:00Z\nA,2024-01-07,inf,2024-04-25T12:30:00Z\n\
         A,2024-01-08,1,2024-04-25\nA,2024-01-09,1,soon\nA,2024-01-10,1\nA,2024-01-11,1.5e-05,2024-04-25T12:30:00Z\n\
         A,2024-01-12,1,2031-04-25T12:30:00Z\nA,2024-01-13,1,2022-04-25T12:30:00Z\nA,2024-05-31,1,2024-04-25T12:30:00Z\n",
    );
    insta::assert_snapshot!("vintages_rows", [lines(&parsed), reasons(&parsed), parsed.warnings.clone()].concat().join("\n"));
    assert_eq!(parsed.rejections[0].raw, ",2024-01-04,1,2024-04-25T12:30:00Z");
    assert_eq!(parsed.rows_read, lines(&parsed).len() + parsed.rejections.len());
}

#[test]
fn a_vintage_counts_once_and_its_first_value_stays() {
    let parsed = taken(
        "series_id,as_of,value,available_at\nB,2024-01-01,1,2024-04-25T12:30:00Z\nA,2024-01-01,2,2024-04-25T12:30:00Z\n\
         B,2024-01-01,1.0,2024-04-25T12:30:00Z\nB,2024-01-01,3,2024-04-25T12:30:00Z\nB,2024-01-01,,2024-04-25T12:30:00Z\n\
         B,2024-01-01,4,2024-04-24T12:30:00Z\n",
    );
    let expected = [
        "vintages A 2024-01-01 2.0 2024-04-25T12:30:00Z stamped",
        "vintages B 2024-01-01 4.0 2024-04-24T12:30:00Z stamped",
        "vintages B 2024-01-01 1.0 2024-04-25T12:30:00Z stamped",
    ];
    assert_eq!(lines(&parsed), expected);
    assert_eq!(parsed.repeats_within, 1);
    let said = [
        "5 value: line 2 gives another value for this vintage, which stays",
        "6 value: line 2 gives another value for this vintage, which stays",
    ];
    assert_eq!(reasons(&parsed), said);
}

#[test]
fn days_where_instants_should_be_are_told() {
    let days = "series_id,as_of,value,available_at\nA,2024-01-01,1,2024-04-25T00:00:00Z\nA,2024-01-01,2,2024-05-25T00:00:00Z\n";
    assert!(taken(days).warnings[0].starts_with("every available_at is midnight in UTC"), "{:?}", taken(days).warnings);
    let future = "series_id,as_of,value,realtime_start\nA,2024-01-01,1,2026-11-20\nA,2024-01-01,2,2026-11-22\n";
    assert_eq!(reasons(&taken(future)), ["3 realtime_start: it lies after 2026-11-21 00:00:00Z, when the file was seen"]);
}

#[test]
fn a_spreadsheet_of_the_philadelphia_fed_keeps_only_what_changed() {
    let sheet = workbook(&[
        &["DATE", "ROUTPUT65Q4", "ROUTPUT66Q1", "ROUTPUT66Q2", "ROUTPUT24Q1"],
        &["1947:Q1", "306.4", "306.4", "306.4", "2182.681"],
        &["1965:Q4", "#N/A", "633.8", "631.2", "#N/A"],
        &["1966:Q1", "#N/A", "#N/A", "640.5", "640.5"],
        &["2024:Q1", "#N/A", "#N/A", "#N/A", "#N/A"],
    ]);
    let parsed = parse("any name.xlsx", sheet).expect("a spreadsheet");
    insta::assert_snapshot!("vintages_philadelphia", lines(&parsed).join("\n"));
    assert_eq!((parsed.kind.as_str(), parsed.rows_read), ("rtdsm: 1 series, 6 vintages", 4));
    assert!(parsed.rejections.is_empty() && parsed.warnings.is_empty());
}

#[test]
fn a_monthly_spreadsheet_is_known_when_its_months_end() {
    let text =
        "DATE,EMPLOY64M12,EMPLOY65M1,notes,EMPLOY99M1\n1939:01,100,101,x,102\n1939:02,1,y,x,3\n1939:01,5,6,x,7\n?,1,2,x,3\n1939:03,,,,\n";
    let parsed = taken(text);
    let expected = [
        "rtdsm EMPLOY 1939-01-01 100.0 1965-01-01T05:00:00Z lagged",
        "rtdsm EMPLOY 1939-01-01 101.0 1965-02-01T05:00:00Z lagged",
        "rtdsm EMPLOY 1939-01-01 102.0 1999-02-01T05:00:00Z lagged",
    ];
    assert_eq!(lines(&parsed), expected);
    let said = [
        "3 EMPLOY65M1: `y` is no number; a point separates decimals",
        "4 DATE: the file has another row of this period",
        "5 DATE: `?` is no day or period; write it as 2024-03-08, 2024-03 or 2024:Q1",
    ];
    assert_eq!(reasons(&parsed), said);
    assert_eq!(parsed.warnings, ["columns that are no vintages, left in the raw file: `notes`"]);
    let future = taken("DATE,EMPLOY26M11,EMPLOY26M12,EMPLOY27M1\n1939:01,100,101,102\n");
    assert_eq!(lines(&future), ["rtdsm EMPLOY 1939-01-01 100.0 2026-12-01T05:00:00Z lagged"]);
    assert_eq!(future.warnings, ["vintages from `EMPLOY26M12` on are left out: the file was seen at 2026-11-21 00:00:00Z"]);
}

const PANEL: &str = "sasdate,RPI,UMCSENTx,IPDCONGD\nTransform:,5,2,5\n1/1/1959,2583.56,,\n2/1/1959,2593.596,78.5,1\n3/1/1959,2604.5,,\n\
    4/1/1959,2616,80.25,\n,,,\n";

#[test]
fn a_panel_is_the_vintage_of_its_month() {
    let parsed = parse("2024-02.csv.gz", gzip(PANEL)).expect("a panel");
    insta::assert_snapshot!("vintages_panel", lines(&parsed).join("\n"));
    assert_eq!((parsed.kind.as_str(), parsed.rows_read), ("fred_md: 3 series, 8 vintages", 4));
    let said = Hint::new(None, None, Some("2024-02".into()), None).expect("a month");
    assert_eq!(lines(&parse_as("current.csv", PANEL, said).expect("a panel")), lines(&parsed));
    let padded = PANEL.replace("\n1/1/1959", "\n01/01/1959").replace(",2583.56", ", 2583.56 ");
    assert_eq!(lines(&parse("2024-02.csv", padded).expect("a panel")), lines(&parsed));
    let quarterly = parse("FRED-QD_2024m2.csv", PANEL.replace("Transform:", "factors,0,1,0\ntransform")).expect("a panel");
    assert_eq!(quarterly.kind, "fred_qd: 3 series, 8 vintages");
}

/// Every way in which a whole file can be bad, and what is said of it.
#[test]
fn a_file_that_holds_no_vintages_is_refused_with_a_message_that_helps() {
    let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let number = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let typed = |at: ArrayRef| {
        parquet(vec![("series_id", text(&["A"])), ("as_of", text(&["2024-01-01"])), ("value", number()), ("available_at", at)])
    };
    let whole = typed(text(&["2024-04-25T12:30:00Z"]));
    let said = |source: Option<&str>, series: Option<&str>, vintage: Option<&str>| Hint {
        source: source.map(str::to_string),
        series: series.map(str::to_string),
        vintage: vintage.map(str::to_string),
        order: None,
    };
    let cases: Vec<(&str, Result<Parsed>)> = vec![
        ("empty", parse("a.csv", "")),
        ("binary", parse("a.csv", vec![1, 0, 2, b'\n'])),
        ("no series", parse("a.csv", "as_of,value,available_at\n")),
        ("no value", parse("a.csv", "series_id,as_of,available_at\n")),
        ("no instant", parse("a.csv", "series_id,as_of,value\n")),
        ("two dates", parse("a.csv", "series_id,as_of,date,value,available_at\n")),
        ("days for instants", parse("a.parquet", typed(Arc::new(Date32Array::from(vec![19_000]))))),
        ("bare numbers for instants", parse("a.parquet", typed(number()))),
        ("cut-off parquet", parse("a.parquet", whole[..whole.len() / 2].to_vec())),
        ("cut-off gzip", parse("a.csv.gz", gzip(STAMPED)[..20].to_vec())),
        ("cut-off workbook", parse("a.xlsx", workbook(&[&["a"]])[..200].to_vec())),
        ("an empty workbook", parse("a.xlsx", workbook(&[]))),
        ("series said twice", parse_as("a.csv", STAMPED, said(None, Some("GDP"), None))),
        ("vintage said twice", parse_as("a.csv", STAMPED, said(None, None, Some("2024-02")))),
        ("a source with a slash", parse_as("a.csv", STAMPED, said(Some("a/b"), None, None))),
        ("two variables", parse("a.csv", "DATE,RUC65Q4,CPI66Q1\n")),
        ("one vintage twice", parse("a.csv", "DATE,RUC65Q4,RUC65Q4\n")),
        ("a panel of no month", parse("current.csv", PANEL)),
        ("a panel of the future", parse("2026-12.csv", PANEL)),
        ("a panel with a series twice", parse("2024-02.csv", "sasdate,RPI,RPI\n1/1/1959,1,2\n")),
    ];
    let said = cases.into_iter().map(|(case, outcome)| match outcome {
        Ok(_) => panic!("{case} is taken"),
        Err(error) => format!("# {case}\n{error}\n"),
    });
    insta::assert_snapshot!("vintages_files_refused", said.collect::<Vec<_>>().join("\n"));
}

#[test]
fn projections_of_years_to_come_are_taken() {
    let parsed = taken(
        "series_id,date,value,realtime_start\nFEDTARMD,2017-01-01,1.5,2017-03-15\nFEDTARMD,2018-01-01,2.25,2017-03-15\n\
         FEDTARMD,2019-01-01,3.0,2017-03-15\nFEDTARMD,2026-01-01,2.5,2017-03-15\n",
    );
    assert_eq!((lines(&parsed).len(), parsed.rejections.len()), (4, 0));
    let warning = "3 values were known before the day that dates them, up to 2026-01-01: as they are where they are projections, or where \
                   a period is dated by its end";
    assert_eq!(parsed.warnings, [warning]);
}

#[test]
fn two_digits_of_a_year_are_of_our_time() {
    let parsed = taken("series_id,date,value,realtime_start\nDGS10,1/15/24,4.02,1/17/24\nDGS10,1/16/24,4.07,1/17/24\n");
    let expected =
        ["vintages DGS10 2024-01-15 4.02 2024-01-18T05:00:00Z lagged", "vintages DGS10 2024-01-16 4.07 2024-01-18T05:00:00Z lagged"];
    assert_eq!(lines(&parsed), expected);
    let european = "series_id,date,value,realtime_start\nA,04/03/2024,1,13/03/2024\n";
    assert_eq!(lines(&taken(european)), ["vintages A 2024-03-04 1.0 2024-03-14T04:00:00Z lagged"], "one column tells for the other");
    assert!(taken("series_id,date,value,realtime_start\nA,0024-01-15,1,2024-01-17\n").batches.is_empty());
}

#[test]
fn a_column_for_each_vintage_is_the_vintages_of_its_days() {
    let wide = "observation_date,GDPC1_20240425,GDPC1_20240530\n2023-10-01,22679.25,22679.25\n2024-01-01,22768.75,22749.5\n2024-04-01,,.\n";
    let expected = [
        "alfred GDPC1 2023-10-01 22679.25 2024-04-26T04:00:00Z lagged",
        "alfred GDPC1 2024-01-01 22768.75 2024-04-26T04:00:00Z lagged",
        "alfred GDPC1 2024-01-01 22749.5 2024-05-31T04:00:00Z lagged",
    ];
    assert_eq!(lines(&parse("GDPC1_2_Vintages.csv", wide).expect("a wide file")), expected);
    let graph = "observation_date,GDPC1,PAYEMS\n2023-10-01,22679.25,157000\n2024-01-01,22749.5,\n";
    let said = Hint::new(None, None, Some("2024-05-30".into()), None).expect("a day");
    let expected = [
        "alfred GDPC1 2023-10-01 22679.25 2024-05-31T04:00:00Z lagged",
        "alfred GDPC1 2024-01-01 22749.5 2024-05-31T04:00:00Z lagged",
        "alfred PAYEMS 2023-10-01 157000.0 2024-05-31T04:00:00Z lagged",
    ];
    assert_eq!(lines(&parse_as("fredgraph.csv", graph, said).expect("one vintage")), expected);
    let error = parse("fredgraph.csv", graph).expect_err("the vintage is not said");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("--vintage")), "{error}");
}
