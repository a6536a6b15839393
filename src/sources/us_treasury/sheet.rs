//! A file of par yields before it is judged: which curve it is of, which maturities it has, and its days as texts.

use super::tenor::Tenor;
use crate::error::{Error, Result};
use crate::tables;

/// The curves that are published each business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    /// Par yields of nominal securities.
    Nominal,
    /// Par yields of inflation-protected securities, in real terms.
    Real,
}

impl Curve {
    pub const ALL: [Self; 2] = [Self::Nominal, Self::Real];

    /// Name in `curves.curve_id`, in `--series` and in the hint of a payload.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Nominal => tables::curves::US_PAR,
            Self::Real => tables::curves::US_REAL_PAR,
        }
    }
    /// As `curves.kind` has it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Nominal => "par",
            Self::Real => "real",
        }
    }
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.id().eq_ignore_ascii_case(id))
    }
    /// Releases from which on parts of it are attested: of all tenors, or of one.
    pub const fn attested(self) -> &'static [(Option<&'static str>, &'static str)] {
        match self {
            Self::Nominal => &[],
            Self::Real => &[(None, "treasury/real"), (Some("20Y"), "treasury/real_20y"), (Some("30Y"), "treasury/real_30y")],
        }
    }
    /// What the provider calls it in its addresses.
    pub const fn data_type(self) -> &'static str {
        match self {
            Self::Nominal => "daily_treasury_yield_curve",
            Self::Real => "daily_treasury_real_yield_curve",
        }
    }
}

/// A column of figures.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// As the file has it.
    pub name: String,
    pub tenor: Tenor,
}

/// One day.
#[derive(Debug)]
pub(super) struct Row {
    /// Line of the text, or number of the entry of a feed, from 1.
    pub line: u64,
    pub date: String,
    /// Figures as texts, by their place in `Sheet::columns`; one that the file does not have is missing or empty.
    pub cells: Vec<(usize, String)>,
    /// Why the row cannot be read at all.
    pub damage: Option<String>,
    /// As received.
    pub raw: String,
}

#[derive(Debug)]
pub(super) struct Sheet {
    pub curve: Curve,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Columns that are no maturity.
    pub unknown: Vec<String>,
}

/// The curve that a payload was given as.
pub(super) fn hinted(hint: Option<&str>) -> Result<Option<Curve>> {
    hint.map(|id| Curve::from_id(id).ok_or_else(|| unknown_curve(id))).transpose()
}

/// No curve has this name.
pub(super) fn unknown_curve(id: &str) -> Error {
    let near = crate::config::closest(&id.to_uppercase(), Curve::ALL.into_iter().map(Curve::id));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`? there are `US_PAR` and `US_REAL_PAR`"),
        None => "there are `US_PAR` and `US_REAL_PAR`".to_string(),
    };
    Error::usage(format!("unknown curve `{id}`")).in_source(super::NAME).hint(hint)
}
