//! The store through which lake files are read: no byte of a data file is given out before it was hashed, once in the life of the store,
//! whoever asks. Of a file of a log that was read it is the blocks that are asked for, as they are read; of another one whose name says its
//! hash, all of it. A file that does not hold what was written answers nothing.
//!
//! It changes nothing; verification, which must look at the disk each time, reads beneath it.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
    path::Path as StorePath,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use super::LakeFile;
use super::proof::{BLOCK, Running, block_hash, hash_in_name};
use crate::error::Error;

/// Bytes that are read at once from a file on this machine.
const READ: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct ProvenStore {
    inner: Arc<dyn ObjectStore>,
    /// Files that were hashed whole, or are being hashed.
    proven: Mutex<HashMap<StorePath, Arc<OnceCell<()>>>>,
    /// What logs say of the blocks of files.
    expected: RwLock<HashMap<StorePath, Arc<Expected>>>,
}

/// A file as its log knows it.
#[derive(Debug)]
struct Expected {
    blocks: Arc<[u32]>,
    size: u64,
    /// Which of them were hashed.
    proven: Vec<AtomicBool>,
}

impl Expected {
    /// The whole blocks that hold a range.
    fn around(&self, range: &Range<u64>) -> Range<u64> {
        range.start / BLOCK * BLOCK..range.end.next_multiple_of(BLOCK).min(self.size)
    }
    fn places(range: &Range<u64>) -> Range<usize> {
        (range.start / BLOCK) as usize..range.end.div_ceil(BLOCK) as usize
    }
    fn is_proven(&self, range: &Range<u64>) -> bool {
        self.proven.get(Self::places(range)).is_some_and(|proven| proven.iter().all(|proven| proven.load(Ordering::Relaxed)))
    }
    /// Whether these bytes, which begin with a block, are what was written.
    fn prove(&self, start: u64, bytes: &[u8]) -> bool {
        let first = (start / BLOCK) as usize;
        bytes.chunks(BLOCK as usize).enumerate().all(|(n, block)| {
            let Some(proven) = self.proven.get(first + n) else { return false };
            if !proven.load(Ordering::Relaxed) {
                if self.blocks.get(first + n) != Some(&block_hash(block)) {
                    return false;
                }
                proven.store(true, Ordering::Relaxed);
            }
            true
        })
    }
}

impl ProvenStore {
    pub fn over(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, proven: Mutex::default(), expected: RwLock::default() }
    }

    /// Takes what a log says of files; what was proven of them before stays so.
    pub fn expect(&self, files: &[LakeFile]) {
        let mut expected = self.expected.write().unwrap_or_else(PoisonError::into_inner);
        for file in files {
            if let Some(blocks) = &file.blocks {
                expected.entry(file.path.clone()).or_insert_with(|| {
                    let proven = blocks.iter().map(|_| AtomicBool::new(false)).collect();
                    Arc::new(Expected { blocks: blocks.clone(), size: file.bytes, proven })
                });
            }
        }
    }

    fn expected(&self, path: &StorePath) -> Option<Arc<Expected>> {
        self.expected.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Ranges of a file whose blocks are known: read in whole blocks where those were not hashed yet.
    async fn ranges(&self, path: &StorePath, expected: &Expected, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        if ranges.iter().all(|range| expected.is_proven(range)) {
            return self.inner.get_ranges(path, ranges).await;
        }
        let mut wide: Vec<Range<u64>> = ranges.iter().map(|range| expected.around(range)).collect();
        wide.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::with_capacity(wide.len());
        for range in wide {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        let read = self.inner.get_ranges(path, &joined).await?;
        for (range, bytes) in joined.iter().zip(&read) {
            let is_whole = bytes.len() as u64 == range.end - range.start;
            if !is_whole || !expected.prove(range.start, bytes) {
                return Err(own(path, changed(path)));
            }
        }
        let slice = |range: &Range<u64>| {
            let place = joined.partition_point(|wide| wide.end < range.end);
            let start = joined[place].start;
            read[place].slice((range.start - start) as usize..(range.end - start) as usize)
        };
        Ok(ranges.iter().map(slice).collect())
    }

    async fn prove(&self, path: &StorePath) -> StoreResult<()> {
        let Some(expected) = path.filename().and_then(hash_in_name) else { return Ok(()) };
        let cell = self.proven.lock().unwrap_or_else(PoisonError::into_inner).entry(path.clone()).or_default().clone();
        let outcome = cell.get_or_try_init(|| async {
            let found = hash_of::<Running>(self.inner.as_ref(), path).await?;
            if found == expected { Ok(()) } else { Err(own(path, changed(path))) }
        });
        outcome.await.copied()
    }
}

/// What is said of a data file that does not hold what was written.
pub(super) fn changed(path: &StorePath) -> Error {
    let table = path.parts().nth(1).map_or_else(String::new, |table| table.as_ref().to_string());
    Error::lake("its bytes are not those that were written: the disk, or a program, changed them")
        .in_file(path.to_string())
        .hint(format!("restore the file from a backup, or make the table anew from the raw files: `contango lake rebuild --table {table}`"))
}

/// Our own error on its way through a store's.
fn own(path: &StorePath, error: Error) -> StoreError {
    StoreError::Generic { store: "lake", source: Box::new(error.in_file(path.to_string())) }
}

/// A hash that is fed piece by piece.
pub(super) trait Feed: Default + Send + 'static {
    fn feed(&mut self, bytes: &[u8]);
    fn digits(self) -> String;
}

/// The hash of an object's bytes as they lie in the store now.
pub(super) async fn hash_of<F: Feed>(store: &dyn ObjectStore, path: &StorePath) -> StoreResult<String> {
    let found = store.get(path).await?;
    if let GetResultPayload::File(mut file, _) = found.payload {
        let hashed = tokio::task::spawn_blocking(move || {
            let (mut running, mut block) = (F::default(), vec![0; READ]);
            loop {
                match file.read(&mut block)? {
                    0 => return Ok::<_, std::io::Error>(running.digits()),
                    n => running.feed(&block[..n]),
                }
            }
        });
        let generic = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Generic { store: "lake", source };
        return hashed.await.map_err(|e| generic(Box::new(e)))?.map_err(|e| generic(Box::new(e)));
    }
    let mut stream = found.into_stream();
    let mut running = F::default();
    while let Some(bytes) = stream.try_next().await? {
        running.feed(&bytes);
    }
    Ok(running.digits())
}

impl std::fmt::Display for ProvenStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "proven {}", self.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for ProvenStore {
    async fn put_opts(&self, path: &StorePath, content: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.inner.put_opts(path, content, options).await
    }
    async fn put_multipart_opts(&self, path: &StorePath, options: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }
    async fn get_opts(&self, path: &StorePath, options: GetOptions) -> StoreResult<GetResult> {
        if options.head {
            return self.inner.get_opts(path, options).await;
        }
        if let (Some(GetRange::Bounded(range)), Some(expected)) = (&options.range, self.expected(path)) {
            let range = range.start..range.end.min(expected.size);
            if range.start < range.end {
                let found = self.inner.get_opts(path, GetOptions { range: None, head: true, ..options.clone() }).await?;
                let bytes = self.ranges(path, &expected, std::slice::from_ref(&range)).await?.pop().unwrap_or_default();
                let payload = GetResultPayload::Stream(futures::stream::once(std::future::ready(Ok(bytes))).boxed());
                return Ok(GetResult { payload, range, ..found });
            }
        }
        self.prove(path).await?;
        self.inner.get_opts(path, options).await
    }
    async fn get_ranges(&self, path: &StorePath, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        match self.expected(path) {
            Some(expected) if ranges.iter().all(|range| range.start < range.end && range.end <= expected.size) => {
                self.ranges(path, &expected, ranges).await
            }
            _ => {
                self.prove(path).await?;
                self.inner.get_ranges(path, ranges).await
            }
        }
    }
    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<StorePath>>) -> BoxStream<'static, StoreResult<StorePath>> {
        self.inner.delete_stream(paths)
    }
    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }
    fn list_with_offset(&self, prefix: Option<&StorePath>, offset: &StorePath) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }
    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }
    async fn rename_opts(&self, from: &StorePath, to: &StorePath, options: RenameOptions) -> StoreResult<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::memory::InMemory;

    use super::super::proof::{blocks, file_name};
    use super::*;

    const SIZE: u64 = 5 * BLOCK / 2 + 7;

    /// A file of two and a half blocks, and the store that expects it.
    async fn store() -> (Arc<InMemory>, ProvenStore, StorePath, Vec<u8>) {
        let content: Vec<u8> = (0..SIZE).map(|n| (n * 31 % 251) as u8).collect();
        let path = StorePath::from(format!("lake/cot/{}", file_name(&content)));
        let inner = Arc::new(InMemory::new());
        inner.put(&path, content.clone().into()).await.expect("written");
        let store = ProvenStore::over(inner.clone());
        let (blocks, bounds) = (Some(blocks(&content).into()), Vec::new());
        store.expect(&[LakeFile { path: path.clone(), bytes: SIZE, rows: 1, partition: Vec::new(), bounds, blocks }]);
        (inner, store, path, content)
    }

    #[tokio::test]
    async fn ranges_are_what_was_written() {
        let (_, store, path, content) = store().await;
        let asked = [70_000..70_010, 3..9, BLOCK - 1..BLOCK + 1, 0..SIZE, SIZE - 1..SIZE, 2 * BLOCK..SIZE];
        for _ in 0..2 {
            let got = store.get_ranges(&path, &asked).await.expect("proven");
            for (range, bytes) in asked.iter().zip(&got) {
                assert_eq!(bytes.as_ref(), &content[range.start as usize..range.end as usize]);
                assert_eq!(store.get_range(&path, range.clone()).await.expect("proven"), *bytes);
            }
        }
        assert_eq!(store.get(&path).await.expect("proven").bytes().await.expect("read"), content);
    }

    #[tokio::test]
    async fn a_changed_block_is_never_given_out() {
        for at in [0, BLOCK - 1, BLOCK, 2 * BLOCK + 5, SIZE - 1] {
            let (inner, store, path, mut content) = store().await;
            content[at as usize] ^= 4;
            inner.put(&path, content.into()).await.expect("written");
            let block = at / BLOCK * BLOCK;
            let range = block..(block + 3).min(SIZE);
            let error = store.get_ranges(&path, &[range.clone(), 0..1]).await.expect_err("changed");
            assert!(Error::own_among(&error).is_some_and(|own| own.hint_text().is_some()), "{error}");
            assert!(store.get_range(&path, range).await.is_err());
            assert!(store.get(&path).await.is_err());
            // What lies in other blocks may be read.
            let other = if block == 0 { BLOCK..BLOCK + 1 } else { 0..1 };
            assert!(store.get_range(&path, other).await.is_ok());
        }
    }

    #[tokio::test]
    async fn a_file_that_is_cut_off_is_never_given_out() {
        let (inner, store, path, content) = store().await;
        inner.put(&path, content[..content.len() - 1].to_vec().into()).await.expect("written");
        assert!(store.get_range(&path, SIZE - 8..SIZE).await.is_err());
        assert!(store.get_range(&path, 0..SIZE).await.is_err());
    }
}
