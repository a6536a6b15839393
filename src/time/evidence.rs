//! How the instant of a release is known, and what that is worth. Pure.

use super::Availability;

/// What says when something was released, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The publisher said that it was published.
    Official,
    /// The publisher's own schedule.
    Scheduled,
    /// A report of the day, or a notice that the press quotes.
    Press,
    /// A calendar that others keep.
    Dataset,
    /// Others who quote the publisher.
    ThirdParty,
    /// Follows from a rule that the publisher announced.
    Derived,
    /// From bounds and patterns.
    Inferred,
    /// Not later than this.
    UpperBound,
    /// Nobody's word; it stands here since the late end is safer than a rule.
    Memory,
}

impl Evidence {
    pub const ALL: [Self; 9] = [
        Self::Official,
        Self::Scheduled,
        Self::Press,
        Self::Dataset,
        Self::ThirdParty,
        Self::Derived,
        Self::Inferred,
        Self::UpperBound,
        Self::Memory,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Scheduled => "scheduled",
            Self::Press => "press",
            Self::Dataset => "dataset",
            Self::ThirdParty => "third_party",
            Self::Derived => "derived",
            Self::Inferred => "inferred",
            Self::UpperBound => "upper_bound",
            Self::Memory => "memory",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evidence| evidence.name() == name)
    }
    /// The grade of a knowledge time that rests on this evidence, the time of day included.
    pub const fn availability(self) -> Availability {
        match self {
            Self::Official | Self::Scheduled | Self::Press | Self::Dataset | Self::ThirdParty => Availability::Scheduled,
            Self::Derived => Availability::Rule,
            Self::Inferred | Self::UpperBound | Self::Memory => Availability::Lagged,
        }
    }
}
