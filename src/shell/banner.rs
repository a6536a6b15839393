//! What a person is told first: which data folder, how much of it holds rows and how far it knows, or how to begin.

use std::time::Duration;

use super::Shell;
use crate::script::Stop;

/// A person waits no longer for it: a large lake under a clock is counted row by row.
const PATIENCE: Duration = Duration::from_secs(2);

const RANGES: &str = "\
SELECT count(*) FILTER (WHERE rows > 0), max(newest_available_at)
FROM   meta.table_ranges
WHERE  table_name IN (SELECT name FROM meta.tables WHERE kind = 'table')";

/// The line about the lake, as known at the clock.
///
/// # Errors
/// It cannot be read.
pub async fn lake(shell: &mut Shell) -> Result<String, Stop> {
    let folder = shell.session.data_folder().path().display().to_string();
    if shell.session.ensure_lake().is_err() {
        return Ok(format!(
            "there is no data folder `{folder}` yet: `contango demo` makes one with a sample, `contango ingest FILE...` with your files"
        ));
    }
    let Ok(rows) = tokio::time::timeout(PATIENCE, shell.ask(RANGES)).await else {
        return Ok(format!("data folder `{folder}`; `.tables` tells what it holds"));
    };
    let rows = rows?;
    let (n, newest) = match rows.first().map(Vec::as_slice) {
        Some([n, newest]) => (n.as_str(), newest.as_str()),
        _ => ("0", ""),
    };
    Ok(match n {
        "0" if shell.session.clock().is_some() => format!("data folder `{folder}`: no table has a row that was known at the clock"),
        "0" => format!("data folder `{folder}` has no rows yet: `contango ingest FILE...` takes files, `contango demo` a sample"),
        "1" => format!("data folder `{folder}`: 1 table with rows, the newest known at {newest}; `.tables` lists it"),
        n => format!("data folder `{folder}`: {n} tables with rows, the newest known at {newest}; `.tables` lists them"),
    })
}
