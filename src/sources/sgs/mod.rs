//! The time series of the Banco Central do Brasil (SGS): one interface that three sources are read from, each a list of series and a table.
//!
//! - **Where**: `api.bcb.gov.br/dados/serie/bcdata.sgs.<code>/dados`, JSON, without a key; bodies that were saved, and the CSV of the same
//!   interface, are taken as files.
//! - **What a payload looks like**: `[{"data":"02/01/2026","valor":"5.4500"}]`, texts both, days first; series of periods have `datafim` too.
//! - **Which series it is** does not stand in the body: the payload's hint says it (`--series`, or the request). Two series may well have
//!   equal figures, so the hint is part of what a payload is.
//! - **When it becomes known**: by the rule of the series in `config/series.toml`; the interface has neither stamps nor vintages.
//! - **Revisions**: seen when a value differs from the one read before. Of a series that revises, what is read long after its release is
//!   `backcast`.
//!
//! The way of a payload: `body` (JSON or CSV, or what it is instead) → `observations` (rows, judged and dated) → a batch. Asking the server:
//! `windows` (what is asked) → the downloads, whose answers `answer` tells apart. `refused` lists the codes that nobody should trust.

mod answer;
mod body;
mod observations;
mod refused;
mod windows;

use std::fmt;

use chrono::NaiveDate;

use self::body::Body;
use super::grid::Window;
use super::{Answer, Download, Parsed, Payload, Request, Source};
use crate::config::{Config, Series, closest};
use crate::error::{Error, Result};
use crate::tables::Table;

/// A source that is read from this interface.
pub struct Sgs {
    pub name: &'static str,
    pub doc: &'static str,
    /// The one table that it feeds, in the shape of a series.
    pub tables: &'static [&'static Table],
}

impl Source for Sgs {
    fn name(&self) -> &'static str {
        self.name
    }
    fn doc(&self) -> &'static str {
        self.doc
    }
    fn tables(&self) -> &'static [&'static Table] {
        self.tables
    }
    fn stamps(&self, _: &'static Table) -> bool {
        false
    }
    /// Each payload says it for its series.
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        answer::judge(status, body)
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        self.parse_payload(payload, config).map_err(|error| error.in_source(self.name).in_file(payload.name.as_str()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        windows::plan(self, request, today, config).map_err(|error| error.in_source(self.name))
    }
}

impl Sgs {
    fn parse_payload(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        let body = Body::read(&payload.bytes)?;
        let hint = payload.hint.as_deref().ok_or_else(|| {
            Error::source("the body does not say which series it is of")
                .hint("name it with `--series`, as in `--series 432 --file body.json`")
        })?;
        let hint = Hint::parse(hint);
        observations::parse(self, self.find(&hint.series, config)?, hint.window, body, payload)
    }

    /// The described series of this name, or of this code of the provider.
    ///
    /// # Errors
    /// There is none, or its code is one that nobody should trust; the hint says what to ask for instead.
    fn find<'c>(&self, named: &str, config: &'c Config) -> Result<&'c Series> {
        let wanted = named.trim();
        let is_called = |series: &&Series| series.id.eq_ignore_ascii_case(wanted) || series.code.as_deref() == Some(wanted);
        if let Some(series) = config.series_of(self.name).find(is_called) {
            return Ok(series);
        }
        if let Some(why) = refused::reason(wanted) {
            return Err(Error::usage(format!("series `{wanted}` is not taken: {why}")).hint(self.where_listed()));
        }
        let elsewhere =
            ALL.into_iter().filter(|name| *name != self.name).find_map(|name| Some((name, config.series_of(name).find(is_called)?)));
        let hint = match (elsewhere, closest(wanted, config.series_of(self.name).map(|series| series.id.as_str()))) {
            (Some((source, series)), _) => format!("it comes with another source: `contango ingest {source} --series {}`", series.id),
            (None, Some(near)) => format!("did you mean `{near}`? {}", self.where_listed()),
            (None, None) => format!("{}; a file given with `--config` adds one under `[series.{}]`", self.where_listed(), self.name),
        };
        Err(Error::usage(format!("configuration describes no series `{wanted}` of {}", self.name)).hint(hint))
    }

    fn where_listed(&self) -> String {
        format!("`SELECT series_id, name FROM meta.series_metadata WHERE source = '{}'` lists those that are", self.name)
    }
}

/// The sources that are read from this interface.
const ALL: [&str; 3] = ["bcb_fx_flow", "bcb_sgs", "stn_fiscal"];

/// What the provider calls a series.
fn code(series: &Series) -> &str {
    series.code.as_deref().unwrap_or(&series.id)
}

/// What is said of a payload where its content does not: the series, and the days that were asked for. Written `432`, or
/// `432 2010-01-01..2019-12-31`, or `432 2026-01-01..` where the end was left to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hint {
    series: String,
    window: Option<Window>,
}

impl Hint {
    fn parse(text: &str) -> Self {
        let parts = text.rsplit_once(' ').and_then(|(series, window)| Some((series, Window::parse(window)?)));
        match parts {
            Some((series, window)) => Self { series: series.to_string(), window: Some(window) },
            None => Self { series: text.to_string(), window: None },
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.window {
            Some(window) => write!(f, "{} {window}", self.series),
            None => f.write_str(&self.series),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_as_it_is_written() {
        for text in ["432", "432 2010-01-01..2019-12-31", "FX_TOTAL_NET 2026-01-01.."] {
            assert_eq!(Hint::parse(text).to_string(), text);
        }
        assert_eq!(Hint::parse("432 last").series, "432 last", "no window is a name, and an unknown one");
    }

    #[test]
    fn a_series_is_found_by_its_name_and_by_its_code() {
        let config = Config::built_in().expect("the built-in configuration");
        let found = |source: &Sgs, named: &str| source.find(named, &config).map(|series| series.id.clone()).map_err(|e| e.to_string());
        let (sgs, flow) = (&crate::sources::bcb_sgs::BCB_SGS, &crate::sources::bcb_fx_flow::BCB_FX_FLOW);
        assert_eq!(found(sgs, "432").as_deref(), Ok("432"));
        assert_eq!(found(flow, "13961").as_deref(), Ok("FX_TOTAL_NET"));
        assert_eq!(found(flow, "fx_total_net").as_deref(), Ok("FX_TOTAL_NET"));
        let elsewhere = found(sgs, "13961").expect_err("of another source");
        assert!(elsewhere.contains("contango ingest bcb_fx_flow --series FX_TOTAL_NET"), "{elsewhere}");
        let refused = found(sgs, "29034").expect_err("refused");
        assert!(refused.contains("Focus") && refused.contains("not taken"), "{refused}");
        assert!(found(sgs, "4333").expect_err("unknown").contains("did you mean `433`?"));
    }
}
