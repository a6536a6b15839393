//! Made-up vintages of economic series, beside the positioning and the futures of the standard lake: written through the lake's own append,
//! repeats included, cut at an instant like them.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};
use contango::lake::Lake;
use contango::tables;
use contango::time::{Availability, KnowledgeTime};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};

use super::{append, day, instant};

/// One publication of one observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Print {
    pub source: &'static str,
    pub series_id: &'static str,
    pub as_of: NaiveDate,
    pub available_at: KnowledgeTime,
    pub availability: Availability,
    pub backcast: bool,
    /// `None` where the source says that there is no figure.
    pub value: Option<f64>,
}

/// Payrolls of five months and what was made of them, GDP as two sources keep it, and a daily yield that is never revised.
pub fn standard() -> Vec<Print> {
    let mut prints = Vec::new();
    let mut publish = |(source, series_id, availability): (&'static str, &'static str, Availability), at: &str, values: &[(&str, f64)]| {
        prints.extend(values.iter().map(|(as_of, value)| Print {
            source,
            series_id,
            as_of: day(as_of),
            available_at: instant(at),
            availability,
            backcast: false,
            value: Some(*value).filter(|value| value.is_finite()),
        }));
    };
    // each report revises the two months before it; February's of November is of an old month, March's of December is none
    let payrolls = ("fred", "PAYEMS", Availability::Scheduled);
    publish(payrolls, "2022-12-02 13:30:00Z", &[("2022-11-01", 1000.0)]);
    publish(payrolls, "2023-01-06 13:30:00Z", &[("2022-11-01", 1000.5), ("2022-12-01", 1010.0)]);
    publish(payrolls, "2023-02-03 13:30:00Z", &[("2022-11-01", 1008.0), ("2022-12-01", 1018.25), ("2023-01-01", 1040.0)]);
    publish(payrolls, "2023-03-10 13:30:00Z", &[("2022-12-01", 1018.25), ("2023-01-01", 1039.5), ("2023-02-01", 1050.0)]);
    publish(payrolls, "2023-04-07 12:30:00Z", &[("2023-01-01", 1040.0), ("2023-02-01", 1050.0), ("2023-03-01", 1062.0)]);
    // the fourth quarter is taken back for a while, and comes back as it was; the third is revised when it is old
    let gdp = ("fred", "GDP", Availability::Scheduled);
    publish(gdp, "2022-10-27 12:30:00Z", &[("2022-07-01", 256.0)]);
    publish(gdp, "2022-11-30 13:30:00Z", &[("2022-07-01", 258.0)]);
    publish(gdp, "2022-12-22 13:30:00Z", &[("2022-07-01", 258.0)]);
    publish(gdp, "2023-01-26 13:30:00Z", &[("2022-10-01", 264.0)]);
    publish(gdp, "2023-02-23 13:30:00Z", &[("2022-10-01", f64::NAN)]);
    publish(gdp, "2023-03-30 12:30:00Z", &[("2022-07-01", 259.0), ("2022-10-01", 264.0)]);
    publish(gdp, "2023-04-27 12:30:00Z", &[("2023-01-01", 270.125)]);
    // the same series under another source: whole vintages, each with every quarter, most of them repeats
    let philadelphia = ("philadelphia", "GDP", Availability::Lagged);
    publish(philadelphia, "2022-08-16 04:00:00Z", &[("2022-01-01", 240.0), ("2022-04-01", 248.0)]);
    publish(philadelphia, "2022-11-16 05:00:00Z", &[("2022-01-01", 240.0), ("2022-04-01", 248.0), ("2022-07-01", 256.0)]);
    publish(
        philadelphia,
        "2023-02-16 05:00:00Z",
        &[("2022-01-01", 241.5), ("2022-04-01", 248.0), ("2022-07-01", 258.0), ("2022-10-01", 264.0)],
    );
    // a yield of each trading day, known at its end in New York (four hours from UTC since 12 March 2023); one day has none
    let yields = ("fred", "DGS10", Availability::Lagged);
    let last = day("2023-03-24");
    for date in day("2023-03-06").iter_days().take_while(|date| *date <= last) {
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            continue;
        }
        let hour = if date < day("2023-03-12") { 5 } else { 4 };
        let at = format!("{} 0{hour}:00:00Z", date.succ_opt().expect("a next day"));
        let value = if date == day("2023-03-15") { f64::NAN } else { 4.0 - 0.125 * f64::from(date.day() % 5) };
        publish(yields, &at, &[(&date.to_string(), value)]);
    }
    prints
}

/// The prints that were known by an instant.
pub fn cut(prints: &[Print], at: KnowledgeTime) -> Vec<Print> {
    prints.iter().filter(|print| print.available_at <= at).cloned().collect()
}

/// Writes prints into a lake whose table of them is empty, spread over `n_payloads` commits.
pub async fn write_into(lake: &Lake, prints: &[Print], n_payloads: usize) {
    for part in 0..n_payloads {
        let mut mine: Vec<&Print> = prints.iter().skip(part).step_by(n_payloads).collect();
        mine.sort_by_key(|print| (print.source, print.series_id, print.as_of, print.available_at));
        append(lake, &tables::MACRO_SERIES, part, mine.len(), |name| Some(values(name, &mine))).await;
    }
}

fn values(name: &str, prints: &[&Print]) -> ArrayRef {
    let text =
        |value: &dyn Fn(&Print) -> String| Arc::new(prints.iter().map(|print| Some(value(print))).collect::<StringArray>()) as ArrayRef;
    match name {
        "as_of" => {
            let days = prints.iter().map(|print| Some(print.as_of.signed_duration_since(NaiveDate::default()).num_days() as i32));
            Arc::new(days.collect::<Date32Array>())
        }
        "source" => text(&|print| print.source.into()),
        "series_id" => text(&|print| print.series_id.into()),
        "value" => Arc::new(prints.iter().map(|print| print.value).collect::<Float64Array>()),
        "available_at" | "ingested_at" => {
            let instants = prints.iter().map(|print| Some(print.available_at.micros()));
            Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        "availability" => text(&|print| print.availability.name().into()),
        "backcast" => Arc::new(prints.iter().map(|print| Some(print.backcast)).collect::<BooleanArray>()),
        "payload" => text(&|_| "0".repeat(64)),
        _ => unreachable!("`{name}` is no stored column of macro_series"),
    }
}
