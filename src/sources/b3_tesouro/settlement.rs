//! The curve of DI futures from their settlement prices.
//!
//! A contract pays 100,000 reais on the first business day of its month, and its price is that sum discounted over business days at the rate
//! agreed: `rate = (100000 / price)^(252 / days) − 1` (B3, contract specification of the one-day interbank deposit future). Days are counted
//! by the calendar as it was known on the trade date, since that is how the exchange settled it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::America::Sao_Paulo;

use super::{CALENDAR, YEAR_DAYS, days_until};
use crate::contract::month_of_letter;
use crate::error::{Error, Result};
use crate::sources::day::Days;
use crate::sources::frame::Rows;
use crate::sources::{Parsed, Rejection};
use crate::tables;
use crate::time::{Availability, IngestTime, KnowledgeTime, Release};

/// What a contract pays at its maturity.
const NOTIONAL: f64 = 100_000.0;
/// A rate is printed with three decimals: further off, price and rate are not of one contract, or the calendar is not the exchange's.
const TOLERANCE: f64 = 0.01;

/// A row of a report, as text.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub line: u64,
    pub raw: String,
    pub ticker: String,
    pub day: NaiveDate,
    pub price: Option<f64>,
    /// The rate that is printed beside the price, in percent.
    pub rate: Option<f64>,
}

/// The DI futures of a report.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    /// What it is, for the summary.
    pub kind: &'static str,
    /// When it says that it was made.
    pub made_at: Option<NaiveDateTime>,
    /// Rows of the report, of whatever instrument.
    pub rows_read: usize,
    pub rows: Vec<Row>,
    pub rejections: Vec<Rejection>,
}

/// Days of the exchange's reports; DI futures have been traded since 1991.
pub(super) const DAYS: Days = Days::iso(1990, 2150);

/// Whether a symbol is a DI future's: DI1F27.
pub(super) fn is_di(ticker: &str) -> bool {
    ticker.len() == 6 && maturity(ticker).is_some()
}

/// The first business day of a contract's month.
fn maturity(ticker: &str) -> Option<NaiveDate> {
    let code = ticker.strip_prefix("DI1")?;
    let month = month_of_letter(code.chars().next()?)?;
    let year: i32 = code.get(1..).filter(|year| year.len() == 2)?.parse().ok()?;
    NaiveDate::from_ymd_opt(2000 + year, month, 1).map(|first| CALENDAR.next(first))
}

/// The rate in percent a year that a price stands for, `days` business days before maturity; `None` where there is no term or no price.
pub(super) fn rate_of(price: f64, days: i64) -> Option<f64> {
    (days > 0 && price > 0.0).then(|| ((NOTIONAL / price).powf(YEAR_DAYS / days as f64) - 1.0) * 100.0)
}

/// The curve of a report. A contract that matures on the day has no term and is no point of it.
///
/// # Errors
/// The report holds no DI future.
pub(super) fn curve(report: Settlement, observed_at: IngestTime) -> Result<Parsed> {
    let Settlement { kind, made_at, rows_read, mut rows, rejections } = report;
    if rows.is_empty() && rejections.is_empty() {
        return Err(Error::source("the report holds no DI future").hint("is it the report of derivatives? contracts are called DI1F27"));
    }
    rows.sort_by(|a, b| (a.day, &a.ticker).cmp(&(b.day, &b.ticker)));
    let mut parsed = Parsed { rows_read, rejections, shelf: Some("di".to_string()), ..Parsed::default() };
    let span = rows.first().zip(rows.last()).map_or("without rows".to_string(), |(first, last)| format!("{}..{}", first.day, last.day));
    parsed.kind = format!("{kind} {span}");
    let mut curve = Rows::new(tables::get("curves"));
    let mut off = Vec::new();
    let mut last: Option<&Row> = None;
    for row in &rows {
        let mut reject = |reason: String| {
            let column = Some("AdjstdQt".to_string());
            parsed.rejections.push(Rejection { line: row.line, column, reason, raw: row.raw.clone() });
        };
        let Some(maturity) = maturity(&row.ticker) else { continue };
        if last.is_some_and(|last| last.day == row.day && last.ticker == row.ticker) {
            if last.is_some_and(|last| last.price == row.price) {
                parsed.repeats_within += 1;
            } else {
                reject("another row of the report has another price of the same contract".to_string());
            }
            continue;
        }
        last = Some(row);
        let days = days_until(maturity, row.day);
        if days == 0 {
            continue;
        }
        let Some(rate) = row.price.and_then(|price| rate_of(price, days)) else {
            reject(match row.price {
                Some(_) if days < 0 => format!("`{}` had matured on {maturity}", row.ticker),
                Some(price) => format!("{price} is no price"),
                None => "the contract has no settlement price".to_string(),
            });
            continue;
        };
        off.extend(row.rate.filter(|printed| (printed - rate).abs() > TOLERANCE).map(|_| row.ticker.clone()));
        let release = release(row.day, made_at);
        if begins(row.day) > observed_at.as_knowledge() {
            reject(format!("{} was still to come when the report is said to have been observed", row.day));
            continue;
        }
        curve.text("curve_id", tables::curves::BR_DI).text("kind", "di").text("tenor", maturity.to_string().as_str()).day("as_of", row.day);
        curve.float("tenor_years", days as f64 / YEAR_DAYS).float("rate", rate).text("unit", "percent a year");
        curve.text("compounding", "annual").text("day_count", "BUS/252").text("method", "settlement price of the DI future").end(release);
    }
    if !off.is_empty() {
        let warning = format!("the rate that is printed is not that of the price for {}: the rate of the price is taken", off.join(", "));
        parsed.warnings.push(warning);
    }
    parsed.batches = vec![(tables::get("curves"), curve.finish()?)];
    Ok(parsed)
}

fn begins(day: NaiveDate) -> KnowledgeTime {
    KnowledgeTime::from_local(day.and_time(NaiveTime::MIN), Sao_Paulo)
}

/// The end of the trade date, or when the report was made where that is later.
fn release(day: NaiveDate, made_at: Option<NaiveDateTime>) -> Release {
    let end = day.succ_opt().map_or_else(|| begins(day), begins);
    let made = made_at.map(|made| KnowledgeTime::from_local(made, Sao_Paulo));
    Release { at: made.map_or(end, |made| made.max(end)), availability: Availability::Lagged }
}

/// When a report says that it was made.
pub(super) fn instant(written: &str) -> Option<NaiveDateTime> {
    match DateTime::parse_from_rfc3339(written) {
        Ok(at) => Some(at.with_timezone(&Sao_Paulo).naive_local()),
        Err(_) => NaiveDateTime::parse_from_str(written, "%Y-%m-%dT%H:%M:%S%.f").ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_matures_on_the_first_business_day_of_its_month() {
        let matures = |ticker| maturity(ticker).map(|day| day.to_string());
        assert_eq!(matures("DI1F19").as_deref(), Some("2019-01-02"));
        assert_eq!(matures("DI1N23").as_deref(), Some("2023-07-03"));
        for other in ["DI1F1", "DOLF19", "DI1A19", "DI1F19C", "DI1", "DI1Fxx"] {
            assert!(!is_di(other), "{other}");
        }
    }

    #[test]
    fn a_rate_is_over_252_business_days() {
        let rate = rate_of(90_000.0, 252).expect("a rate");
        assert!((rate - 100.0 / 9.0).abs() < 1e-9, "{rate}");
        assert_eq!((rate_of(100_000.0, 0), rate_of(0.0, 252), rate_of(100_000.0, -3)), (None, None, None));
    }

    #[test]
    fn a_report_is_known_when_the_day_is_over_and_it_was_made() {
        let day: NaiveDate = "2018-01-02".parse().expect("a day");
        let known = |made: Option<&str>| release(day, made.and_then(instant)).at;
        let at = |text| KnowledgeTime::parse(text).expect("an instant");
        assert_eq!(known(Some("2018-01-02T20:43:42")), at("2018-01-03 02:00:00Z"), "summer time in Brazil");
        assert_eq!(known(Some("2018-01-03T12:00:00Z")), at("2018-01-03 12:00:00Z"));
        assert_eq!(known(None), at("2018-01-03 02:00:00Z"));
    }
}
