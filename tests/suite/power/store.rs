//! A store that loses its power: what was not synced at that moment is there, or gone, or half there, as on a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use contango::lake::Durable;
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult, path::Path as StorePath,
};
use futures::stream::{BoxStream, StreamExt};

use crate::laws::dice::Dice;

#[derive(Debug)]
pub struct PowerStore {
    /// What a program sees while there is power.
    seen: InMemory,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What is there after a loss of power whatever happens.
    lasting: BTreeMap<StorePath, Bytes>,
    /// Names that changed since they were last synced.
    unsynced: BTreeSet<StorePath>,
    /// Of those, the ones whose bytes may be half there: not those that were synced before they got their name.
    half: BTreeSet<StorePath>,
    /// Operations until the power goes.
    left: Option<u64>,
}

impl PowerStore {
    /// A store that holds this, and whose power goes at an operation.
    pub async fn holding(lasting: BTreeMap<StorePath, Bytes>, left: Option<u64>) -> Arc<Self> {
        let seen = InMemory::new();
        for (path, content) in &lasting {
            seen.put(path, content.clone().into()).await.unwrap();
        }
        let state = State { lasting, unsynced: BTreeSet::new(), half: BTreeSet::new(), left };
        Arc::new(Self { seen, state: Mutex::new(state) })
    }

    /// What is there when the power is back: all that was synced, and of the rest nothing, or any part.
    pub async fn survivors(&self, dice: &mut Dice) -> BTreeMap<StorePath, Bytes> {
        let (mut lasting, unsynced, half) = {
            let state = self.state.lock().unwrap();
            (state.lasting.clone(), state.unsynced.clone(), state.half.clone())
        };
        if dice.one_in(3) {
            return lasting;
        }
        for path in unsynced {
            if dice.one_in(2) {
                continue;
            }
            match self.content(&path).await {
                None => drop(lasting.remove(&path)),
                Some(content) => {
                    let half_way = dice.below(content.len());
                    let length = if half.contains(&path) { *dice.of(&[content.len(), 0, half_way]) } else { content.len() };
                    lasting.insert(path, content.slice(..length));
                }
            }
        }
        lasting
    }

    async fn content(&self, path: &StorePath) -> Option<Bytes> {
        self.seen.get(path).await.ok()?.bytes().await.ok()
    }

    /// Counts an operation; an error where the power goes, and ever after.
    fn count(&self) -> StoreResult<()> {
        let mut state = self.state.lock().unwrap();
        match &mut state.left {
            None => Ok(()),
            Some(0) => Err(StoreError::Generic { store: "power", source: "the power is gone".into() }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn changed(&self, path: &StorePath, half: bool) {
        let mut state = self.state.lock().unwrap();
        state.unsynced.insert(path.clone());
        if half {
            state.half.insert(path.clone());
        } else {
            state.half.remove(path);
        }
    }
}

#[async_trait::async_trait]
impl Durable for PowerStore {
    async fn sync(&self) -> StoreResult<()> {
        self.count()?;
        let unsynced = std::mem::take(&mut self.state.lock().unwrap().unsynced);
        for path in unsynced {
            let content = self.content(&path).await;
            let mut state = self.state.lock().unwrap();
            state.half.remove(&path);
            match content {
                Some(content) => drop(state.lasting.insert(path, content)),
                None => drop(state.lasting.remove(&path)),
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for PowerStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a store that loses its power")
    }
}

#[async_trait::async_trait]
impl ObjectStore for PowerStore {
    async fn put_opts(&self, path: &StorePath, content: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.count()?;
        // What must not be there yet is synced before it gets its name, as on a disk.
        let half = !matches!(options.mode, PutMode::Create);
        let done = self.seen.put_opts(path, content, options).await?;
        self.changed(path, half);
        Ok(done)
    }
    async fn put_multipart_opts(&self, path: &StorePath, options: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        self.seen.put_multipart_opts(path, options).await
    }
    async fn get_opts(&self, path: &StorePath, options: GetOptions) -> StoreResult<GetResult> {
        self.seen.get_opts(path, options).await
    }
    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<StorePath>>) -> BoxStream<'static, StoreResult<StorePath>> {
        let power = self.count();
        if power.is_err() {
            return futures::stream::once(async { Err(power.unwrap_err()) }).boxed();
        }
        let deleted = futures::executor::block_on(paths.collect::<Vec<_>>());
        for path in deleted.iter().flatten() {
            self.changed(path, false);
        }
        self.seen.delete_stream(futures::stream::iter(deleted).boxed())
    }
    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.seen.list(prefix)
    }
    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> StoreResult<ListResult> {
        self.seen.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> StoreResult<()> {
        self.count()?;
        self.seen.copy_opts(from, to, options).await?;
        self.changed(to, true);
        Ok(())
    }
    async fn rename_opts(&self, from: &StorePath, to: &StorePath, options: RenameOptions) -> StoreResult<()> {
        self.count()?;
        let half = self.state.lock().unwrap().half.contains(from);
        self.seen.rename_opts(from, to, options).await?;
        self.changed(from, false);
        self.changed(to, half);
        Ok(())
    }
}
