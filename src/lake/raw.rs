//! The raw archive: payloads as received, named by their content, each with a small sidecar. Everything in the lake can be made again
//! from here, so a payload is written whole before anything is committed from it, and is never changed afterwards.
//!
//! ```text
//! raw/cftc/<sha256>.zip         the bytes as received
//! raw/cftc/<sha256>.meta.json   its sidecar: {sha256, name, origin, observed_at, source, bytes, hint, …, proof}; written second
//! raw/databento/ohlcv-1d/ES/<sha256>.dbn.zst   of a source that sorts its payloads: on the shelf that the sidecar names
//! ```
//!
//! A sidecar proves itself by a hash in it, and the bytes by their SHA-256. What a loss of power or a bad disk left half is told, moved aside
//! and archived again; nothing is believed for being there.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path as StorePath};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::commit::PayloadId;
use super::proven::Feed;
use super::{Lake, proof, store_error};
use crate::error::{Error, Result};
use crate::time::IngestTime;

const SIDECAR: &str = "meta.json";
/// Sidecars read at once.
const READERS: usize = 16;

/// What is known of a payload beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    /// What the payload is named by: of its bytes, or of what was said of it and of them ([`Sidecar::named_by`]).
    pub sha256: String,
    /// The file's name when it was received; its extension is the archived file's.
    pub name: String,
    /// URL, or the path that the user gave.
    pub origin: String,
    /// When it was downloaded, RFC 3339 in UTC with microseconds.
    observed_at: String,
    pub source: String,
    pub bytes: u64,
    /// What was said of the payload where its content does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The folder below the source's in which the bytes lie, `ohlcv-1d/ES`; the sidecar always lies in the source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<String>,
    /// What part of the provider's data the payload has whole, in the source's words, so that it is not bought twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<String>,
    /// SHA-256 of the bytes, where the payload is not named by them alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// What `observed_at` said before it was corrected, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<Corrected>,
    /// Hash of the sidecar without this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

/// A correction of a sidecar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Corrected {
    /// What it had said.
    observed_at: String,
    corrected_at: String,
}

/// A payload of the archive that cannot be believed.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What it is named by.
    pub sha256: String,
    /// What is there of it.
    pub paths: Vec<StorePath>,
    pub why: String,
}

impl Sidecar {
    pub fn new(source: &str, name: &str, origin: &str, observed_at: IngestTime, content: &[u8]) -> Self {
        Self {
            sha256: sha256_hex(content),
            name: name.into(),
            origin: origin.into(),
            observed_at: written(observed_at),
            source: source.into(),
            bytes: content.len() as u64,
            hint: None,
            shelf: None,
            covers: None,
            content: None,
            history: Vec::new(),
            proof: None,
        }
    }
    /// The same, of a source whose content does not say what it is of: what was said of it names it too, so that two series of equal figures
    /// are two payloads.
    pub fn named_by(self, hint: Option<&str>) -> Self {
        let Some(hint) = hint else { return self };
        Self { sha256: sha256_hex(format!("{hint}\n{}", self.sha256).as_bytes()), content: Some(self.sha256), ..self }
    }
    /// SHA-256 of the bytes.
    pub fn content_sha256(&self) -> &str {
        self.content.as_deref().unwrap_or(&self.sha256)
    }
    /// The same, seen at another moment.
    pub fn seen_at(self, observed_at: IngestTime) -> Self {
        Self { observed_at: written(observed_at), ..self }
    }
    pub fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
    pub fn on_shelf(self, shelf: Option<String>) -> Self {
        Self { shelf, ..self }
    }
    pub fn covering(self, covers: Option<String>) -> Self {
        Self { covers, ..self }
    }
    /// When the payload was downloaded.
    ///
    /// # Errors
    /// Someone edited the sidecar.
    pub fn observed_at(&self) -> Result<IngestTime> {
        let at = DateTime::parse_from_rfc3339(&self.observed_at).map_err(|e| {
            Error::lake(format!("the sidecar's observed_at `{}` is no instant: {e}", self.observed_at))
                .in_file(self.sidecar_path().to_string())
        })?;
        Ok(IngestTime::from_micros(at.timestamp_micros()))
    }
    /// The payload's name in a table's log.
    ///
    /// # Errors
    /// Someone edited the sidecar.
    pub fn payload_id(&self) -> Result<PayloadId> {
        Ok(PayloadId { observed_at: self.observed_at()?, sha256: self.sha256.clone() })
    }
    /// Where the payload's bytes lie.
    pub fn path(&self) -> StorePath {
        let shelves = self.shelf.iter().flat_map(|shelf| shelf.split('/'));
        let folder = shelves.fold(folder(&self.source), |folder, shelf| folder.join(shelf));
        folder.join(format!("{}.{}", self.sha256, self.extension()))
    }
    /// That of the name; of a DBN file under zstd both.
    fn extension(&self) -> String {
        let name = self.name.to_ascii_lowercase();
        if name.ends_with(".dbn.zst") {
            return "dbn.zst".to_string();
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let extension = extension.filter(|e| (1..=8).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric()));
        extension.unwrap_or("bin").to_string()
    }
    pub(super) fn sidecar_path(&self) -> StorePath {
        sidecar_path(&self.source, &self.sha256)
    }
    /// As it is written, with the hash of what is written.
    fn proven(self) -> Result<(Self, Vec<u8>)> {
        let proof = proof::hash(&Self { proof: None, ..self.clone() }.bytes()?);
        let proven = Self { proof: Some(proof), ..self };
        let bytes = proven.bytes()?;
        Ok((proven, bytes))
    }
    fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(|e| Error::internal(format!("a sidecar does not serialize: {e}")))
    }
    /// The sidecar in these bytes, or why it cannot be believed.
    fn parse(json: &[u8]) -> Result<Self, String> {
        if json.is_empty() {
            return Err("it is empty".to_string());
        }
        let sidecar: Self = serde_json::from_slice(json).map_err(|e| format!("it does not parse: {e}"))?;
        let changed = || "its bytes are not those that were written".to_string();
        if sidecar.proof.is_some() {
            let (_, again) = sidecar.clone().proven().map_err(|e| e.message().to_string())?;
            return if again == json { Ok(sidecar) } else { Err(changed()) };
        }
        // One of a time without a proof says what we would say, and nothing besides: a name that changed by a bit would be passed over.
        let value = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).ok();
        let again = sidecar.bytes().map_err(|e| e.message().to_string())?;
        if value(&again) == value(json) { Ok(sidecar) } else { Err(changed()) }
    }
}

fn written(at: IngestTime) -> String {
    DateTime::from_timestamp_micros(at.micros()).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// SHA-256 of what comes piece by piece.
#[derive(Default)]
pub(super) struct Running(Sha256);

impl Feed for Running {
    fn feed(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn digits(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in hex.
pub fn sha256_hex(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

pub(super) const FOLDER: &str = "raw";

fn folder(source: &str) -> StorePath {
    StorePath::from_iter([FOLDER, source])
}

fn sidecar_path(source: &str, sha256: &str) -> StorePath {
    folder(source).join(format!("{sha256}.{SIDECAR}"))
}

/// Keeps a payload. The sidecar that counts comes back: the first one, where the same content was archived before; and what had to be moved
/// aside for it, in sentences. It lasts after the next [`Lake::sync`].
///
/// # Errors
/// The store fails.
pub async fn archive(lake: &Lake, sidecar: Sidecar, content: &Bytes) -> Result<(Sidecar, Vec<String>)> {
    let (first, mut told) = first(lake, &sidecar.source, &sidecar.sha256, content).await?;
    if let Some(first) = first {
        return Ok((first, told));
    }
    put_bytes(lake, &sidecar, content, &mut told).await?;
    let path = sidecar.sidecar_path();
    let (sidecar, json) = sidecar.proven()?;
    let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match lake.bare.put_opts(&path, json.into(), create).await {
        Ok(_) => Ok((sidecar, told)),
        // Another process archived the same content a moment ago.
        Err(StoreError::AlreadyExists { .. }) => Ok((read_sidecar(lake, &path).await?, told)),
        Err(e) => Err(store_error(&format!("archive `{path}`"), &e)),
    }
}

/// Says when a payload was seen, in place of what its sidecar says, which is kept in its history. It lasts after the next [`Lake::sync`].
///
/// # Errors
/// The store fails; the sidecar is then what it was.
pub async fn correct_observed(lake: &Lake, mut sidecar: Sidecar, at: IngestTime, now: IngestTime) -> Result<Sidecar> {
    sidecar.history.push(Corrected { observed_at: sidecar.observed_at.clone(), corrected_at: written(now) });
    let path = sidecar.sidecar_path();
    let (sidecar, json) = sidecar.seen_at(at).proven()?;
    lake.bare.put(&path, json.into()).await.map_err(|e| store_error(&format!("write `{path}`"), &e))?;
    Ok(sidecar)
}

/// Puts the bytes of a payload in their place, unless they are there; other bytes under their name are moved aside.
async fn put_bytes(lake: &Lake, sidecar: &Sidecar, content: &Bytes, told: &mut Vec<String>) -> Result<()> {
    let path = sidecar.path();
    match lake.bare.head(&path).await {
        Ok(_) => {
            if get(lake, &path).await?.as_ref() == Some(content) {
                return Ok(());
            }
            if let Some(now) = lake.move_aside(&path).await? {
                told.push(format!("`{path}` was not what its name says: it lies in `{now}` now, and the payload is archived again"));
            }
        }
        Err(StoreError::NotFound { .. }) => {}
        Err(e) => return Err(store_error(&format!("look for `{path}`"), &e)),
    }
    lake.bare.put(&path, content.clone().into()).await.map_err(|e| store_error(&format!("archive `{path}`"), &e))?;
    Ok(())
}

/// The sidecar of the same content where it was archived before, whole again: a sidecar that cannot be believed is moved aside, and bytes that
/// are lost or changed are put back from what has come again. What was done is said in sentences.
///
/// # Errors
/// The store fails.
pub async fn first(lake: &Lake, source: &str, sha256: &str, content: &Bytes) -> Result<(Option<Sidecar>, Vec<String>)> {
    let path = sidecar_path(source, sha256);
    let mut told = Vec::new();
    let Some(json) = get(lake, &path).await? else { return Ok((None, told)) };
    let sidecar = match Sidecar::parse(&json) {
        Ok(sidecar) => sidecar,
        Err(why) => {
            if let Some(now) = lake.move_aside(&path).await? {
                told.push(format!("`{path}` was broken ({why}): it lies in `{now}` now, and the payload is archived again"));
            }
            return Ok((None, told));
        }
    };
    let is_lost = matches!(lake.bare.head(&sidecar.path()).await, Err(StoreError::NotFound { .. }));
    put_bytes(lake, &sidecar, content, &mut told).await?;
    if is_lost {
        told.push(format!("`{}` was missing from the archive: it is there again", sidecar.path()));
    }
    Ok((Some(sidecar), told))
}

async fn get(lake: &Lake, path: &StorePath) -> Result<Option<Bytes>> {
    super::log::read_optional(lake.bare.as_ref(), path).await
}

/// The sidecar of a payload that is archived.
///
/// # Errors
/// The store fails, or the sidecar does not parse.
pub async fn find(lake: &Lake, source: &str, sha256: &str) -> Result<Option<Sidecar>> {
    let path = sidecar_path(source, sha256);
    match get(lake, &path).await? {
        Some(json) => parsed(&path, &json).map(Some),
        None => Ok(None),
    }
}

/// The sidecar of a payload that is archived whole, as far as its size shows; `None` too where what is there cannot be believed.
///
/// # Errors
/// The store fails.
pub async fn find_whole(lake: &Lake, source: &str, sha256: &str) -> Result<Option<Sidecar>> {
    let json = get(lake, &sidecar_path(source, sha256)).await?;
    let Some(sidecar) = json.and_then(|json| Sidecar::parse(&json).ok()) else { return Ok(None) };
    match lake.bare.head(&sidecar.path()).await {
        Ok(found) => Ok((found.size == sidecar.bytes).then_some(sidecar)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(e) => Err(store_error(&format!("look for `{}`", sidecar.path()), &e)),
    }
}

/// Every archived payload of a source, in order of `observed_at`, then of content.
///
/// # Errors
/// The store fails, or a payload cannot be believed.
pub async fn list(lake: &Lake, source: &str) -> Result<Vec<Sidecar>> {
    let (whole, broken) = survey(lake, source).await?;
    match broken.first() {
        None => Ok(whole),
        Some(broken) => Err(broken.error()),
    }
}

impl Broken {
    pub fn error(&self) -> Error {
        let path = self.paths.first().map_or_else(String::new, ToString::to_string);
        Error::lake(format!("the archived payload cannot be believed: {}", self.why))
            .in_file(path)
            .hint("ingest the same file again, which puts it back, or restore it from a backup")
    }
}

/// Every archived payload of a source that is whole as far as its sidecar and its size show, in order of `observed_at`, then of content; and
/// those that are not.
///
/// # Errors
/// The store fails.
pub async fn survey(lake: &Lake, source: &str) -> Result<(Vec<Sidecar>, Vec<Broken>)> {
    let folder = folder(source);
    let listed = lake.bare.list(Some(&folder)).map_ok(|object| (object.location, object.size));
    let sizes: HashMap<StorePath, u64> = listed.try_collect().await.map_err(|e| store_error(&format!("list `{folder}`"), &e))?;
    let sidecars = sizes.keys().filter_map(|path| Some((path, path.filename()?.strip_suffix(SIDECAR)?.trim_end_matches('.'))));
    let tasks = sidecars.map(|(path, sha256)| async move { Ok::<_, Error>((path, sha256, get(lake, path).await?)) });
    let read: Vec<_> = futures::stream::iter(tasks.collect::<Vec<_>>()).buffer_unordered(READERS).try_collect().await?;
    let (mut whole, mut all_broken) = (Vec::new(), Vec::new());
    for (path, sha256, json) in read {
        let Some(json) = json else { continue };
        let mut broken = Broken { sha256: sha256.to_string(), paths: vec![path.clone()], why: String::new() };
        match Sidecar::parse(&json).and_then(|sidecar| Ok((sidecar.payload_id().map_err(|e| e.message().to_string())?, sidecar))) {
            Err(why) => broken.why = why,
            Ok((id, sidecar)) => {
                let at = sidecar.path();
                broken.why = match sizes.get(&at) {
                    _ if sidecar.sha256 != sha256 => "it is of another payload".to_string(),
                    Some(size) if *size == sidecar.bytes => {
                        whole.push((id, sidecar));
                        continue;
                    }
                    Some(size) => format!("`{at}` has {size} bytes where the sidecar says {}", sidecar.bytes),
                    None => format!("`{at}` is not there"),
                };
                broken.paths.extend(sizes.contains_key(&at).then_some(at));
            }
        }
        all_broken.push(broken);
    }
    whole.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok((whole.into_iter().map(|(_, sidecar)| sidecar).collect(), all_broken))
}

/// The bytes of an archived payload, as received.
///
/// # Errors
/// The file is gone, or is not what its name says.
pub async fn read(lake: &Lake, sidecar: &Sidecar) -> Result<Bytes> {
    let path = sidecar.path();
    let bad = |e: &dyn std::fmt::Display| Error::lake(format!("cannot read the archived payload: {e}")).in_file(path.to_string());
    let content = lake.bare.get(&path).await.map_err(|e| bad(&e))?.bytes().await.map_err(|e| bad(&e))?;
    if sha256_hex(&content) != sidecar.content_sha256() {
        return Err(bad(&"its content is no longer what its name says")
            .hint("ingest the same file again, which puts it back, or restore it from a backup: raw files are never changed"));
    }
    Ok(content)
}

async fn read_sidecar(lake: &Lake, path: &StorePath) -> Result<Sidecar> {
    let json = lake.bare.get(path).await.map_err(|e| store_error(&format!("read `{path}`"), &e))?;
    parsed(path, &json.bytes().await.map_err(|e| store_error(&format!("read `{path}`"), &e))?)
}

fn parsed(path: &StorePath, json: &[u8]) -> Result<Sidecar> {
    Sidecar::parse(json).map_err(|why| {
        Error::lake(format!("the sidecar cannot be believed: {why}"))
            .in_file(path.to_string())
            .hint("ingest the same file again, which puts it back, or restore it from a backup")
    })
}
