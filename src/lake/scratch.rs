//! Scratch lakes: folders under `scratch/` in which tables are built before they are exchanged. A process that is killed leaves its folder;
//! one in which nothing was written for a day belongs to nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{ObjectStore, ObjectStoreExt, path::Path as StorePath};
use futures::{StreamExt, TryStreamExt};

use super::commit::now_millis;
use super::compact::ABANDONED_MILLIS;
use super::disk::Disk;
use super::{Lake, store_error};
use crate::error::Result;

const FOLDER: &str = "scratch";

impl Lake {
    /// An empty lake under a folder of this one's store, to build tables in; [`Lake::remove_scratch`] clears it away.
    pub(crate) fn scratch(&self) -> (Self, StorePath) {
        let path = StorePath::from_iter([FOLDER.to_string(), uuid::Uuid::new_v4().to_string()]);
        let folder = self.folder.as_ref().map(|folder| folder.join(path.as_ref()));
        // Nothing of it has to last: what is taken over is synced where it is put.
        let scratch = match folder.and_then(|folder| Some((Disk::new(&folder, false).ok()?, folder))) {
            Some((disk, folder)) => Self::in_folder(folder, disk),
            None => Self::on(Arc::new(PrefixStore::new(self.bare.clone(), path.clone()))),
        };
        (scratch, path)
    }

    /// Removes what a scratch lake left. What cannot be removed does no harm.
    pub(crate) async fn remove_scratch(&self, folder: &StorePath) {
        let mut objects = self.bare.list(Some(folder));
        while let Some(Ok(object)) = objects.next().await {
            let _ = self.bare.delete(&object.location).await;
        }
        // A store on this machine also has folders; the one of all scratch lakes stays while another one is in it.
        if let Some(data) = &self.folder {
            let _ = tokio::fs::remove_dir_all(data.join(folder.as_ref())).await;
            let _ = tokio::fs::remove_dir(data.join(FOLDER)).await;
        }
    }

    /// Removes the scratch lakes in which nothing was written for a day, and says how many there were.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub async fn remove_abandoned_scratch(&self) -> Result<usize> {
        let now = now_millis();
        let mut removed = 0;
        for (folder, written) in self.scratch_folders().await? {
            if now - written > ABANDONED_MILLIS {
                self.remove_scratch(&folder).await;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Every scratch lake that has a file, with when it was last written to, in milliseconds.
    pub(super) async fn scratch_folders(&self) -> Result<BTreeMap<StorePath, i64>> {
        let root = StorePath::from(FOLDER);
        let mut folders = BTreeMap::new();
        let mut objects = self.bare.list(Some(&root));
        while let Some(object) = objects.try_next().await.map_err(|e| store_error(&format!("list `{root}`"), &e))? {
            let folder: StorePath = object.location.parts().take(2).collect();
            let written = folders.entry(folder).or_insert(i64::MIN);
            *written = (*written).max(object.last_modified.timestamp_millis());
        }
        Ok(folders)
    }
}
