//! The archive as a replay needs it: whole. What a loss of power left half before any table took it is moved aside and told; of what a table
//! holds nothing is passed over.

use super::Progress;
use crate::error::Result;
use crate::lake::raw::{self, Broken, Sidecar};
use crate::lake::{Lake, TableLog};
use crate::sources::Source;
use crate::tables::Table;

/// Every archived payload of a source, in order of `observed_at`, then of content.
///
/// # Errors
/// A payload that one of the logs has taken cannot be believed, or the store fails.
pub(super) async fn sound(lake: &Lake, source: &dyn Source, progress: &dyn Progress) -> Result<Vec<Sidecar>> {
    let (whole, broken) = raw::survey(lake, source.name()).await?;
    if broken.is_empty() {
        return Ok(whole);
    }
    let mut logs = Vec::new();
    for table in source.tables() {
        // A log that cannot be believed says nothing of what it has taken.
        if let Ok(log) = lake.log(table).await {
            logs.push((*table, log));
        }
    }
    for broken in broken {
        set_aside(lake, &broken, logs.iter().map(|(table, log)| (*table, log.as_ref())), progress).await?;
    }
    Ok(whole)
}

/// Moves a payload aside that none of the tables has taken.
///
/// # Errors
/// One has, or the store fails.
pub(super) async fn set_aside<'a>(
    lake: &Lake,
    broken: &Broken,
    mut logs: impl Iterator<Item = (&'a Table, &'a TableLog)>,
    progress: &dyn Progress,
) -> Result<()> {
    if let Some((table, _)) = logs.find(|(_, log)| log.payloads().contains_key(&broken.sha256)) {
        return Err(broken.error().said_of(&format!("a payload that `{}` has taken", table.name)));
    }
    for path in &broken.paths {
        if let Some(now) = lake.move_aside(path).await? {
            progress.warn(&format!(
                "`{path}` was archived and never taken, and is broken now ({}): it lies in `{now}`; ingest the same file again",
                broken.why
            ));
        }
    }
    lake.sync().await
}
