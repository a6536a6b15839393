//! Brazilian rates: the bonds that Tesouro Direto sells to the public, and the DI futures of B3.
//!
//! - **Where**: Tesouro Transparente's CSV of every price and yield since 2002, one file that is made anew each business day (about 14 MB,
//!   without a key). B3's files come with `--file`: its server gives them out against a token that it may ask a person for. Taken are the price
//!   report (BVBG.086 and BVBG.187, XML, also zipped) and the consolidated trades (`TradeInformationConsolidated`, CSV, from 2021 on).
//! - **What a payload looks like**: `Tesouro Prefixado;01/01/2029;26/08/2026;14,06;14,18;736,83;734,64;734,64` with the columns named in the
//!   header; `2026-09-11;DI1F27;…;96230,69;13,587;…`; `<PricRpt>…<TckrSymb>DI1F27</TckrSymb>…<AdjstdQt Ccy="BRL">96230.69</AdjstdQt>…`.
//! - **What is made of it**: a row of `bonds` per bond and day; the curves `BR_TESOURO_PREFIXADO` (zero) and `BR_TESOURO_IPCA` (real) from
//!   the bonds without coupons; the curve `BR_DI` from the settlement prices of the DI futures, a tenor per contract.
//! - **When it becomes known**: Tesouro's file on the next business day at noon in Brasília, an assumption; B3's settlement prices by the end
//!   of their day, an assumption too, and never before the report says that it was made.
//! - **Revisions**: none are known.

mod consolidated;
mod price_report;
mod settlement;
mod tesouro;
mod unpack;

use std::sync::LazyLock;
use std::time::Duration as Span;

use chrono::NaiveDate;

use self::settlement::Settlement;
use self::unpack::Content;
use super::{Download, Parsed, Payload, Request, Source};
use crate::config::{Config, closest};
use crate::error::{Error, Result};
use crate::tables::{self, Table};
use crate::time::business::{BusinessCalendar, BusinessDays};

const NAME: &str = "b3_tesouro";
/// The one thing that is downloaded.
const DOWNLOADED: &str = "tesouro_direto";
/// Bonds and contracts are counted over business days of Brazil.
const CALENDAR: BusinessCalendar = BusinessCalendar::Brazil;
const YEAR_DAYS: f64 = 252.0;

/// Tesouro Direto and B3.
pub struct B3Tesouro;

impl Source for B3Tesouro {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "Tesouro Direto's bonds, and the curve of B3's DI futures (from files)"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: LazyLock<[&Table; 2]> = LazyLock::new(|| [tables::get("bonds"), tables::get("curves")]);
        &*TABLES
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    /// The whole history comes each time, so that days are not chosen.
    fn plan(&self, request: &Request, _: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        if let Some(other) = request.chosen("series").iter().find(|name| *name != DOWNLOADED) {
            let near = closest(other, [DOWNLOADED]).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let hint = format!("{near}only `{DOWNLOADED}` is downloaded; B3's files come with `--file`");
            return Err(Error::usage(format!("`{other}` cannot be downloaded")).in_source(NAME).hint(hint));
        }
        let url = format!("{}/precotaxatesourodireto.csv", config.source(NAME)?.url);
        Ok(vec![Download { timeout: Span::from_secs(300), ..Download::new("Tesouro Direto, prices and yields", url) }])
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let rule =
        config.source(NAME)?.rule.as_ref().ok_or_else(|| Error::internal(format!("config/sources.toml has no release of `{NAME}`")))?;
    match unpack::unpack(&payload.bytes)? {
        Content::Delimited(text) if consolidated::is_one(&text) => settlement::curve(consolidated::read(&text)?, payload.observed_at),
        Content::Delimited(text) => tesouro::read(&text, rule, payload.observed_at),
        Content::Reports(reports) => {
            let read: Vec<Settlement> = reports.iter().map(|xml| price_report::read(xml)).collect::<Result<_>>()?;
            // A day's report comes out several times, and the last one counts.
            let newest = read.into_iter().max_by_key(|report| report.made_at);
            settlement::curve(newest.ok_or_else(|| Error::source("the archive holds no report"))?, payload.observed_at)
        }
    }
}

/// Business days until a day, as the calendar was known on `as_of`.
fn days_until(maturity: NaiveDate, as_of: NaiveDate) -> i64 {
    static DAYS: LazyLock<BusinessDays> = LazyLock::new(|| {
        let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        BusinessDays::new(CALENDAR, new_year(2000), new_year(2100))
    });
    DAYS.count(as_of, maturity, as_of)
}
