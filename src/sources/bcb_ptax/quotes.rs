//! From the rows of an answer to a batch: the closing quote of each day, bid and ask, under its stamp. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::America::Sao_Paulo;

use super::body::{self, Quote, Row};
use super::{NAME, currency, currency_of};
use crate::config::{Config, Series};
use crate::error::{Error, Result};
use crate::sources::frame::Rows;
use crate::sources::grid::Window;
use crate::sources::{Parsed, Payload, Rejection};
use crate::tables::MACRO_SERIES;
use crate::time::business::BusinessCalendar;
use crate::time::{Availability, KnowledgeTime, Release, Shift};

/// No bulletin comes before the first survey of dealers: an earlier time of day is that of a day alone.
const FIRST_SURVEY: NaiveTime = match NaiveTime::from_hms_opt(10, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// The oldest quotes are of 1984.
const DAYS: crate::sources::day::Days = crate::sources::day::Days::iso(1984, 2150);

/// The rates of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Closing {
    stamp: NaiveDateTime,
    bid: f64,
    ask: f64,
}

/// # Errors
/// The body does not say its currency, or has a stamp after it was observed.
pub(super) fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let rows = body::read(&payload.bytes)?;
    let (currency, window) = of_what(payload.hint.as_deref(), &rows, config)?;
    let mut closings: BTreeMap<NaiveDate, Closing> = BTreeMap::new();
    let (mut rejections, mut repeats_within, mut n_others) = (Vec::new(), 0, 0);
    for (line, row) in (1..).zip(&rows) {
        let mut reject = |column: Option<&str>, reason: String| {
            rejections.push(Rejection { line, column: column.map(str::to_string), reason, raw: row.text() });
        };
        let Row::Quote(quote) = row else {
            reject(None, "no quote: it needs the numbers `cotacaoCompra` and `cotacaoVenda` and the text `dataHoraCotacao`".to_string());
            continue;
        };
        if !is_closing(quote) {
            n_others += 1;
            continue;
        }
        match closing(quote) {
            Err((column, reason)) => reject(Some(column), reason),
            Ok(closing) => match closings.get(&closing.stamp.date()) {
                // the same rates once more are no other quote: they were known from the first stamp on
                Some(first) if (first.bid, first.ask) == (closing.bid, closing.ask) => {
                    repeats_within += 1;
                    let stamp = first.stamp.min(closing.stamp);
                    closings.insert(stamp.date(), Closing { stamp, ..closing });
                }
                Some(first) => reject(Some("dataHoraCotacao"), format!("another closing quote of the day is stamped {}", first.stamp)),
                None => {
                    closings.insert(closing.stamp.date(), closing);
                }
            },
        }
    }
    let read_at = payload.observed_at.as_knowledge();
    if let Some(late) = closings.values().find(|closing| local(closing.stamp) > read_at) {
        return Err(Error::source(format!(
            "the body has a stamp of {}, after the instant at which it is said to have been observed",
            late.stamp
        ))
        .hint("give the time of the download with `--observed-at`"));
    }
    let mut warnings = Vec::new();
    if rows.is_empty() && window.is_none_or(|window| has_business_days(window, payload)) {
        warnings.push("the list is empty: the server answers so to dates that are not written MM-DD-YYYY".to_string());
    }
    Ok(Parsed {
        kind: kind(currency, &closings, n_others),
        rows_read: rows.len(),
        batches: if closings.is_empty() { Vec::new() } else { vec![(&MACRO_SERIES, batch(currency, &closings, config)?)] },
        rejections,
        repeats_within,
        warnings,
        shelf: Some(currency.to_string()),
        ..Parsed::default()
    })
}

/// The currency and the days that were asked for, from the hint: `USD 2024-01-01..2024-12-31`, or what a person typed.
fn of_what<'c>(hint: Option<&str>, rows: &[Row], config: &'c Config) -> Result<(&'c str, Option<Window>)> {
    let Some(hint) = hint else {
        if rows.iter().any(|row| matches!(row, Row::Quote(quote) if quote.tipo_boletim.is_some())) {
            return Err(Error::source("the body does not say which currency it is of")
                .hint("name it with `--series`, as in `--series EUR --file body.json`"));
        }
        return Ok((currency("USD", config)?, None));
    };
    let asked = hint.rsplit_once(' ').and_then(|(named, window)| Some((named, Window::parse(window)?)));
    let (named, window) = asked.map_or((hint, None), |(named, window)| (named, Some(window)));
    Ok((currency(named, config)?, window))
}

/// Of the bulletins of a day the closing one is the PTAX.
fn is_closing(quote: &Quote) -> bool {
    quote.tipo_boletim.as_deref().is_none_or(|kind| ["fechamento ptax", "fechamento"].contains(&kind.trim().to_lowercase().as_str()))
}

fn closing(quote: &Quote) -> Result<Closing, (&'static str, String)> {
    let text = quote.data_hora_cotacao.trim();
    let stamp = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
        .map_err(|_| ("dataHoraCotacao", format!("`{text}` is no date and time yyyy-MM-dd HH:mm:ss")))?;
    DAYS.ensure_sensible(stamp.date()).map_err(|reason| ("dataHoraCotacao", format!("`{text}`: {reason}")))?;
    for (column, rate) in [("cotacaoCompra", quote.cotacao_compra), ("cotacaoVenda", quote.cotacao_venda)] {
        if rate <= 0.0 {
            return Err((column, format!("a rate of {rate} is none")));
        }
    }
    Ok(Closing { stamp, bid: quote.cotacao_compra, ask: quote.cotacao_venda })
}

fn local(stamp: NaiveDateTime) -> KnowledgeTime {
    KnowledgeTime::from_local(stamp, Sao_Paulo)
}

/// The stamp, or what is attested where that is later; of a day without a time of day its end.
fn release(stamp: NaiveDateTime, series: &Series) -> Release {
    let attested = series.rule.as_ref().and_then(|dates| dates.rows().of_period(stamp.date()));
    if let Some(attested) = attested.filter(|attested| attested.at > local(stamp)) {
        return attested;
    }
    if stamp.time() >= FIRST_SURVEY {
        return Release { at: local(stamp), availability: Availability::Stamped };
    }
    Release { at: local(stamp.date().plus_days(1).and_time(NaiveTime::MIN)), availability: Availability::Lagged }
}

fn has_business_days(window: Window, payload: &Payload) -> bool {
    let read_on = DateTime::from_timestamp_micros(payload.observed_at.micros()).unwrap_or_default().with_timezone(&Sao_Paulo).date_naive();
    let end = window.last.map_or(read_on, |last| last.min(read_on));
    BusinessCalendar::Brazil.next(window.first) < end
}

fn batch(currency: &str, closings: &BTreeMap<NaiveDate, Closing>, config: &Config) -> Result<datafusion::arrow::record_batch::RecordBatch> {
    let mut rows = Rows::new(&MACRO_SERIES);
    for series in config.series_of(NAME).filter(|series| currency_of(series) == Some(currency)) {
        let rate: fn(&Closing) -> f64 = if series.id.ends_with("_BID") { |closing| closing.bid } else { |closing| closing.ask };
        for (day, closing) in closings {
            rows.text("source", NAME).text("series_id", series.id.as_str()).day("as_of", *day).float("value", rate(closing));
            rows.end(release(closing.stamp, series));
        }
    }
    rows.finish()
}

/// What the answer is, for the summary: `PTAX USD 2024-01-02..2024-12-31`.
fn kind(currency: &str, closings: &BTreeMap<NaiveDate, Closing>, n_others: usize) -> String {
    let others = if n_others > 0 { format!(" without {n_others} other bulletins") } else { String::new() };
    match (closings.first_key_value(), closings.last_key_value()) {
        (Some((first, _)), Some((last, _))) => format!("PTAX {currency} {first}..{last}{others}"),
        _ => format!("PTAX {currency} without rates{others}"),
    }
}
