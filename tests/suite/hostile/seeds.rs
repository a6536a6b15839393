//! Small files in the shape of every provider, with made-up numbers: what the fuzzer starts from.

use std::io::{Cursor, Write};
use std::sync::Arc;

use contango::config::Config;
use contango::sources::{bars, bcb_focus, cftc, fred, ibge_sidra, us_treasury};
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::parquet::arrow::ArrowWriter;
use dbn::Schema;

use crate::databento::write::File;

/// A file, the source that takes it, and what is said of it.
pub struct Seed {
    pub source: &'static str,
    pub name: &'static str,
    pub hint: Option<&'static str>,
    pub bytes: Vec<u8>,
}

fn seed(source: &'static str, name: &'static str, hint: Option<&'static str>, bytes: impl Into<Vec<u8>>) -> Seed {
    Seed { source, name, hint, bytes: bytes.into() }
}

/// The first lines of a text: a mutation of a small file meets what matters.
fn head(bytes: &[u8], n: usize) -> Vec<u8> {
    let lines = String::from_utf8_lossy(bytes).lines().take(n).collect::<Vec<_>>().join("\n");
    format!("{lines}\n").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("memory takes it");
    out.finish().expect("memory takes it")
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
    archive.write_all(bytes).expect("memory takes it");
    archive.finish().expect("an archive").into_inner()
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.into_inner().expect("a file")
}

const N: usize = 60;

fn bars_parquet() -> Vec<u8> {
    let days: Vec<i32> = (0..N as i32).map(|n| 19_700 + n).collect();
    let prices: Vec<f64> = (0..N).map(|n| 5_000.0 + n as f64 / 4.0).collect();
    parquet(vec![
        ("symbol", Arc::new(StringArray::from_iter_values((0..N).map(|n| if n % 2 == 0 { "ESH4" } else { "ESM4" })))),
        ("as_of", Arc::new(Date32Array::from(days.clone()))),
        ("close", Arc::new(Float64Array::from(prices))),
        ("expiration", Arc::new(Date32Array::from(days.iter().map(|day| day + 90).collect::<Vec<_>>()))),
    ])
}

fn vintages_parquet() -> Vec<u8> {
    let months: Vec<i32> = (0..N as i32).map(|n| 17_000 + 30 * n).collect();
    let at: Vec<i64> = months.iter().map(|month| (i64::from(*month) + 40) * 86_400_000_000).collect();
    parquet(vec![
        ("series_id", Arc::new(StringArray::new_repeated("GDP", N))),
        ("as_of", Arc::new(Date32Array::from(months))),
        ("value", Arc::new(Float64Array::from(vec![1.5; N]))),
        ("available_at", Arc::new(TimestampMicrosecondArray::from(at).with_timezone("UTC"))),
    ])
}

fn dbn() -> Vec<(&'static str, Vec<u8>)> {
    let file = |schema| File::new(schema, "ES", "2024-01-07", "2024-01-13").map("ESH4", 17, "2024-01-01", "2025-01-01");
    let bars = ["2024-01-08", "2024-01-09", "2024-01-10"];
    let bars = bars.iter().fold(file(Schema::Ohlcv1D), |file, day| file.bar(17, day, [100.0, 101.0, 99.0, 100.5], 7));
    let figures = file(Schema::Statistics)
        .figure(17, dbn::StatType::SettlementPrice, "2024-01-08", "2024-01-08 23:00", Some(100.5), 1)
        .figure(17, dbn::StatType::OpenInterest, "2024-01-08", "2024-01-09 14:00", Some(1_000.0), 0);
    vec![
        ("bars.dbn.zst", bars.zstd()),
        ("bars.dbn", bars.plain()),
        ("statistics.dbn", figures.plain()),
        ("statistics.dbn.zst", figures.zstd()),
    ]
}

const TESOURO: &str = "Tipo Titulo;Data Vencimento;Data Base;Taxa Compra Manha;Taxa Venda Manha;PU Compra Manha;PU Venda Manha;PU Base Manha\n\
     Tesouro Prefixado;01/01/2029;09/02/2024;10,06;10,18;636,83;634,64;634,50\n\
     Tesouro IPCA+;15/05/2035;08/02/2024;5,50;5,62;2.036,83;1.934,64;1.934,50\n";
const REPORT: &str = r#"<?xml version="1.0" encoding="utf-8"?><Document><BizFileHdr><Xchg><BizGrpDesc><BizGrpDtls><CreDtAndTm>2024-02-08T20:43:42</CreDtAndTm></BizGrpDtls></BizGrpDesc>
<BizGrp><Document><PricRpt><TradDt><Dt>2024-02-08</Dt></TradDt><SctyId><TckrSymb>DI1F25</TckrSymb></SctyId><FinInstrmAttrbts><AdjstdQt Ccy="BRL">90000.00</AdjstdQt><AdjstdQtTax Ccy="BRL">11.9</AdjstdQtTax></FinInstrmAttrbts></PricRpt></Document></BizGrp></Xchg></BizFileHdr></Document>"#;
const FEED: &str = "<?xml version=\"1.0\"?><feed xmlns:d=\"d\" xmlns:m=\"m\"><entry><content><m:properties><d:NEW_DATE>2026-03-04T00:00:00</d:NEW_DATE>\
     <d:BC_10YEAR>4.22</d:BC_10YEAR></m:properties></content></entry></feed>";
const SGS: &str = r#"[{"data":"01/02/2024","valor":"11.75"},{"data":"02/02/2024","valor":"11.25"},{"data":"05/02/2024","valor":""}]"#;
const SGS_OF_MONTHS: &str =
    r#"[{"data":"01/02/2024","valor":"-246.95"},{"data":"01/03/2024","valor":"-252.11"},{"data":"01/04/2024","valor":""}]"#;
const PTAX: &str =
    r#"{"@odata.context":"x","value":[{"cotacaoCompra":4.9,"cotacaoVenda":4.91,"dataHoraCotacao":"2024-02-08 13:04:27.123"}]}"#;
const FRED: &str = r#"{"realtime_start":"2024-01-01","realtime_end":"2024-12-31","units":"lin","output_type":1,"count":2,"offset":0,"limit":100000,"observations":[{"realtime_start":"2024-01-25","realtime_end":"2024-02-27","date":"2023-10-01","value":"27938.8"},{"realtime_start":"2024-02-28","realtime_end":"2024-12-31","date":"2023-10-01","value":"."}]}"#;
const FREDMD: &str =
    "sasdate,RPI,INDPRO,S&P 500\nTransform:,5,5,5\n1/1/2024,19000.5,102.1,4800\n2/1/2024,19050.5,102.3,5000\n3/1/2024,19100.5,,\n";
const PHILADELPHIA: &str = "DATE,ROUTPUT65Q4,ROUTPUT66Q1\n1947:Q1,306.4,306.4\n1947:Q2,309.0,309.0\n1965:Q4,#N/A,500.5\n";
const VINTAGES: &str =
    "series_id,as_of,value,realtime_start\nGDP,2024-01-01,1.5,2024-04-25\nGDP,2024:Q1,1.25,2024-05-30\nCPI,2024M2,0.5,2024-03-12\n";

/// Every seed.
pub fn all() -> Vec<Seed> {
    let config = Config::built_in().expect("the built-in configuration");
    let contracts = head(&bars::sample::file(&config).1, 40);
    let positions = cftc::sample::files();
    let positions = positions.first().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    let economic = fred::sample::series();
    let economic = economic.first().map(|(id, (_, bytes))| (*id, head(bytes, 40))).unwrap_or_default();
    let chart =
        crate::markets::chart::Chart::of_currency("BRL=X", "BRL", "2024-07-03").closing(&[("2024-07-01", 5.5903), ("2024-07-02", 5.6501)]);
    let mut seeds = vec![
        seed("bars", "bars.csv", None, contracts.clone()),
        seed("bars", "bars.csv.gz", None, gzip(&contracts)),
        seed("bars", "bars.parquet", None, bars_parquet()),
        seed("vintages", "vintages.csv", Some("source=mine"), VINTAGES),
        seed("vintages", "vintages.parquet", Some("source=mine"), vintages_parquet()),
        seed("vintages", "routputQvQd.csv", None, PHILADELPHIA),
        seed("vintages", "2024-04.csv", Some("vintage=2024-04"), FREDMD),
        seed("cftc", "positions.zip", None, positions),
        seed("cftc", "FinFutYY.txt", None, include_bytes!("../../../fixtures/cftc/tff_futures_only/FinFutYY.txt").to_vec()),
        seed("cftc", "rows.json", None, include_bytes!("../../../fixtures/cftc/socrata_json_legacy/jun7-fc8e.json").to_vec()),
        seed("fred", "fred.json", Some(economic.0), economic.1),
        seed("fred", "page.json", Some("GDP"), FRED),
        seed("bcb_sgs", "sgs.json", Some("432"), SGS),
        seed("bcb_sgs", "sgs.csv", Some("432"), "data;valor\n01/02/2024;11,75\n02/02/2024;11,25\n"),
        seed("bcb_fx_flow", "flow.json", Some("FX_TOTAL_NET"), SGS),
        seed("stn_fiscal", "fiscal.json", Some("PRIMARY_12M"), SGS_OF_MONTHS),
        seed("bcb_ptax", "ptax.json", Some("USD"), PTAX),
        seed("bcb_focus", "whole.json", None, bcb_focus::sample::file().1),
        seed("ibge_sidra", "sidra.json", None, ibge_sidra::sample::file().1),
        seed("us_treasury", "par.csv", None, head(&us_treasury::sample::file().1, 20)),
        seed("us_treasury", "real.csv", None, head(&us_treasury::sample::real_file().1, 20)),
        seed("us_treasury", "feed.xml", None, FEED),
        seed("b3_tesouro", "tesouro.csv", None, TESOURO),
        seed("b3_tesouro", "report.zip", None, zip("a.zip", &zip("report.xml", REPORT.as_bytes()))),
        seed("b3_tesouro", "report.xml", None, REPORT),
        seed("yahoo", "chart.json", None, chart.body()),
    ];
    seeds.extend(dbn().into_iter().map(|(name, bytes)| seed("databento", name, None, bytes)));
    let sheets = crate::sources::vintages::workbook(&[
        &["DATE", "ROUTPUT65Q4", "ROUTPUT66Q1"],
        &["1947:Q1", "306.4", "306.4"],
        &["1965:Q4", "#N/A", "500.5"],
    ]);
    seeds.push(seed("vintages", "routputQvQd.xlsx", None, sheets));
    let sheets = crate::sources::vintages::workbook(&[
        &["symbol", "as_of", "close"],
        &["ESH4", "2024-03-08", "5150"],
        &["ESM4", "2024-03-08", "5200.25"],
    ]);
    seeds.push(seed("bars", "bars.xlsx", None, sheets));
    seeds
}
