//! The store through which SQL reads and writes files: those of this machine, outside the data folder. Each time a file is touched it is
//! judged anew by what it is at that moment, so that no spelling and no link, also one made after the statement was planned, leads into the
//! lake. The lake's own store stands in no runtime that SQL reaches.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result,
};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::data_folder::DataFolder;

const NAME: &str = "files outside the lake";

#[derive(Debug)]
pub struct UserFiles {
    files: LocalFileSystem,
    data: DataFolder,
}

impl UserFiles {
    pub fn beside(data: DataFolder) -> Self {
        Self { files: LocalFileSystem::new(), data }
    }

    fn ensure_outside(&self, location: &Path) -> Result<()> {
        let path = self.files.path_to_filesystem(location)?;
        self.data.ensure_outside(&path).map_err(refused)
    }

    fn ensure_apart(&self, folder: Option<&Path>) -> Result<()> {
        let path = folder.map_or_else(|| PathBuf::from("/"), |folder| PathBuf::from("/").join(folder.as_ref()));
        self.data.ensure_apart(&path).map_err(refused)
    }
}

fn refused(error: crate::error::Error) -> Error {
    Error::Generic { store: NAME, source: Box::new(error) }
}

impl fmt::Display for UserFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

#[async_trait]
impl ObjectStore for UserFiles {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.ensure_outside(location)?;
        self.files.put_opts(location, payload, options).await
    }
    async fn put_multipart_opts(&self, location: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.ensure_outside(location)?;
        self.files.put_multipart_opts(location, options).await
    }
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.ensure_outside(location)?;
        self.files.get_opts(location, options).await
    }
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.ensure_outside(location)?;
        self.files.get_ranges(location, ranges).await
    }
    /// Nothing that SQL can say removes a file.
    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let refusal = |_| Err(Error::NotSupported { source: "files are not removed by SQL".into() });
        locations.map(refusal).boxed()
    }
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.ensure_apart(prefix) {
            Ok(()) => self.files.list(prefix),
            Err(error) => futures::stream::once(std::future::ready(Err(error))).boxed(),
        }
    }
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.ensure_apart(prefix)?;
        self.files.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.ensure_outside(from)?;
        self.ensure_outside(to)?;
        self.files.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::object_store::ObjectStoreExt;
    use futures::TryStreamExt;

    #[tokio::test]
    async fn a_link_that_was_made_later_leads_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().canonicalize().expect("there");
        let at = |name: &str| Path::from_absolute_path(here.join(name)).expect("a path");
        std::fs::create_dir_all(here.join("data/lake")).expect("a folder");
        std::fs::create_dir(here.join("mine")).expect("a folder");
        std::fs::write(here.join("data/lake/a.csv"), "hidden").expect("written");
        let store = UserFiles::beside(DataFolder::new(here.join("data")));
        store.put(&at("mine/a.csv"), "seen".into()).await.expect("mine");
        assert_eq!(store.get(&at("mine/a.csv")).await.expect("mine").bytes().await.expect("read"), "seen");
        std::fs::remove_file(here.join("mine/a.csv")).expect("removed");
        std::os::unix::fs::symlink(here.join("data/lake/a.csv"), here.join("mine/a.csv")).expect("linked");
        for refused in [
            store.get(&at("mine/a.csv")).await.map(drop),
            store.put(&at("mine/a.csv"), "x".into()).await.map(drop),
            store.put(&at("data/lake/b.csv"), "x".into()).await.map(drop),
            store.put_multipart(&at("data/metadata.db")).await.map(drop),
            store.copy(&at("data/lake/a.csv"), &at("mine/b.csv")).await,
            store.list(Some(&at(""))).try_collect::<Vec<_>>().await.map(drop),
            store.list_with_delimiter(Some(&at("data"))).await.map(drop),
        ] {
            assert!(refused.expect_err("refused").to_string().contains("belongs to the lake"));
        }
        assert_eq!(std::fs::read_to_string(here.join("data/lake/a.csv")).expect("there"), "hidden");
    }
}
