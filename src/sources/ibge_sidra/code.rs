//! What a described series is in the provider's terms: `7060/63/315/7169` is table 7060, variable 63, of classification 315 the category
//! 7169; `1737/63` has no classification. Several codes mean that several tables publish one and the same figure; the first is asked.

use super::NAME;
use crate::config::Series;
use crate::error::{Error, Result};

/// One figure of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code<'c> {
    pub table: &'c str,
    pub variable: &'c str,
    /// Classification and category.
    pub category: Option<(&'c str, &'c str)>,
}

impl<'c> Code<'c> {
    fn parse(text: &'c str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let are_numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        match parts.as_slice() {
            [table, variable] if are_numbers => Some(Self { table, variable, category: None }),
            [table, variable, of, category] if are_numbers => Some(Self { table, variable, category: Some((of, category)) }),
            _ => None,
        }
    }
}

/// The codes of a series.
///
/// # Errors
/// It has none, or one that is no code of the provider.
pub(super) fn codes(series: &Series) -> Result<Vec<Code<'_>>> {
    let written = series.code.as_deref().unwrap_or_default();
    let codes: Option<Vec<Code>> = written.split_whitespace().map(Code::parse).collect();
    codes.filter(|codes| !codes.is_empty()).ok_or_else(|| {
        Error::config(format!("`series.{NAME}.{}` has the code `{written}`", series.id))
            .hint("a table and a variable, such as \"1737/63\", or with a classification and a category, such as \"7060/63/315/7170\"")
    })
}
