//! A folder of this machine as the lake's store: what was written can be made to last, in order.
//!
//! A file is written under a staged name (`…#N`, which no listing shows) and then takes its place. One that must not be there yet, as a log
//! entry, is synced before it takes its place, so it is never seen half; all others lie in the system's cache until [`Durable::sync`] is
//! called, which a commit does before its entry is written and after it: one sync per batch of files, their folders last.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Error as IoError, ErrorKind, Result as IoResult, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult, path::Path as StorePath,
};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};

use crate::time::IngestTime;

/// Files that are synced at once: the system writes them together.
const SYNCERS: usize = 16;

/// A store whose writes last only once they were synced.
#[async_trait::async_trait]
pub trait Durable: std::fmt::Debug + Send + Sync {
    /// Comes back when all that was written before the call lasts, through a loss of power too.
    ///
    /// # Errors
    /// It cannot be made to last: nothing that depends on it may be said to be there.
    async fn sync(&self) -> StoreResult<()>;
}

#[derive(Debug)]
pub(super) struct Disk {
    files: LocalFileSystem,
    below: PrefixStore<LocalFileSystem>,
    prefix: StorePath,
    root: PathBuf,
    /// False where nothing has to last, as in a scratch lake.
    lasts: bool,
    unsynced: Mutex<Unsynced>,
    /// Held while something is synced: whoever comes second waits for what the first took away.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Unsynced {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    /// Folders that last in the folders above them. Whoever made one, this process or another, may not have come to sync it.
    settled: BTreeSet<PathBuf>,
    /// Those that will once `folders` were synced.
    settling: BTreeSet<PathBuf>,
}

impl Disk {
    /// The store below an absolute path.
    ///
    /// # Errors
    /// The path cannot be written as one of a store.
    pub fn new(root: &Path, lasts: bool) -> StoreResult<Self> {
        let prefix = StorePath::from_absolute_path(root)?;
        let below = PrefixStore::new(LocalFileSystem::new(), prefix.clone());
        let (unsynced, turn) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { files: LocalFileSystem::new(), below, prefix, root: root.to_path_buf(), lasts, unsynced, turn })
    }

    fn path(&self, location: &StorePath) -> StoreResult<PathBuf> {
        self.files.path_to_filesystem(&self.prefix.parts().chain(location.parts()).collect())
    }

    /// Enters a file that has a new place; its bytes are synced too, unless they were before.
    fn enter(&self, path: &Path, is_synced: bool) {
        if !self.lasts {
            return;
        }
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_synced {
            unsynced.files.insert(path.to_path_buf());
        }
        unsynced.folders.extend(path.parent().map(Path::to_path_buf));
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root)) {
            if !unsynced.settled.contains(folder) && unsynced.settling.insert(folder.to_path_buf()) {
                unsynced.folders.extend(folder.parent().map(Path::to_path_buf));
            }
        }
    }
}

/// Writes a file under a staged name and lets it take its place.
fn write(path: &Path, content: &PutPayload, create: bool, sync: bool) -> IoResult<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
    let mut staged = path.as_os_str().to_owned();
    staged.push(format!("#{}", uuid::Uuid::new_v4().as_u128() >> 64));
    let staged = PathBuf::from(staged);
    let done = stage(&staged, content, sync).and_then(|()| {
        if create {
            std::fs::hard_link(&staged, path)?;
            std::fs::remove_file(&staged)
        } else {
            std::fs::rename(&staged, path)
        }
    });
    if let Err(e) = done {
        let _ = std::fs::remove_file(&staged);
        return Err(e);
    }
    Ok(())
}

fn stage(staged: &Path, content: &PutPayload, sync: bool) -> IoResult<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(staged)?;
    content.iter().try_for_each(|part| file.write_all(part))?;
    if sync { file.sync_all() } else { Ok(()) }
}

/// Syncs a file or a folder; one that is gone has nothing to sync.
fn sync(path: &Path) -> IoResult<()> {
    match File::open(path) {
        Ok(open) => open.sync_all(),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

/// Syncs a folder. Some file systems, of networks mostly, have nothing that could be synced of one and say so.
fn sync_folder(path: &Path) -> IoResult<()> {
    match sync(path) {
        Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        outcome => outcome,
    }
}

async fn sync_all(paths: BTreeSet<PathBuf>, sync: fn(&Path) -> IoResult<()>) -> StoreResult<()> {
    let tasks = paths.into_iter().map(|path| async move { blocking(path.clone(), move || sync(&path)).await });
    futures::stream::iter(tasks).buffer_unordered(SYNCERS).try_collect().await
}

/// Runs a piece of work that waits for the disk.
async fn blocking<T: Send + 'static>(path: PathBuf, work: impl FnOnce() -> IoResult<T> + Send + 'static) -> StoreResult<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Generic { store: "disk", source: Box::new(e) })?;
    done.map_err(|source| of_system(&path, source))
}

fn of_system(path: &Path, source: IoError) -> StoreError {
    let shown = path.display().to_string();
    match source.kind() {
        ErrorKind::AlreadyExists => StoreError::AlreadyExists { path: shown, source: Box::new(source) },
        ErrorKind::NotFound => StoreError::NotFound { path: shown, source: Box::new(source) },
        ErrorKind::PermissionDenied => StoreError::PermissionDenied { path: shown, source: Box::new(source) },
        _ => StoreError::Generic { store: "disk", source: Box::new(source) },
    }
}

#[async_trait::async_trait]
impl Durable for Disk {
    async fn sync(&self) -> StoreResult<()> {
        let _turn = self.turn.lock().await;
        let (files, folders, settling) = {
            let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
            let Unsynced { files, folders, settling, .. } = &mut *unsynced;
            (std::mem::take(files), std::mem::take(folders), std::mem::take(settling))
        };
        sync_all(files, sync).await?;
        sync_all(folders, sync_folder).await?;
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).settled.extend(settling);
        Ok(())
    }
}

impl std::fmt::Display for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the folder /{}", self.prefix)
    }
}

#[async_trait::async_trait]
impl ObjectStore for Disk {
    async fn put_opts(&self, location: &StorePath, content: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        let create = match options.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => return self.below.put_opts(location, content, options).await,
        };
        let path = self.path(location)?;
        let (written, sync) = (path.clone(), create && self.lasts);
        blocking(path.clone(), move || write(&written, &content, create, sync)).await?;
        self.enter(&path, create);
        Ok(PutResult { e_tag: None, version: None })
    }
    async fn put_multipart_opts(&self, location: &StorePath, options: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        self.below.put_multipart_opts(location, options).await
    }
    async fn get_opts(&self, location: &StorePath, options: GetOptions) -> StoreResult<GetResult> {
        self.below.get_opts(location, options).await
    }
    async fn get_ranges(&self, location: &StorePath, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        self.below.get_ranges(location, ranges).await
    }
    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<StorePath>>) -> BoxStream<'static, StoreResult<StorePath>> {
        self.below.delete_stream(locations)
    }
    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.below.list(prefix)
    }
    fn list_with_offset(&self, prefix: Option<&StorePath>, offset: &StorePath) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.below.list_with_offset(prefix, offset)
    }
    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> StoreResult<ListResult> {
        self.below.list_with_delimiter(prefix).await
    }
    /// A copy is as young as its making, not as what was copied: it is not taken for something that was left behind.
    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> StoreResult<()> {
        self.below.copy_opts(from, to, options).await?;
        let path = self.path(to)?;
        self.enter(&path, false);
        let now = Duration::from_micros(u64::try_from(IngestTime::now().micros()).unwrap_or_default());
        let now = UNIX_EPOCH.checked_add(now).unwrap_or(UNIX_EPOCH);
        blocking(path.clone(), move || OpenOptions::new().write(true).open(path)?.set_modified(now)).await
    }
    async fn rename_opts(&self, from: &StorePath, to: &StorePath, options: RenameOptions) -> StoreResult<()> {
        self.below.rename_opts(from, to, options).await?;
        self.enter(&self.path(from)?, true);
        self.enter(&self.path(to)?, false);
        Ok(())
    }
}

/// A disk as a store and as what makes it last.
pub(super) fn of(disk: Disk) -> (Arc<dyn ObjectStore>, Arc<dyn Durable>) {
    let disk = Arc::new(disk);
    (disk.clone(), disk)
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::ObjectStoreExt;

    use super::*;

    #[tokio::test]
    async fn what_was_written_waits_for_its_sync_and_an_entry_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::new(folder.path(), true).expect("a store");
        disk.put(&"lake/cot/a.parquet".into(), "a".into()).await.expect("written");
        let create = || PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        disk.put_opts(&"lake/cot/_delta_log/0.json".into(), "0".into(), create()).await.expect("written");
        let again = disk.put_opts(&"lake/cot/_delta_log/0.json".into(), "1".into(), create()).await;
        assert!(matches!(again, Err(StoreError::AlreadyExists { .. })), "{again:?}");
        let names = |paths: &BTreeSet<PathBuf>| -> Vec<String> {
            paths.iter().filter_map(|path| path.strip_prefix(folder.path()).ok()).map(|path| path.display().to_string()).collect()
        };
        {
            let unsynced = disk.unsynced.lock().expect("no panic");
            assert_eq!(names(&unsynced.files), ["lake/cot/a.parquet"]);
            assert_eq!(names(&unsynced.folders), ["", "lake", "lake/cot", "lake/cot/_delta_log"]);
            assert!(unsynced.folders.contains(folder.path().parent().expect("a folder above")), "the data folder may be new as well");
        }
        disk.sync().await.expect("synced");
        disk.put(&"lake/cot/b.parquet".into(), "b".into()).await.expect("written");
        {
            let unsynced = disk.unsynced.lock().expect("no panic");
            assert_eq!(names(&unsynced.files), ["lake/cot/b.parquet"]);
            assert_eq!(names(&unsynced.folders), ["lake/cot"], "those above it last by now");
        }
        disk.sync().await.expect("synced");
        let left: Vec<_> = folder.path().join("lake/cot/_delta_log").read_dir().expect("a folder").collect();
        assert_eq!(left.len(), 1, "no staged file stays: {left:?}");
    }

    #[tokio::test]
    async fn a_copy_is_young() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::new(folder.path(), true).expect("a store");
        disk.put(&"scratch/a".into(), "a".into()).await.expect("written");
        let old = UNIX_EPOCH + Duration::from_secs(1);
        File::options().write(true).open(folder.path().join("scratch/a")).and_then(|file| file.set_modified(old)).expect("dated");
        disk.copy(&"scratch/a".into(), &"lake/a".into()).await.expect("copied");
        let age = IngestTime::now().micros() - disk.head(&"lake/a".into()).await.expect("there").last_modified.timestamp_micros();
        assert!(age < 60_000_000, "it would be taken for what a writer left that died");
    }
}
