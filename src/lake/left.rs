//! What writers that were killed left in the folder beside the store's objects: staged files (`…#N`), which no listing of the store shows,
//! and exports that were never finished (`.contango-` and six letters). After a day they belong to nobody.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::Lake;
use super::commit::{lost_task, now_millis};
use super::compact::ABANDONED_MILLIS;
use crate::error::{Error, Result, system_words};

impl Lake {
    /// Removes what was left for a day, and says how much there was.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn remove_left_behind(&self) -> Result<usize> {
        let Some(root) = self.folder.clone() else { return Ok(0) };
        let left = self.left_behind().await?;
        let now = now_millis();
        let old = left.into_iter().filter(|(_, written)| now - written > ABANDONED_MILLIS);
        Ok(old.filter(|(path, _)| std::fs::remove_file(root.join(path)).is_ok()).count())
    }

    /// Every such file below the folder, with when it was written in milliseconds.
    pub(super) async fn left_behind(&self) -> Result<Vec<(PathBuf, i64)>> {
        let Some(root) = self.folder.clone() else { return Ok(Vec::new()) };
        tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            collect(&root, &root, &mut found)
                .map_err(|e| Error::lake(format!("cannot read the folder: {}", system_words(&e))).in_file(root.display().to_string()))?;
            found.sort();
            Ok(found)
        })
        .await
        .map_err(lost_task)?
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(PathBuf, i64)>) -> std::io::Result<()> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        // Another process may clear away what was just listed.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(root, &entry.path(), found)?;
        } else if is_left(&entry.file_name().to_string_lossy()) {
            let written = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let Some(written) = written else { continue };
            let path = entry.path();
            let path = path.strip_prefix(root).map_or_else(|_| path.clone(), Path::to_path_buf);
            found.push((path, i64::try_from(written.as_millis()).unwrap_or(i64::MAX)));
        }
    }
    Ok(())
}

fn is_left(name: &str) -> bool {
    let staged = name.rsplit_once('#').is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    staged || name.starts_with(".contango-")
}
