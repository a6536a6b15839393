//! A Parquet file in the store, as the decoder wants it: byte ranges and metadata, with the file's size known from the log.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::object_store::{ObjectStore, ObjectStoreExt, path::Path as StorePath};
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::LakeFile;

/// Bytes of the footer that are fetched with the first request: most files' whole metadata.
const FOOTER_GUESS: usize = 64 * 1024;

pub(super) struct FileReader {
    store: Arc<dyn ObjectStore>,
    path: StorePath,
    size: u64,
}

impl FileReader {
    pub fn new(store: Arc<dyn ObjectStore>, file: &LakeFile) -> Self {
        Self { store, path: file.path.clone(), size: file.bytes }
    }
}

impl AsyncFileReader for FileReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        async move { self.store.get_range(&self.path, range).await.map_err(|e| ParquetError::External(Box::new(e))) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move { self.store.get_ranges(&self.path, &ranges).await.map_err(|e| ParquetError::External(Box::new(e))) }.boxed()
    }

    fn get_metadata<'a>(&'a mut self, options: Option<&'a ArrowReaderOptions>) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let size = self.size;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options).with_prefetch_hint(Some(FOOTER_GUESS));
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}
