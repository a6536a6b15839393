//! `SET`, `SHOW` and `RESET` of the clock, of the session's policy and of what a statement may take. One literal list; anything else is an unknown setting.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::bounds::{self, Bounds};
use super::context::Policy;
use crate::error::{Error, Result};
use crate::memory;
use crate::time::{Availability, KnowledgeTime};

/// What a session was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    pub clock: Option<KnowledgeTime>,
    pub policy: Policy,
    pub bounds: Bounds,
    /// In which a person reads instants; UTC where none is set.
    pub zone: Option<Tz>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Clock,
    Backcast,
    MinAvailability,
    Unclocked,
    Timeout,
    MemoryLimit,
    TimeZone,
}

/// Every setting, by its name in SQL.
pub const SETTINGS: [(&str, Setting); 7] = [
    ("clock", Setting::Clock),
    ("contango.backcast", Setting::Backcast),
    ("contango.min_availability", Setting::MinAvailability),
    ("contango.unclocked", Setting::Unclocked),
    ("contango.timeout", Setting::Timeout),
    ("contango.memory_limit", Setting::MemoryLimit),
    ("timezone", Setting::TimeZone),
];

const BACKCAST: [&str; 2] = ["allow", "exclude"];
const UNCLOCKED: [&str; 2] = ["allow", "refuse"];

impl Setting {
    pub fn of_name(name: &str) -> Result<Self> {
        let name = name.to_lowercase();
        if let Some((_, setting)) = SETTINGS.iter().find(|(known, _)| *known == name) {
            return Ok(*setting);
        }
        let names = SETTINGS.map(|(known, _)| known);
        let hint = match crate::config::closest(&name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("settings are {}", names.join(", ")),
        };
        Err(Error::query(format!("there is no setting `{name}`")).hint(hint))
    }
    /// The words that it takes; none where it takes an instant or an amount.
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Self::Clock | Self::Timeout | Self::MemoryLimit | Self::TimeZone => Vec::new(),
            Self::Backcast => BACKCAST.to_vec(),
            Self::Unclocked => UNCLOCKED.to_vec(),
            Self::MinAvailability => Availability::ALL.map(Availability::name).to_vec(),
        }
    }
    fn name(self) -> &'static str {
        SETTINGS.iter().find(|(_, setting)| *setting == self).map_or("", |(name, _)| name)
    }
}

impl Settings {
    /// Sets one from its text; the clock comes as an instant.
    pub fn set(&mut self, setting: Setting, text: &str) -> Result<()> {
        match setting {
            Setting::Clock => self.clock = Some(KnowledgeTime::parse(text)?),
            Setting::Backcast => self.policy.backcast = allowed(setting, text, BACKCAST)?,
            Setting::Unclocked => self.policy.unclocked = allowed(setting, text, UNCLOCKED)?,
            Setting::Timeout => self.bounds.timeout = bounds::parse_timeout(text)?,
            Setting::MemoryLimit => self.bounds.memory = Some(memory::parse(text)?),
            Setting::TimeZone => self.zone = zone(text)?,
            Setting::MinAvailability => {
                self.policy.min_availability = Availability::from_name(&text.to_lowercase()).ok_or_else(|| {
                    let grades = Availability::ALL.map(Availability::name).join(", ");
                    Error::query(format!("`{text}` is no grade of availability")).hint(format!("grades, best first, are {grades}"))
                })?;
            }
        }
        Ok(())
    }

    pub fn reset(&mut self, setting: Setting) {
        let defaults = Self::default();
        match setting {
            Setting::Clock => self.clock = None,
            Setting::Backcast => self.policy.backcast = defaults.policy.backcast,
            Setting::Unclocked => self.policy.unclocked = defaults.policy.unclocked,
            Setting::MinAvailability => self.policy.min_availability = defaults.policy.min_availability,
            Setting::Timeout => self.bounds.timeout = None,
            Setting::MemoryLimit => self.bounds.memory = None,
            Setting::TimeZone => self.zone = None,
        }
    }

    /// The value as SHOW prints it; NULL for a clock that is not set.
    pub fn show(&self, setting: Setting) -> Option<String> {
        match setting {
            Setting::Clock => self.clock.map(|clock| clock.to_string()),
            Setting::Backcast => Some(if self.policy.backcast { "allow" } else { "exclude" }.to_string()),
            Setting::Unclocked => Some(if self.policy.unclocked { "allow" } else { "refuse" }.to_string()),
            Setting::MinAvailability => Some(self.policy.min_availability.name().to_string()),
            Setting::Timeout => Some(self.bounds.timeout.map_or_else(|| "none".to_string(), bounds::shown_timeout)),
            Setting::MemoryLimit => Some(memory::shown(self.bounds.memory())),
            Setting::TimeZone => Some(self.zone.map_or("UTC", Tz::name).to_string()),
        }
    }

    /// What was done, for the person.
    pub fn sentence(&self, setting: Setting) -> String {
        match (setting, self.show(setting)) {
            (Setting::Clock, None) => "no clock is set: everything in the lake is seen".to_string(),
            (Setting::TimeZone, Some(zone)) => format!(
                "instants are shown in {zone}, and cast to days and times there; the clock, texts without a zone and data formats stay UTC"
            ),
            (_, value) => format!("{} is {}", setting.name(), value.unwrap_or_default()),
        }
    }
}

/// A zone by its name; `None` is UTC.
fn zone(text: &str) -> Result<Option<Tz>> {
    let known = TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(text));
    match known {
        Some(Tz::UTC) => Ok(None),
        Some(zone) => Ok(Some(zone)),
        None => Err(Error::query(format!("there is no time zone `{text}`")).hint(
            match crate::config::closest(text, TZ_VARIANTS.iter().map(|zone| zone.name())) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "zones are written as in 'America/New_York', 'America/Sao_Paulo', 'UTC'".to_string(),
            },
        )),
    }
}

/// Whether the first of two words was given.
fn allowed(setting: Setting, text: &str, words: [&str; 2]) -> Result<bool> {
    match words.iter().position(|word| *word == text.to_lowercase()) {
        Some(place) => Ok(place == 0),
        None => {
            Err(Error::query(format!("`{}` cannot be `{text}`", setting.name())).hint(format!("it is '{}' or '{}'", words[0], words[1])))
        }
    }
}
