//! The raw archive: payloads as received, named by their content, each with a small sidecar. Everything in the lake can be made again
//! from here, so a payload is written whole before anything is committed from it, and is never changed afterwards.
//!
//! ```text
//! raw/cftc/<sha256>.zip         the bytes as received
//! raw/cftc/<sha256>.meta.json   its sidecar: {sha256, name, origin, observed_at, source, bytes, hint, …}; written second, so it means "complete"
//! raw/databento/ohlcv-1d/ES/<sha256>.dbn.zst   of a source that sorts its payloads: on the shelf that the sidecar names
//! ```

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path as StorePath};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::commit::PayloadId;
use super::{Lake, store_error};
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
    fn sidecar_path(&self) -> StorePath {
        sidecar_path(&self.source, &self.sha256)
    }
}

fn written(at: IngestTime) -> String {
    DateTime::from_timestamp_micros(at.micros()).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// SHA-256 in hex.
pub fn sha256_hex(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn folder(source: &str) -> StorePath {
    StorePath::from_iter(["raw", source])
}

fn sidecar_path(source: &str, sha256: &str) -> StorePath {
    folder(source).join(format!("{sha256}.{SIDECAR}"))
}

/// Keeps a payload. The sidecar that counts comes back: the first one, where the same content was archived before.
///
/// # Errors
/// The store fails.
pub async fn archive(lake: &Lake, sidecar: Sidecar, content: &Bytes) -> Result<Sidecar> {
    if let Some(first) = find(lake, &sidecar.source, &sidecar.sha256).await? {
        return Ok(first);
    }
    let store = lake.store();
    let path = sidecar.path();
    store.put(&path, content.clone().into()).await.map_err(|e| store_error(&format!("archive `{path}`"), &e))?;
    let json = serde_json::to_vec_pretty(&sidecar).map_err(|e| Error::internal(format!("a sidecar does not serialize: {e}")))?;
    let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match store.put_opts(&sidecar.sidecar_path(), json.into(), create).await {
        Ok(_) => Ok(sidecar),
        // Another process archived the same content a moment ago.
        Err(StoreError::AlreadyExists { .. }) => read_sidecar(lake, &sidecar.sidecar_path()).await,
        Err(e) => Err(store_error(&format!("archive `{}`", sidecar.sidecar_path()), &e)),
    }
}

/// The sidecar of a payload that is archived.
///
/// # Errors
/// The store fails, or the sidecar does not parse.
pub async fn find(lake: &Lake, source: &str, sha256: &str) -> Result<Option<Sidecar>> {
    let path = sidecar_path(source, sha256);
    match lake.store().head(&path).await {
        Ok(_) => read_sidecar(lake, &path).await.map(Some),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(e) => Err(store_error(&format!("look for `{path}`"), &e)),
    }
}

/// Every archived payload of a source, in order of `observed_at`, then of content.
///
/// # Errors
/// The store fails, or a sidecar does not parse.
pub async fn list(lake: &Lake, source: &str) -> Result<Vec<Sidecar>> {
    let folder = folder(source);
    let store = lake.store();
    let objects: Vec<_> =
        store.list(Some(&folder)).map_ok(|o| o.location).try_collect().await.map_err(|e| store_error(&format!("list `{folder}`"), &e))?;
    let sidecars = objects.into_iter().filter(|path| path.filename().is_some_and(|name| name.ends_with(SIDECAR)));
    let tasks = sidecars.map(|path| async move {
        let sidecar = read_sidecar(lake, &path).await?;
        Ok::<_, Error>((sidecar.payload_id()?, sidecar))
    });
    let mut all: Vec<_> = futures::stream::iter(tasks).buffer_unordered(READERS).try_collect().await?;
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(all.into_iter().map(|(_, sidecar)| sidecar).collect())
}

/// The bytes of an archived payload, as received.
///
/// # Errors
/// The file is gone, or is not what its name says.
pub async fn read(lake: &Lake, sidecar: &Sidecar) -> Result<Bytes> {
    let path = sidecar.path();
    let bad = |e: &dyn std::fmt::Display| Error::lake(format!("cannot read the archived payload: {e}")).in_file(path.to_string());
    let content = lake.store().get(&path).await.map_err(|e| bad(&e))?.bytes().await.map_err(|e| bad(&e))?;
    if sha256_hex(&content) != sidecar.content_sha256() {
        return Err(bad(&"its content is no longer what its name says").hint("restore it from a backup: raw files are never changed"));
    }
    Ok(content)
}

async fn read_sidecar(lake: &Lake, path: &StorePath) -> Result<Sidecar> {
    let bad = |e: &dyn std::fmt::Display| Error::lake(format!("cannot read the sidecar: {e}")).in_file(path.to_string());
    let json = lake.store().get(path).await.map_err(|e| bad(&e))?.bytes().await.map_err(|e| bad(&e))?;
    serde_json::from_slice(&json).map_err(|e| bad(&e))
}
