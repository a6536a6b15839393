//! Correcting when a payload was seen. The sidecar is rewritten, keeping what it said before, and the tables that the payload feeds are made
//! anew, since what its rows mean follows from that instant.

use super::{Rebuilt, Workplace, ensure_not_in_future, rebuild_tables};
use crate::error::{Error, Result};
use crate::lake::raw::{self, Sidecar};
use crate::lake::{Lake, TableLog};
use crate::sources::{SOURCES, Source};
use crate::tables::Table;
use crate::time::IngestTime;

/// Characters of a hash that name a payload at the least.
const LEAST_CHARACTERS: usize = 8;

/// Says of an archived payload, named by its hash or the beginning of it, when it was seen. Run again after it was killed it goes on.
///
/// # Errors
/// There is no such payload, there are several, the instant has not come yet, or a table cannot be made anew.
pub async fn correct_observed(place: &Workplace<'_>, sha256: &str, at: IngestTime) -> Result<(Sidecar, Vec<Rebuilt>)> {
    ensure_not_in_future(at)?;
    let lake = Lake::new(place.data)?;
    let (source, before) = find(&lake, sha256).await?;
    let sidecar = match before.observed_at()? == at {
        true => before,
        false => raw::correct_observed(&lake, before, at, IngestTime::now()).await?,
    };
    lake.sync().await?;
    let mut behind: Vec<&'static Table> = Vec::new();
    for table in source.tables() {
        let log = lake.log(table).await?;
        if taken_at(&log, &sidecar.sha256).is_some_and(|taken_at| taken_at != at) {
            behind.push(table);
        }
    }
    Ok((sidecar, rebuild_tables(place, SOURCES, &behind).await?))
}

fn taken_at(log: &TableLog, sha256: &str) -> Option<IngestTime> {
    log.payloads().get(sha256).map(|at| IngestTime::from_micros(*at))
}

async fn find(lake: &Lake, sha256: &str) -> Result<(&'static dyn Source, Sidecar)> {
    let name = sha256.to_ascii_lowercase();
    let hint = "`SELECT DISTINCT sha256, path, observed_at FROM meta.ingest_files` lists what was taken";
    if name.len() < LEAST_CHARACTERS || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(
            Error::usage(format!("`{sha256}` names no payload: its SHA-256 or at least {LEAST_CHARACTERS} characters of it do")).hint(hint)
        );
    }
    let mut found = Vec::new();
    for source in SOURCES {
        let named = raw::list(lake, source.name()).await?.into_iter().filter(|sidecar| sidecar.sha256.starts_with(&name));
        found.extend(named.map(|sidecar| (*source, sidecar)));
    }
    match found.len() {
        0 => Err(Error::usage(format!("no payload `{sha256}` is in the raw archive")).hint(hint)),
        1 => Ok(found.swap_remove(0)),
        n => Err(Error::usage(format!("`{sha256}` begins the names of {n} payloads")).hint("give more of it")),
    }
}
