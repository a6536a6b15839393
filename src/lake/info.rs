//! What each table holds, in figures that the logs know: no lake file is opened.

use datafusion::common::ScalarValue;

use super::Lake;
use crate::error::Result;
use crate::tables::{TABLES, Table};

/// One table in figures.
#[derive(Debug, Clone)]
pub struct TableInfo {
    pub table: &'static Table,
    pub rows: u64,
    pub files: usize,
    pub bytes: u64,
    /// Commits so far.
    pub versions: u64,
    /// Payloads that the table has taken.
    pub payloads: usize,
    /// Oldest and newest, where there are rows.
    pub as_of: Option<(ScalarValue, ScalarValue)>,
    pub available_at: Option<(ScalarValue, ScalarValue)>,
}

/// Every table of the lake, also those without rows.
///
/// # Errors
/// A log cannot be read.
pub async fn info(lake: &Lake) -> Result<Vec<TableInfo>> {
    let mut all = Vec::new();
    for table in TABLES {
        let log = lake.log(table).await?;
        let files = log.files();
        let extent = |column: &'static str| {
            let bounds = files.iter().filter_map(|file| file.bound(column));
            bounds.fold(None, |extent: Option<(ScalarValue, ScalarValue)>, (low, high)| match extent {
                Some((least, most)) => {
                    Some((if *low < least { low.clone() } else { least }, if *high > most { high.clone() } else { most }))
                }
                None => Some((low.clone(), high.clone())),
            })
        };
        all.push(TableInfo {
            table,
            rows: files.iter().map(|file| file.rows).sum(),
            files: files.len(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            versions: log.next_version(),
            payloads: log.payloads().len(),
            as_of: extent(table.as_of().name),
            available_at: extent("available_at"),
        });
    }
    Ok(all)
}
