//! The locks of a data folder, which the operating system frees when a process ends, however it ends. Backfill and update work under one:
//! one of them at a time. Whoever takes what was seen just now waits for its turn, so that payloads are taken in the order in which they were
//! seen. Those of a given moment need no turn: commits of several writers find their order by themselves.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result, system_words};

const FILE: &str = "ingest.lock";
const TURN: &str = "turn.lock";
/// How often it is looked whether the turn has come.
const PAUSE: Duration = Duration::from_millis(3);

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    /// Takes the lock of a data folder for a command.
    ///
    /// # Errors
    /// Another process has it, or the folder cannot be written.
    pub fn take(data: &Path, command: &str) -> Result<Self> {
        let path = data.join(FILE);
        let cannot = |what: &str, error: &std::io::Error| {
            Error::lake(format!("cannot {what} the lock: {}", system_words(error))).in_file(path.display().to_string())
        };
        std::fs::create_dir_all(data).map_err(|error| cannot("make", &error))?;
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(|error| cannot("open", &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a courtesy; that someone does is what counts.
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() { "another process".to_string() } else { format!("`{}`", holder.trim()) };
                return Err(Error::lake(format!("{holder} is at work in this data folder")).hint("wait for it to end, or end it"));
            }
            Err(TryLockError::Error(error)) => return Err(cannot("take", &error)),
        }
        let said = format!("contango {command} (process {})\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(said.as_bytes())).map_err(|error| cannot("sign", &error))?;
        Ok(Self(file))
    }
}

/// The turn of one writer to take what it has seen just now; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Turn {
    /// Waits until nobody else has it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub async fn wait(data: &Path) -> Result<Self> {
        let path = data.join(TURN);
        let cannot = |error: &std::io::Error| {
            Error::lake(format!("cannot take the turn to write: {}", system_words(error))).in_file(path.display().to_string())
        };
        std::fs::create_dir_all(data).map_err(|error| cannot(&error))?;
        let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(|error| cannot(&error))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::Error(error)) => return Err(cannot(&error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Lock::take(folder.path(), "update").expect("free");
        let error = Lock::take(folder.path(), "backfill").expect_err("held").to_string();
        assert!(error.contains("`contango update (process "), "{error}");
        drop(first);
        Lock::take(folder.path(), "backfill").expect("free again");
    }
}
