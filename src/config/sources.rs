//! Where providers are, and how far they are trusted: the section `sources` of a configuration file.

use chrono::Duration;
use serde::Deserialize;

use super::release::{self, ReleaseEntry};
use super::releases::Releases;
use crate::error::{Error, Result};
use crate::time::business::BusinessCalendar;
use crate::time::release_dates::ReleaseDates;

/// One provider.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceConfig {
    pub name: String,
    /// Base of its addresses, without a final slash.
    pub url: String,
    /// Another server that answers the same, tried where the first fails.
    pub fallback_url: Option<String>,
    /// How the program names itself; its own name where that is left out.
    pub user_agent: Option<String>,
    /// Most requests that the server is sent.
    pub requests_per_minute: u32,
    /// Whether the provider may change what it has published; a series that is described says so itself.
    pub revises: bool,
    /// A value read within this time of its release is the original print.
    pub release_window: Duration,
    /// The days of which there are figures, for a source whose figures are no described series.
    pub calendar: BusinessCalendar,
    /// When they are out, attested or counted from the day that they describe.
    pub rule: Option<ReleaseDates>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SourceEntry {
    url: Option<String>,
    fallback_url: Option<String>,
    user_agent: Option<String>,
    requests_per_minute: Option<u32>,
    revises: Option<bool>,
    release_window_days: Option<u32>,
    calendar: Option<String>,
    release: Option<ReleaseEntry>,
    releases: Option<Vec<String>>,
}

impl SourceEntry {
    pub(super) fn overlay(&mut self, over: Self) {
        self.url = over.url.or(self.url.take());
        self.fallback_url = over.fallback_url.or(self.fallback_url.take());
        self.user_agent = over.user_agent.or(self.user_agent.take());
        self.requests_per_minute = over.requests_per_minute.or(self.requests_per_minute);
        self.revises = over.revises.or(self.revises);
        self.release_window_days = over.release_window_days.or(self.release_window_days);
        self.calendar = over.calendar.or(self.calendar.take());
        self.release = over.release.or(self.release.take());
        self.releases = over.releases.or(self.releases.take());
    }

    /// # Errors
    /// A setting is missing, or makes no sense.
    pub(super) fn into_source(self, name: String, attested: &Releases) -> Result<SourceConfig> {
        let wrong = |what: String| Error::config(format!("`sources.{name}` {what}"));
        let missing = |key: &str| wrong(format!("has no `{key}`"));
        let address = |url: String| url.trim_end_matches('/').to_string();
        let calendar = self.calendar.as_deref().map(|name| release::calendar(name, &wrong)).transpose()?.unwrap_or_default();
        let names = self.releases.unwrap_or_default();
        Ok(SourceConfig {
            url: self.url.map(address).ok_or_else(|| missing("url"))?,
            fallback_url: self.fallback_url.map(address),
            user_agent: self.user_agent,
            requests_per_minute: self.requests_per_minute.filter(|n| *n > 0).ok_or_else(|| missing("requests_per_minute"))?,
            revises: self.revises.ok_or_else(|| missing("revises"))?,
            release_window: Duration::days(self.release_window_days.ok_or_else(|| missing("release_window_days"))?.into()),
            calendar,
            rule: self.release.map(|entry| entry.into_dates(calendar, &names, attested, &wrong)).transpose()?,
            name,
        })
    }
}
