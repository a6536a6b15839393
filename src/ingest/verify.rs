//! Verification of a whole data folder: the lake and the archive by themselves, then the logs against the archive, and the record of payloads
//! in the metadata against both. It reads everything and changes nothing.

use std::collections::HashMap;
use std::path::Path;

use super::rebuild::is_fed;
use crate::error::Result;
use crate::lake::raw::{self, Sidecar};
use crate::lake::verify::{self, Verification};
use crate::lake::{Lake, TableLog};
use crate::metadata::Metadata;
use crate::sources::SOURCES;
use crate::tables::{TABLES, Table};

/// Checks everything below a data folder.
///
/// # Errors
/// The store fails in a way that says nothing of a single file.
pub async fn verify_all(data: &Path) -> Result<Verification> {
    let lake = Lake::new(data)?;
    let mut found = verify::verify(&lake).await?;
    let mut archived = HashMap::new();
    for source in SOURCES {
        archived.extend(raw::survey(&lake, source.name()).await?.0.into_iter().map(|sidecar| (sidecar.sha256.clone(), sidecar)));
    }
    let mut logs = Vec::new();
    for table in TABLES.iter().copied().filter(|table| is_fed(SOURCES, table)) {
        // One that cannot be read has been told of.
        if let Ok(log) = lake.log(table).await {
            found.violations.extend(against_archive(table, &log, &archived));
            logs.push((table, log));
        }
    }
    let logs = logs.iter().map(|(table, log)| (table.name, log.as_ref())).collect();
    match Metadata::open_to_read(data).and_then(|metadata| metadata.map(|metadata| of_metadata(&metadata, &logs, &archived)).transpose()) {
        Ok(violations) => found.violations.extend(violations.unwrap_or_default()),
        Err(e) => found.violations.push(format!("metadata.db: {}", e.message())),
    }
    Ok(found)
}

/// What a log has taken that is not in the archive as it was taken.
fn against_archive(table: &Table, log: &TableLog, archived: &HashMap<String, Sidecar>) -> Vec<String> {
    let mut taken: Vec<(&String, &i64)> = log.payloads().iter().collect();
    taken.sort();
    let violation = |(sha256, observed_at): (&String, &i64)| match archived.get(sha256).map(Sidecar::observed_at) {
        None => Some(format!(
            "{}: the payload `{sha256}` was taken, and the archive does not have it whole: ingest the same file again, which puts it back",
            table.name
        )),
        Some(Ok(at)) if at.micros() == *observed_at => None,
        Some(_) => Some(format!("{}: the payload `{sha256}` was seen at another moment than its sidecar says", table.name)),
    };
    taken.into_iter().filter_map(violation).collect()
}

/// What the metadata says of payloads that the logs and the archive do not. Payloads that are not noted are no violation: the next ingest
/// notes them.
fn of_metadata(metadata: &Metadata, logs: &HashMap<&'static str, &TableLog>, archived: &HashMap<String, Sidecar>) -> Result<Vec<String>> {
    let mut found: Vec<String> = metadata.examine()?.into_iter().map(|said| format!("metadata.db: {said}")).collect();
    let noted = match metadata.ingests() {
        Ok(noted) => noted,
        Err(e) => {
            found.push(format!("metadata.db: ingest_files: {}", e.message()));
            return Ok(found);
        }
    };
    for file in noted {
        let says = |what: String| format!("metadata.db: ingest_files: the payload `{}` {what}", file.sha256);
        match logs.get(file.schema.as_str()) {
            None if TABLES.iter().any(|table| table.name == file.schema) => {}
            None => found.push(says(format!("is noted for `{}`, which is no table", file.schema))),
            Some(log) => match log.payloads().get(&file.sha256) {
                None => found.push(says(format!(
                    "is noted as complete in `{}`, whose log does not have it: ingest the same file again, or `contango lake rebuild`",
                    file.schema
                ))),
                Some(at) if *at != file.observed_at.micros() || file.ingested_at != file.observed_at => {
                    found.push(says(format!("was taken by `{}` as seen at another moment", file.schema)));
                }
                Some(_) => {}
            },
        }
        if let Some(sidecar) = archived.get(&file.sha256)
            && (sidecar.path().as_ref() != file.path || sidecar.source != file.dataset)
        {
            found.push(says(format!("lies at `{}`, not at `{}`", sidecar.path(), file.path)));
        }
    }
    Ok(found)
}
