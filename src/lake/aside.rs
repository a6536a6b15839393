//! What was found broken is moved out of the way, never deleted: to `aside/<uuid>/` with its path below it.

use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, path::Path as StorePath};
use futures::TryStreamExt;

use super::{Lake, store_error, table_root};
use crate::error::Result;
use crate::tables::Table;

pub(super) const FOLDER: &str = "aside";

impl Lake {
    /// Moves an object aside, and says where it is now; `None` where there was none.
    ///
    /// # Errors
    /// The store fails.
    pub async fn move_aside(&self, path: &StorePath) -> Result<Option<StorePath>> {
        let to = self.aside().parts().chain(path.parts()).collect();
        match self.bare.rename(path, &to).await {
            Ok(()) => Ok(Some(to)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(e) => Err(store_error(&format!("move `{path}` aside"), &e)),
        }
    }

    /// Moves all of a table aside whose log cannot be believed, and says where it is now. What vouches for checkpoints goes first and then
    /// the entries from the first on, so that a run that ends in the middle leaves a log that is as broken as it was.
    ///
    /// # Errors
    /// The store fails.
    pub async fn move_table_aside(&self, table: &'static Table) -> Result<StorePath> {
        let (root, aside) = (table_root(table), self.aside());
        let listed = self.bare.list(Some(&root)).map_ok(|object| object.location);
        let mut paths: Vec<StorePath> = listed.try_collect().await.map_err(|e| store_error(&format!("list `{root}`"), &e))?;
        let turn = |path: &StorePath| match (path.as_ref().contains("/_delta_log/"), path.filename().unwrap_or_default().starts_with('_')) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        paths.sort_by(|a, b| turn(a).cmp(&turn(b)).then_with(|| a.cmp(b)));
        for path in paths {
            let to = aside.parts().chain(path.parts()).collect();
            self.bare.rename(&path, &to).await.map_err(|e| store_error(&format!("move `{path}` aside"), &e))?;
        }
        self.logs.lock().expect("no panic while caching").remove(table.name);
        self.sync().await?;
        Ok(aside.parts().chain(root.parts()).collect())
    }

    fn aside(&self) -> StorePath {
        StorePath::from_iter([FOLDER.to_string(), uuid::Uuid::new_v4().to_string()])
    }

    /// How many objects lie aside.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub(super) async fn n_aside(&self) -> Result<usize> {
        let root = StorePath::from(FOLDER);
        let count = self.bare.list(Some(&root)).try_fold(0, |n, _| std::future::ready(Ok(n + 1))).await;
        count.map_err(|e| store_error(&format!("list `{root}`"), &e))
    }
}
