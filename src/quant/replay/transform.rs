//! Changes of a series, each computed from values of one vintage set: levels of two vintages may be on different bases and are never mixed.

use chrono::{DateTime, Months, Utc};

use super::{Term, Vintage};

/// What is made of the levels; FRED's names of units where FRED has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transform {
    Level,
    /// `chg`: against the previous observation.
    Change,
    /// `pch`: against the previous observation, in percent.
    PercentChange,
    /// `pc1`: against the observation dated a year earlier, in percent.
    YearPercentChange,
    /// `log`: natural logarithm.
    Log,
}

impl Transform {
    pub const NAMES: [&'static str; 5] = ["none", "chg", "pch", "pc1", "log"];

    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::Level,
            "chg" => Self::Change,
            "pch" => Self::PercentChange,
            "pc1" => Self::YearPercentChange,
            "log" => Self::Log,
            _ => return None,
        })
    }

    /// The transformed observation at a place; `None` where it or what it is set against is missing, and where the result is no number.
    pub fn at(self, observations: &[Vintage], place: usize) -> Option<Term> {
        let own = observations[place];
        let value = own.value?;
        let against = |other: Vintage, of: fn(f64, f64) -> f64| Some((of(value, other.value?), own.known_at.max(other.known_at)));
        let previous = || place.checked_sub(1).map(|before| observations[before]);
        let (value, known_at) = match self {
            Self::Level => return Some(Term { as_of: own.as_of, value, known_at: own.known_at }),
            Self::Log => (if value > 0.0 { value.ln() } else { f64::NAN }, own.known_at),
            Self::Change => against(previous()?, |new, old| new - old)?,
            Self::PercentChange => against(previous()?, |new, old| (new / old - 1.0) * 100.0)?,
            Self::YearPercentChange => against(year_ago(observations, place)?, |new, old| (new / old - 1.0) * 100.0)?,
        };
        value.is_finite().then_some(Term { as_of: own.as_of, value, known_at })
    }

    /// The earliest `as_of` of which a new vintage changes the transformed observation at a place.
    pub fn reach(self, observations: &[Vintage], place: usize) -> i64 {
        match self {
            Self::Level | Self::Log => observations[place].as_of,
            Self::Change | Self::PercentChange => place.checked_sub(1).map_or(i64::MIN, |before| observations[before].as_of),
            Self::YearPercentChange => year_before(observations[place].as_of).unwrap_or(i64::MIN),
        }
    }
}

/// The observation dated exactly a year of the calendar before the one at a place.
pub fn year_ago(observations: &[Vintage], place: usize) -> Option<Vintage> {
    let earlier = year_before(observations[place].as_of)?;
    let at = observations[..place].binary_search_by_key(&earlier, |known| known.as_of).ok()?;
    Some(observations[at])
}

/// Twelve months of the calendar earlier; the day before a missing 29 February.
pub fn year_before(as_of: i64) -> Option<i64> {
    DateTime::<Utc>::from_timestamp_micros(as_of)?.checked_sub_months(Months::new(12)).map(|earlier| earlier.timestamp_micros())
}
