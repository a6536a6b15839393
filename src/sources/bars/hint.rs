//! What the user says of a file of bars where its content does not: `dataset=barchart;symbol=CLM24;dates=day-first`, as it is kept beside the
//! raw file, so that a rebuild reads the file as it was read the first time. A name alone is that of the dataset.

use crate::error::{Error, Result};
use crate::sources::day::Order;

/// What is said of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// Whose bars these are.
    pub dataset: Option<String>,
    /// The contract of a file that names none.
    pub symbol: Option<String>,
    /// The order of day and month in days that can be read in two.
    pub order: Option<Order>,
}

impl Hint {
    /// # Errors
    /// A name that is none.
    pub fn new(dataset: Option<String>, symbol: Option<String>, order: Option<Order>) -> Result<Self> {
        for (what, name) in [("dataset", &dataset), ("contract", &symbol)] {
            if let Some(name) = name.as_deref().filter(|name| name.trim().is_empty() || name.contains([';', '=', '\n'])) {
                return Err(Error::usage(format!("`{name}` is no name of a {what}")).hint("any text without `;` and `=`"));
            }
        }
        Ok(Self { dataset, symbol, order })
    }

    /// As it is kept; `None` where nothing is said.
    pub fn text(&self) -> Option<String> {
        match self {
            Self { dataset, symbol: None, order: None } => dataset.clone(),
            Self { dataset, symbol, order } => {
                let said = [("dataset", dataset.as_deref()), ("symbol", symbol.as_deref()), ("dates", order.map(Order::name))];
                let said: Vec<String> = said.iter().filter_map(|(key, value)| Some(format!("{key}={}", (*value)?))).collect();
                Some(said.join(";"))
            }
        }
    }

    /// Reads it back.
    ///
    /// # Errors
    /// It says something else.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::default()) };
        if !text.contains('=') {
            return Self::new(Some(text.to_string()), None, None);
        }
        let mut hint = Self::default();
        for part in text.split(';') {
            match part.split_once('=') {
                Some(("dataset", value)) => hint.dataset = Some(value.to_string()),
                Some(("symbol", value)) => hint.symbol = Some(value.to_string()),
                Some(("dates", value)) if Order::from_name(value).is_some() => hint.order = Order::from_name(value),
                _ => return Err(Error::usage(format!("`{part}` says nothing of a file of bars")).hint("dataset=, symbol= or dates=")),
            }
        }
        Self::new(hint.dataset, hint.symbol, hint.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_reads_back() {
        let some = |text: &str| Some(text.to_string());
        for hint in [
            Hint::default(),
            Hint { dataset: some("barchart"), ..Hint::default() },
            Hint { symbol: some("ES 2024-03"), ..Hint::default() },
            Hint { dataset: some("mine"), symbol: some("CLM24"), order: Some(Order::DayFirst) },
        ] {
            assert_eq!(Hint::parse(hint.text().as_deref()).ok(), Some(hint));
        }
        assert_eq!(Hint::parse(Some("barchart")).ok().and_then(|hint| hint.dataset), some("barchart"));
        for wrong in ["dates=", "dates=iso", "mood=1", "symbol=", "a;b=1"] {
            assert!(Hint::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
