//! How much of a result a table shows: `.maxrows` and `.maxwidth`. Pure.

use std::fmt;

use crate::error::{Error, Result};
use crate::shell::pager::Screen;

/// Lines of a table that are no rows: three rules, the header, the footer.
const FRAME: usize = 5;

/// Rows of a longer result that are shown, first and last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxRows {
    /// Nobody said how many; so many on a terminal that has no pager.
    Unsaid(Option<usize>),
    At(usize),
    Off,
}

impl MaxRows {
    /// # Errors
    /// The text is neither a number of rows nor `off`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "off" | "all" => Ok(Self::Off),
            number => number
                .parse()
                .ok()
                .filter(|rows| *rows > 0)
                .map(Self::At)
                .ok_or_else(|| Error::usage(format!("`{number}` is no number of rows")).hint("write `.maxrows 100` or `.maxrows off`")),
        }
    }

    pub fn limit(self, is_screen: bool) -> Option<usize> {
        match self {
            Self::Unsaid(rows) => rows.filter(|_| is_screen),
            Self::At(rows) => Some(rows),
            Self::Off => None,
        }
    }

    /// Whether a pager shows every row: unless fewer were asked for than the screen holds.
    pub fn gives_way(self, screen: Option<Screen>) -> bool {
        match self {
            Self::At(rows) => screen.is_some_and(|screen| rows + FRAME >= screen.rows),
            Self::Unsaid(_) | Self::Off => true,
        }
    }
}

impl fmt::Display for MaxRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(rows) | Self::Unsaid(Some(rows)) => write!(f, "at most {rows} rows are shown"),
            Self::Unsaid(None) | Self::Off => write!(f, "all rows are shown"),
        }
    }
}

/// Characters that a table may be wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxWidth {
    /// As wide as the terminal; whole where there is none.
    Auto,
    At(usize),
    Off,
}

impl MaxWidth {
    /// # Errors
    /// The text is neither a width, `auto` nor `off`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            number => number.parse().ok().filter(|columns| *columns > 0).map(Self::At).ok_or_else(|| {
                Error::usage(format!("`{number}` is no width")).hint("write `.maxwidth 100`, `.maxwidth auto` or `.maxwidth off`")
            }),
        }
    }

    pub fn columns(self, screen: Option<Screen>) -> Option<usize> {
        match self {
            Self::Auto => screen.map(|screen| screen.columns),
            Self::At(columns) => Some(columns),
            Self::Off => None,
        }
    }
}

impl fmt::Display for MaxWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => write!(f, "tables are as wide as the terminal"),
            Self::At(columns) => write!(f, "tables are at most {columns} characters wide"),
            Self::Off => write!(f, "tables are as wide as their values"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_or_words() {
        assert_eq!(MaxRows::parse("7").ok(), Some(MaxRows::At(7)));
        assert_eq!(MaxRows::parse("off").ok(), Some(MaxRows::Off));
        assert_eq!(MaxWidth::parse("auto").ok(), Some(MaxWidth::Auto));
        for wrong in ["0", "-1", "many", "1.5", ""] {
            assert!(MaxRows::parse(wrong).is_err() && MaxWidth::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pager_shows_every_row_unless_a_few_were_asked_for() {
        let screen = Some(Screen { rows: 40, columns: 120 });
        assert!(MaxRows::Unsaid(Some(40)).gives_way(screen));
        assert!(MaxRows::At(35).gives_way(screen));
        assert!(!MaxRows::At(5).gives_way(screen));
    }

    #[test]
    fn what_is_not_said_holds_for_a_terminal_alone() {
        let screen = Some(Screen { rows: 40, columns: 120 });
        assert_eq!((MaxRows::Unsaid(Some(40)).limit(true), MaxRows::Unsaid(Some(40)).limit(false)), (Some(40), None));
        assert_eq!((MaxRows::At(3).limit(false), MaxRows::Off.limit(true)), (Some(3), None));
        assert_eq!((MaxWidth::Auto.columns(screen), MaxWidth::Auto.columns(None)), (Some(120), None));
    }
}
