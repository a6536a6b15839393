//! Speed of the futures path: a million daily bars from DBN to the batches of the lake's tables, on one core, and the cores of a continuous
//! series. `cargo bench --bench futures`. The whole question, as a user types it, is timed beside DuckDB by `side_by_side.py`.

use chrono::NaiveDate;
use contango::config::Config;
use contango::quant::holding::{Measured, by_figure};
use contango::quant::known::Known;
use contango::quant::splice::{Adjust, Direction, GapDay, PriceKind, Quotes, Terms, splice};
use contango::sources::databento::Databento;
use contango::sources::{Payload, Source};
use contango::time::IngestTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dbn::Schema;

#[path = "../suite/databento/write.rs"]
#[allow(dead_code, reason = "the tests write more kinds of records")]
mod write;

const CONTRACTS: u32 = 400;
const DAYS: usize = 2_500;

/// A million bars: quarterly contracts of ES, each traded on the same weekdays, in order of time as files come.
fn bars() -> Vec<u8> {
    let months = ["H", "M", "U", "Z"];
    let weekdays = NaiveDate::from_ymd_opt(2014, 1, 6)
        .expect("a day")
        .iter_days()
        .filter(|day| chrono::Datelike::weekday(day).number_from_monday() <= 5)
        .take(DAYS)
        .map(|day| day.to_string());
    let days: Vec<String> = weekdays.collect();
    let last = "2024-12-31";
    let mut file = write::File::new(Schema::Ohlcv1D, "ES", &days[0], last);
    for id in 0..CONTRACTS {
        let symbol = format!("ES{}{:02}", months[id as usize % 4], id / 4);
        file = file.map(&symbol, id + 1, &days[0], last);
    }
    for (at, day) in days.iter().enumerate() {
        for id in 0..CONTRACTS {
            let price = 4000.0 + 0.25 * ((at + id as usize) % 400) as f64;
            file = file.bar(id + 1, day, [price, price + 2.0, price - 2.0, price + 0.25], 1000);
        }
    }
    file.plain()
}

fn decode(c: &mut Criterion) {
    let config = Config::built_in().expect("the built-in files are valid");
    let bytes = bars();
    let observed_at = IngestTime::parse("2025-01-10T00:00:00Z").expect("an instant");
    let payload = Payload { name: "es.dbn".into(), bytes: bytes.into(), observed_at, origin: "a bench".into(), hint: None };
    let n_bars = u64::from(CONTRACTS) * DAYS as u64;
    let parsed = Databento.parse(&payload, &config).expect("a file of bars");
    assert_eq!(parsed.rows_read as u64, n_bars);
    let mut group = c.benchmark_group("databento");
    group.sample_size(10).throughput(Throughput::Elements(n_bars));
    group.bench_function("daily bars to batches", |b| b.iter(|| Databento.parse(&payload, &config).expect("a file of bars")));
    group.finish();
}

fn series(c: &mut Criterion) {
    const LIFE: i32 = 360;
    const N: i32 = 160;
    let contracts: Vec<(Quotes<'static>, Vec<f64>)> = (0..N)
        .map(|n| {
            let first = n * 91;
            let day: Vec<i32> = (first..first + LIFE).collect();
            let close = day.iter().map(|day| 100.0 + 0.01 * f64::from(*day)).collect();
            let open_interest = (0..LIFE).map(|at| f64::from((at - 90).clamp(0, 160) - (at - 350).max(0) * 20)).collect();
            let close_at = day.iter().map(|day| i64::from(*day) * 10).collect();
            (Quotes { day: day.into(), close, close_at, ..Quotes::default() }, open_interest)
        })
        .collect();
    let (quotes, figures): (Vec<Quotes<'_>>, Vec<Vec<f64>>) = contracts.into_iter().unzip();
    let days: Vec<i32> = (0..(N - 1) * 91 + LIFE).collect();
    let decide_by: Vec<i64> = days.iter().map(|day| i64::from(*day) * 10 + 9).collect();
    let terms = Terms { price: PriceKind::Close, gap: GapDay::On, adjust: Adjust::Ratio, direction: Direction::Back };
    let mut group = c.benchmark_group("continuous series");
    group.throughput(Throughput::Elements((LIFE * N) as u64));
    group.bench_function("held by open interest and spliced", |b| {
        b.iter(|| {
            let measured: Vec<Measured<'_>> = quotes
                .iter()
                .zip(&figures)
                .map(|(own, value)| Measured {
                    first_day: own.day[0],
                    last_day: Known::always(own.day[own.day.len() - 1]),
                    day: &own.day,
                    available_at: &own.close_at,
                    value,
                })
                .collect();
            splice(&days, &by_figure(&days, &decide_by, &measured), &quotes, terms).expect("positive prices")
        });
    });
    group.finish();
}

criterion_group!(benches, decode, series);
criterion_main!(benches);
