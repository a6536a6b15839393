//! PTAX, the closing rates of the Banco Central do Brasil: reais per unit of a currency, bid and ask, into `macro_series` as
//! `PTAX_USD_BID`, `PTAX_USD_ASK` and so on.
//!
//! - **Where**: `olinda.bcb.gov.br`, OData, without a key. Days are asked for as MM-DD-YYYY in quotes: to a day written otherwise the server
//!   answers an empty list, with status 200, so an empty list is told and never kept.
//! - **What a payload looks like**: `{"value":[{"cotacaoCompra":5.4321,"cotacaoVenda":5.4327,"dataHoraCotacao":"2026-01-05 13:04:12.345"}]}`;
//!   of currencies other than the dollar every bulletin of the day, told apart by `tipoBoletim`, of which the closing one is taken.
//! - **Which currency it is** does not stand in the body: the payload's hint says it. A body without bulletins is of the dollar.
//! - **When it becomes known**: at the stamp of the bulletin, which is local to Brasília and has no offset. A day without a time of day, as
//!   old ones are written, is known at its end.
//! - **Revisions**: none; a rate that changed is known from when that was seen.
//!
//! The way of a payload: `body` → `quotes` (rows, judged and dated) → a batch. Asking the server: `plan`.

mod body;
mod plan;
mod quotes;

use chrono::NaiveDate;

use super::{Answer, Download, Parsed, Payload, Request, Source};
use crate::config::{Config, Series, closest};
use crate::error::{Error, Result};
use crate::tables::{MACRO_SERIES, Table};

/// The name on the command line, in the archive and in the column `source`.
pub const NAME: &str = "bcb_ptax";

/// The closing rates.
pub struct BcbPtax;

static TABLES: &[&Table] = &[&MACRO_SERIES];

impl Source for BcbPtax {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "Banco Central do Brasil, PTAX: closing rates of the real, under the stamp of the bulletin"
    }
    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }
    /// A later rate of a day is a revision of when it was seen, not of the bulletin.
    fn stamps(&self, _: &'static Table) -> bool {
        false
    }
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        body::judge(status, body)
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        quotes::parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        plan::plan(request, today, config).map_err(|error| error.in_source(NAME))
    }
}

/// The currency of a described series: `USD` of `PTAX_USD_BID`.
fn currency_of(series: &Series) -> Option<&str> {
    series.code.as_deref()
}

/// The currency that is meant by its own name or by that of one of its series.
///
/// # Errors
/// None of the described ones is.
fn currency<'c>(named: &str, config: &'c Config) -> Result<&'c str> {
    let wanted = named.trim();
    let is_meant = |series: &&Series| {
        series.id.eq_ignore_ascii_case(wanted) || currency_of(series).is_some_and(|code| code.eq_ignore_ascii_case(wanted))
    };
    if let Some(code) = config.series_of(NAME).find(is_meant).and_then(currency_of) {
        return Ok(code);
    }
    let mut known: Vec<&str> = config.series_of(NAME).filter_map(currency_of).collect();
    known.dedup();
    let names = config.series_of(NAME).map(|series| series.id.as_str()).chain(known.iter().copied());
    let hint = match closest(wanted, names) {
        Some(near) => format!("did you mean `{near}`? there are {}", known.join(", ")),
        None => format!("there are {}", known.join(", ")),
    };
    Err(Error::usage(format!("unknown currency `{wanted}`")).hint(hint))
}
