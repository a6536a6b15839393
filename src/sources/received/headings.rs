//! Which heading of a file means which column: people write `Trade Date`, `trade_date` and `TRADE-DATE` for one thing.

use super::Received;
use crate::error::{Error, Result};

/// Whether a heading is this name or one of its aliases; case, `_`, `-` and spaces do not matter.
pub fn means(heading: &str, name: &str, aliases: &[&str]) -> bool {
    let plain = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let heading = plain(heading);
    std::iter::once(&name).chain(aliases).any(|name| plain(name) == heading)
}

/// Where the known columns stand in a file.
#[derive(Debug)]
pub struct Places {
    /// By number of the known column: its place in the file.
    pub known: Vec<Option<usize>>,
    /// The headings that mean nothing.
    pub unknown: Vec<String>,
}

impl Places {
    /// Finds `names` in a file; `find` says which of them a heading means.
    ///
    /// # Errors
    /// Two headings mean the same column.
    pub fn of(received: &Received, names: &[&'static str], find: impl Fn(&str) -> Option<usize>) -> Result<Self> {
        let mut places = Self { known: vec![None; names.len()], unknown: Vec::new() };
        for (at, (heading, _)) in received.columns.iter().enumerate() {
            match find(heading) {
                Some(column) if places.known[column].is_none() => places.known[column] = Some(at),
                Some(column) => {
                    let first = places.known[column].map_or("", |first| received.columns[first].0.as_str());
                    return Err(Error::source(format!("`{first}` and `{heading}` both mean the column `{}`", names[column]))
                        .hint("rename or drop one of them"));
                }
                None => places.unknown.push(heading.clone()),
            }
        }
        Ok(places)
    }

    /// That the file has columns of which nothing is taken, where it has.
    pub fn warning(&self) -> Option<String> {
        let named: Vec<String> = self.unknown.iter().map(|heading| format!("`{heading}`")).collect();
        (!named.is_empty()).then(|| format!("columns that mean nothing here, left in the raw file: {}", named.join(", ")))
    }
}
