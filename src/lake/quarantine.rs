//! Rows that could not be taken: one JSON object per row, in `quarantine/<source>/<sha256>.ndjson`, named by the payload that brought them.
//!
//! Written before the payload is committed, so no row is ever missing from both places. Writing it again gives the same file. Its hash lies
//! beside it, in `<sha256>.ndjson.xxh64`.

use bytes::Bytes;
use datafusion::object_store::{ObjectStoreExt, path::Path as StorePath};
use serde::Serialize;

use super::{Lake, proof, store_error};
use crate::error::{Error, Result};

pub(super) const FOLDER: &str = "quarantine";
/// The ending of the file that holds the hash of the one of the same name without it.
pub(super) const PROOF: &str = ".xxh64";

/// A rejected row as it is written.
#[derive(Debug, Serialize)]
pub struct QuarantinedRow<'a> {
    /// One-based line in the (decompressed) file.
    pub line: u64,
    pub column: Option<&'a str>,
    pub reason: &'a str,
    /// The row as received.
    pub raw: &'a str,
}

/// Keeps a payload that was paid for and cannot be read, and says where.
///
/// # Errors
/// The store fails.
pub async fn keep(lake: &Lake, source: &str, content: &Bytes) -> Result<StorePath> {
    let name = format!("{}.unread", super::raw::sha256_hex(content));
    let folder = StorePath::from_iter([FOLDER, source]);
    let proof = proof::hash(content);
    for (name, content) in [(format!("{name}{PROOF}"), Bytes::from(proof.into_bytes())), (name.clone(), content.clone())] {
        let path = folder.clone().join(name);
        lake.bare.put(&path, content.into()).await.map_err(|e| store_error(&format!("write `{path}`"), &e))?;
    }
    Ok(folder.join(name))
}

/// Keeps the rejected rows of a payload; none, no file.
///
/// # Errors
/// The store fails.
pub async fn write(lake: &Lake, source: &str, sha256: &str, rows: impl IntoIterator<Item = QuarantinedRow<'_>>) -> Result<()> {
    let mut lines = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut lines, &row).map_err(|e| Error::internal(format!("a rejected row does not serialize: {e}")))?;
        lines.push(b'\n');
    }
    if lines.is_empty() {
        return Ok(());
    }
    let name = format!("{sha256}.ndjson");
    let folder = StorePath::from_iter([FOLDER, source]);
    let proof = proof::hash(&lines);
    for (name, content) in [(format!("{name}{PROOF}"), proof.into_bytes()), (name, lines)] {
        let path = folder.clone().join(name);
        lake.bare.put(&path, content.into()).await.map_err(|e| store_error(&format!("write `{path}`"), &e))?;
    }
    Ok(())
}
