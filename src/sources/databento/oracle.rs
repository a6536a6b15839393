//! The official decoder's output beside ours, field by field, on every real file of the four schemas. The files and that output lie in the
//! folder that `CONTANGO_REAL_DATA` names; without it the test says 'skipped'.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use dbn::{InstrumentDefMsg, OhlcvMsg, RecordRef, StatMsg};

use super::definition::Definition;
use super::open::{Kind, Opened};
use super::value::{micros, price, text};

/// A line of the official output, by column.
struct Line<'a>(HashMap<&'a str, &'a str>);

impl Line<'_> {
    fn text(&self, column: &str) -> Option<String> {
        let cell = self.0.get(column).unwrap_or_else(|| panic!("the official output has no `{column}`")).trim();
        (!cell.is_empty()).then(|| cell.to_string())
    }
    fn number(&self, column: &str) -> Option<f64> {
        self.text(column).map(|cell| cell.parse().expect("a number"))
    }
    fn count(&self, column: &str) -> i64 {
        self.text(column).map_or(0, |cell| cell.parse().expect("an integer"))
    }
    /// Microseconds since 1970, part of one as the next.
    fn instant(&self, column: &str) -> Option<i64> {
        let at = DateTime::parse_from_rfc3339(&self.text(column)?).expect("an instant");
        let nanos = at.timestamp_nanos_opt().expect("this century");
        Some(nanos.div_euclid(1_000) + i64::from(nanos.rem_euclid(1_000) > 0))
    }
}

fn same_bar(line: &Line<'_>, record: &OhlcvMsg) {
    assert_eq!(line.instant("ts_event"), micros(record.hd.ts_event));
    assert_eq!(line.count("instrument_id"), i64::from(record.hd.instrument_id));
    for (column, fixed) in [("open", record.open), ("high", record.high), ("low", record.low), ("close", record.close)] {
        assert_eq!(line.number(column), price(fixed), "{column}");
    }
    assert_eq!(line.count("volume"), i64::try_from(record.volume).expect("a volume"));
}

fn same_statistic(line: &Line<'_>, record: &StatMsg) {
    assert_eq!(line.instant("ts_recv"), micros(record.ts_recv));
    assert_eq!(line.instant("ts_ref"), micros(record.ts_ref));
    assert_eq!(line.number("price"), price(record.price));
    let integers = [
        ("instrument_id", i64::from(record.hd.instrument_id)),
        ("quantity", record.quantity),
        ("sequence", i64::from(record.sequence)),
        ("stat_type", i64::from(record.stat_type)),
        ("update_action", i64::from(record.update_action)),
        ("stat_flags", i64::from(record.stat_flags)),
    ];
    for (column, ours) in integers {
        assert_eq!(line.count(column), ours, "{column}");
    }
}

fn same_definition(line: &Line<'_>, record: &InstrumentDefMsg) {
    let says = Definition::of(record);
    assert_eq!(line.instant("ts_recv"), micros(record.ts_recv));
    assert_eq!(line.count("instrument_id"), i64::from(record.hd.instrument_id));
    assert_eq!(line.text("raw_symbol"), text(&record.raw_symbol));
    assert_eq!(line.instant("activation").filter(|at| *at != 0), says.activation);
    assert_eq!(line.instant("expiration").filter(|at| *at != 0), says.expiration);
    let texts = [
        ("asset", &says.asset),
        ("exchange", &says.exchange),
        ("security_type", &says.security_type),
        ("unit_of_measure", &says.unit_of_measure),
        ("currency", &says.currency),
    ];
    for (column, ours) in texts {
        assert_eq!(line.text(column), *ours, "{column}");
    }
    let numbers = [
        ("min_price_increment", says.min_price_increment),
        ("min_price_increment_amount", says.min_price_increment_amount),
        ("display_factor", says.display_factor),
        ("unit_of_measure_qty", says.unit_of_measure_qty),
    ];
    for (column, ours) in numbers {
        assert_eq!(line.number(column), ours, "{column}");
    }
    let multiplier = says.contract_multiplier.map_or(i64::from(i32::MAX), |multiplier| multiplier as i64);
    assert_eq!(line.count("contract_multiplier"), multiplier);
    assert_eq!(line.text("user_defined_instrument").as_deref() == Some("Y"), says.user_defined);
    let class = line.text("instrument_class").map(|letter| match letter.as_str() {
        "F" => "future".to_string(),
        "S" => "future_spread".to_string(),
        "C" | "P" => "option".to_string(),
        "T" => "option_spread".to_string(),
        "M" => "mixed_spread".to_string(),
        other => other.to_string(),
    });
    assert_eq!(class, says.instrument_class);
    let (year, month) = (line.count("maturity_year"), line.count("maturity_month"));
    let maturity = (year != i64::from(u16::MAX) && (1..=12).contains(&month)).then(|| format!("{year:04}-{month:02}"));
    assert_eq!(maturity, says.maturity);
    if line.0.contains_key("leg_count") {
        assert_eq!(line.count("leg_count"), i64::from(record.leg_count));
        assert_eq!(line.count("leg_index"), i64::from(record.leg_index));
        assert_eq!(line.text("leg_raw_symbol"), text(&record.leg_raw_symbol));
        assert_eq!(line.count("leg_ratio_qty_numerator"), i64::from(record.leg_ratio_qty_numerator));
        assert_eq!(line.text("leg_side"), Some(char::from(record.leg_side.to_ne_bytes()[0]).to_string()));
    }
}

fn same(kind: Kind, line: &Line<'_>, record: RecordRef<'_>) {
    match kind {
        Kind::Daily | Kind::Hourly => same_bar(line, record.get().expect("a bar")),
        Kind::Statistics => same_statistic(line, record.get().expect("a statistic")),
        Kind::Definition => same_definition(line, record.get().expect("a definition")),
    }
}

/// Every file of the four schemas that the official decoder was run on, and its output.
fn files(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let entries = std::fs::read_dir(folder.join("expected_official_decoder")).expect("the folder of the official output");
    let outputs = entries.map(|entry| entry.expect("an entry").path());
    let mut all: Vec<(PathBuf, PathBuf)> = outputs
        .filter_map(|output| {
            let name = output.file_name()?.to_str()?.strip_suffix(".csv")?.to_string();
            let is_ours = ["ohlcv-1d", "ohlcv-1h", "definition", "statistics"].iter().any(|schema| name.contains(schema));
            is_ours.then(|| (folder.join(name.replace("__", "/")), output))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_real_file_reads_as_the_official_decoder_reads_it() {
    let Some(folder) = std::env::var_os("CONTANGO_REAL_DATA") else {
        println!("skipped: CONTANGO_REAL_DATA is not set");
        return;
    };
    let (mut n_records, mut kinds) = (0, Vec::new());
    for (file, output) in files(&PathBuf::from(folder).join("databento")) {
        println!("{}", file.display());
        let opened = Opened::new(&std::fs::read(&file).expect("a file"), None).expect("a DBN file");
        let expected = std::fs::read_to_string(&output).expect("the official output");
        let mut reader = csv::Reader::from_reader(expected.as_bytes());
        let header = reader.headers().expect("a header").clone();
        let lines: Vec<csv::StringRecord> = reader.records().map(|line| line.expect("a line")).collect();
        assert_eq!(opened.n_records, lines.len());
        opened
            .each(|number, record| {
                let line = &lines[number as usize - 1];
                same(opened.header.schema, &Line(header.iter().zip(line.iter()).collect()), record);
                n_records += 1;
                Ok(())
            })
            .expect("whole records");
        kinds.push(opened.header.schema);
    }
    assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert!(n_records > 50, "only {n_records} records");
}
