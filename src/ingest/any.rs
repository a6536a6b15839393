//! Files of whatever source: what a file is, its content says. Each source's parser is asked, behind its edge; the one that takes rows of the
//! file has it. Where two could, both are named and neither takes it; where none does, what the nearest ones lack is told.
//!
//! An archive that no source reads as it is (ZIP, gzip) is opened, and each member is a payload of its own. One file that cannot be taken stops
//! no other.

use std::io::{Cursor, Read};
use std::path::Path;

use bytes::Bytes;

use super::{PayloadSummary, Workplace};
use crate::error::{Error, Result, system_words};
use crate::memory;
use crate::sources::day::Order;
use crate::sources::{Payload, SOURCES, Source, bars, edge, vintages};
use crate::time::IngestTime;

/// Largest member that is read out of an archive.
const MAX_MEMBER: u64 = 2 << 30;
/// Archives in archives.
const DEEPEST: usize = 2;

/// What the user says of files where their content does not.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub observed_at: Option<IngestTime>,
    /// Bars.
    pub symbol: Option<String>,
    pub dataset: Option<String>,
    /// Bars and vintages.
    pub order: Option<Order>,
    /// Vintages: whose they are, and of which day.
    pub source: Option<String>,
    pub vintage: Option<String>,
    /// The series of a body that does not name it.
    pub series: Option<String>,
    /// Reports of traders.
    pub scope: Option<String>,
}

impl Said {
    /// What a payload is given to a source with.
    fn hint(&self, source: &str) -> Result<Option<String>> {
        Ok(match source {
            "bars" => bars::Hint::new(self.dataset.clone(), self.symbol.clone(), self.order)?.text(),
            "vintages" => vintages::Hint::new(self.source.clone(), self.series.clone(), self.vintage.clone(), self.order)?.text(),
            "cftc" => self.scope.clone(),
            _ => self.series.clone(),
        })
    }
}

/// A payload and the source that takes it.
pub struct Found {
    pub source: &'static dyn Source,
    pub payload: Payload,
    pub kind: String,
    pub rows_read: usize,
    /// Rows of lake tables that it has.
    pub rows: usize,
    pub quarantined: usize,
}

/// Looks at one file, which nothing takes yet. `-` is standard input.
///
/// # Errors
/// It cannot be read, no source takes it, or two could.
pub fn look(place: &Workplace<'_>, path: &Path, said: &Said) -> Result<Vec<Found>> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let origin = path.display().to_string();
    let unreadable = |e: &std::io::Error| Error::usage(format!("cannot read the file: {}", system_words(e))).in_file(origin.clone());
    let bytes = match origin.as_str() {
        "-" => memory::read_whole(std::io::stdin().lock(), 0, MAX_MEMBER)
            .map_err(|e| memory::own_error(&e).unwrap_or_else(|| unreadable(&e)))?
            .ok_or_else(|| Error::usage(format!("standard input has more than {} MiB", MAX_MEMBER >> 20)))?,
        _ => std::fs::read(path).map_err(|e| unreadable(&e))?,
    };
    let observed_at = said.observed_at.unwrap_or_else(IngestTime::now);
    let payload = Payload { name, bytes: bytes.into(), observed_at, origin: origin.clone(), hint: None };
    payloads(place, payload, said, 0).map_err(|error| if error.place().file.is_some() { error } else { error.in_file(origin) })
}

fn payloads(place: &Workplace<'_>, payload: Payload, said: &Said, depth: usize) -> Result<Vec<Found>> {
    let refused = match of_source(place, &payload, said) {
        Ok(found) => return Ok(vec![found]),
        Err(refused) => refused,
    };
    if depth >= DEEPEST {
        return Err(refused);
    }
    let Some(members) = members(&payload)? else { return Err(refused) };
    let mut found = Vec::new();
    for member in members {
        found.extend(payloads(place, member, said, depth + 1)?);
    }
    if found.is_empty() { Err(refused) } else { Ok(found) }
}

/// The source that takes rows of a payload as it is.
fn of_source(place: &Workplace<'_>, payload: &Payload, said: &Said) -> Result<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut lacking = Vec::new();
    for source in SOURCES {
        let hint = said.hint(source.name())?;
        let given = Payload { hint, ..payload.clone() };
        match edge::parse(*source, &given, place.config) {
            Ok(parsed) => {
                let rows: usize = parsed.batches.iter().map(|(_, batch)| batch.num_rows()).sum();
                let (kind, rows_read, quarantined) = (parsed.kind, parsed.rows_read, parsed.rejections.len());
                found.push(Found { source: *source, payload: given, kind, rows_read, rows, quarantined });
            }
            // what lacks a word from the user is nearly recognised
            Err(error) => lacking.extend(
                error
                    .hint_text()
                    .filter(|hint| hint.contains("--"))
                    .map(|hint| format!("of {}: {}; {hint}", source.name(), error.message())),
            ),
        }
    }
    if found.iter().any(|found| found.rows > 0) {
        found.retain(|found| found.rows > 0);
    }
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|found| found.source.name()).collect();
        return Err(Error::source(format!("the file could be of {}", names.join(" or of ")))
            .hint(format!("say which: `contango ingest {} --file …`", names[0])));
    }
    found.pop().ok_or_else(|| {
        let refused = Error::source("no source takes this file");
        match lacking.as_slice() {
            [] => refused.hint("`contango ingest SOURCE --file FILE` says what a source expects; `contango ingest --help` lists them"),
            _ => refused.hint(format!("it could be {}", lacking.join("; or "))),
        }
    })
}

/// The members of an archive, each as a payload; `None` where it is none.
fn members(payload: &Payload) -> Result<Option<Vec<Payload>>> {
    let damaged = |e: &dyn std::fmt::Display| {
        Error::source(format!("the archive cannot be read: {e}")).hint("it may have been cut off: download it again")
    };
    let member = |name: String, bytes: Vec<u8>| Payload {
        origin: format!("{}!{name}", payload.origin),
        bytes: Bytes::from(bytes),
        name,
        ..payload.clone()
    };
    let whole = |reader: &mut dyn Read, expected: u64| -> Result<Vec<u8>> {
        memory::read_whole(reader, expected, MAX_MEMBER)
            .map_err(|e| memory::own_error(&e).unwrap_or_else(|| damaged(&e)))?
            .ok_or_else(|| Error::source(format!("a member unpacks to more than {} MiB", MAX_MEMBER >> 20)))
    };
    match payload.bytes.as_ref() {
        [0x1f, 0x8b, ..] => {
            let bytes = whole(&mut flate2::read::MultiGzDecoder::new(payload.bytes.as_ref()), 0)?;
            let name = payload.name.strip_suffix(".gz").unwrap_or(&payload.name).to_string();
            Ok(Some(vec![member(name, bytes)]))
        }
        [b'P', b'K', 3, 4, ..] => {
            let mut archive = zip::ZipArchive::new(Cursor::new(payload.bytes.clone())).map_err(|e| damaged(&e))?;
            let mut found = Vec::new();
            for at in 0..archive.len() {
                let mut file = archive.by_index(at).map_err(|e| damaged(&e))?;
                if file.is_dir() {
                    continue;
                }
                let name = file.name().rsplit(['/', '\\']).next().unwrap_or_default().to_string();
                let size = file.size();
                let bytes = whole(&mut file, size)?;
                found.push(member(name, bytes));
            }
            Ok(Some(found))
        }
        _ => Ok(None),
    }
}

/// Takes what was found, one payload after the other.
///
/// # Errors
/// The lake cannot be written, or the payload is out of order.
pub async fn take(place: &Workplace<'_>, found: Vec<Found>, said: &Said) -> Result<Vec<PayloadSummary>> {
    let mut summaries = Vec::new();
    for Found { source, payload, .. } in found {
        let is_given = said.observed_at.is_some();
        let mut taken = super::payloads(place, source, vec![payload], is_given).await?;
        for summary in &mut taken {
            if !summary.already && !summary.kind.starts_with(source.name()) {
                summary.kind = format!("{}: {}", source.name(), summary.kind);
            }
        }
        summaries.append(&mut taken);
    }
    Ok(summaries)
}
