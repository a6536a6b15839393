//! Compaction: the small files of a partition become few large ones, in the same order, committed as a removal and an addition that change no
//! data. Appends that happen meanwhile are kept; a compaction that overtakes another gives up its own work.
//!
//! A file that is large already and shares no key with another one stays as it is: nothing would be gained, and a table of many such files is
//! larger than memory.
//!
//! It is a merge of its own since `deltalake`'s optimize puts files together without keeping their order.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::object_store::{ObjectStore, ObjectStoreExt};
use deltalake::kernel::Add;
use futures::TryStreamExt;

use super::commit::{Change, now_millis};
use super::log::Standing;
use super::merge::{by_partition, merge};
use super::parquet::{FILE_ROWS, MAX_FILE_ROWS, file_cuts, observations};
use super::{Lake, LakeFile, store_error, table_root};
use crate::error::{Error, Result};
use crate::tables::Table;

/// Files of one partition that compaction after an ingest leaves alone.
pub const MANY_FILES: usize = 32;

const ATTEMPTS: u32 = 40;
/// A file that no log names belongs to a writer that died, if it is older than this. One that lives commits what it wrote long before.
pub(super) const ABANDONED_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// A file that a later version dropped may still be read by someone who opened an earlier one.
const SUPERSEDED_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

/// What a compaction did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compaction {
    pub files_before: usize,
    pub files_after: usize,
    /// Files that no version needs any more, deleted.
    pub deleted: usize,
}

/// Merges the files of each partition in which more than `at_most` of them are worth merging, and deletes files that no version needs.
///
/// # Errors
/// A file cannot be read or written; the table is then what it was.
pub async fn compact(lake: &Lake, table: &'static Table, at_most: usize) -> Result<Compaction> {
    let mut done = Compaction::default();
    let files = lake.snapshot(table).await?.files;
    for jobs in by_partition(&files).into_iter().map(|files| jobs(table, files)).filter(|jobs| n_files(jobs) > at_most.max(1)) {
        for job in jobs {
            let merged = merge_files(lake, table, &job).await?;
            let (before, after) = (job.len(), merged.len());
            if replace(lake, table, job, merged).await? {
                done.files_before += before;
                done.files_after += after;
            }
        }
    }
    done.deleted = delete_unneeded(lake, table).await?;
    Ok(done)
}

/// Files of a partition that are worth merging with one another: those that share keys, and small ones beside them in the order of keys.
fn jobs(table: &'static Table, files: Vec<LakeFile>) -> Vec<Vec<LakeFile>> {
    let lead = table.key().find(|c| !table.partition.contains(&c.name)).map(|c| c.name);
    let Some(bounds) = files.iter().map(|file| file.bound(lead?)).collect::<Option<Vec<_>>>() else {
        return if files.len() > 1 { vec![files] } else { Vec::new() };
    };
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by(|a, b| bounds[*a].partial_cmp(&bounds[*b]).unwrap_or(std::cmp::Ordering::Equal));
    let mut jobs: Vec<Vec<usize>> = vec![Vec::new()];
    let mut highest = None;
    for at in order {
        let (low, high) = bounds[at];
        let shares_keys = highest.is_some_and(|highest| low <= highest);
        let is_small = (files[at].rows as usize) < FILE_ROWS / 2;
        let stands_alone = |job: &Vec<usize>| job.len() == 1 && files[job[0]].rows as usize >= FILE_ROWS / 2;
        match jobs.last_mut() {
            Some(job) if shares_keys || (is_small && !stands_alone(job)) => job.push(at),
            _ => jobs.push(vec![at]),
        }
        highest = highest.filter(|highest| *highest >= high).or(Some(high));
    }
    let worth = jobs.into_iter().filter(|job| job.len() > 1);
    worth.map(|job| job.into_iter().map(|at| files[at].clone()).collect()).collect()
}

fn n_files(jobs: &[Vec<LakeFile>]) -> usize {
    jobs.iter().map(Vec::len).sum()
}

async fn merge_files(lake: &Lake, table: &'static Table, files: &[LakeFile]) -> Result<Vec<Add>> {
    let schema = table.stored_schema();
    let mut stream = merge(lake, table, files, schema.clone()).await?;
    let join = |batches: &[RecordBatch]| {
        concat_batches(&schema, batches).map_err(|e| Error::internal(format!("cannot merge rows of `{}`: {e}", table.name)))
    };
    let (mut written, mut pending, mut n_rows) = (Vec::new(), Vec::new(), 0);
    while let Some(batch) = stream.try_next().await? {
        n_rows += batch.num_rows();
        pending.push(batch);
        if n_rows >= MAX_FILE_ROWS {
            let rows = join(&pending)?;
            // The last file may go on in the next batch, and so may its last observation where it is the only one.
            let cut = match file_cuts(table, &rows)?.last() {
                Some(last) if last.start > 0 => last.start,
                _ => observations(table, &rows)?.last().map_or(0, |last| last.start),
            };
            if cut > 0 {
                written.extend(lake.write_files(table, &rows.slice(0, cut), false).await?);
            }
            n_rows -= cut;
            pending = vec![rows.slice(cut, n_rows)];
        }
    }
    written.extend(lake.write_files(table, &join(&pending)?, false).await?);
    Ok(written)
}

/// Commits the exchange, unless another one dropped a file of it.
async fn replace(lake: &Lake, table: &'static Table, old: Vec<LakeFile>, new: Vec<Add>) -> Result<bool> {
    let change = Change { operation: "OPTIMIZE", add: new, remove: old, ..Change::default() };
    for _ in 0..ATTEMPTS {
        let log = lake.log(table).await?;
        let live = log.files();
        if !change.remove.iter().all(|old| live.iter().any(|file| file.path == old.path)) {
            break;
        }
        if lake.commit(table, &log, &change).await?.is_some() {
            return Ok(true);
        }
    }
    lake.discard(table, &change.add).await;
    Ok(false)
}

async fn delete_unneeded(lake: &Lake, table: &'static Table) -> Result<usize> {
    let log = lake.log(table).await?;
    let now = now_millis();
    let mut deleted = 0;
    for (path, modified) in data_files(lake, table).await? {
        let unneeded = match log.standing(&path) {
            Standing::Live => false,
            Standing::Removed { at_millis } => now - at_millis > SUPERSEDED_MILLIS,
            Standing::Unknown => now - modified > ABANDONED_MILLIS,
        };
        if unneeded {
            let location = table_root(table).parts().chain(path.split('/').map(Into::into)).collect();
            lake.store().delete(&location).await.map_err(|e| store_error(&format!("delete `{location}`"), &e))?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

/// The Parquet files in a table's folder, relative to it, with when they were written in milliseconds.
pub(super) async fn data_files(lake: &Lake, table: &'static Table) -> Result<Vec<(String, i64)>> {
    let root = table_root(table);
    let objects: Vec<_> = lake.store().list(Some(&root)).try_collect().await.map_err(|e| store_error(&format!("list `{root}`"), &e))?;
    let relative = |object: &datafusion::object_store::ObjectMeta| {
        let path = object.location.as_ref().strip_prefix(root.as_ref())?.trim_start_matches('/').to_string();
        (path.ends_with(".parquet") && !path.starts_with("_delta_log/")).then_some((path, object.last_modified.timestamp_millis()))
    };
    Ok(objects.iter().filter_map(relative).collect())
}

/// Compacts each table in which an ingest left a partition with too many files.
///
/// # Errors
/// As [`compact`].
pub async fn compact_where_many(lake: &Lake, tables: &[&'static Table]) -> Result<()> {
    for table in tables {
        let files = lake.snapshot(table).await?.files;
        if by_partition(&files).into_iter().any(|files| n_files(&jobs(table, files)) > MANY_FILES) {
            compact(lake, table, MANY_FILES).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use datafusion::object_store::path::Path;

    use super::*;
    use crate::tables::MACRO_SERIES;

    /// The jobs for files given by first and last series and whether they are large, named by their place.
    fn jobs_of(files: &[(&str, &str, bool)]) -> Vec<Vec<String>> {
        let text = |text: &str| ScalarValue::Utf8(Some(text.to_string()));
        let file = |(at, (low, high, is_large)): (usize, &(&str, &str, bool))| LakeFile {
            path: Path::from(at.to_string()),
            bytes: 1,
            rows: if *is_large { FILE_ROWS as u64 } else { 10 },
            partition: Vec::new(),
            bounds: vec![("series_id", text(low), text(high))],
            blocks: None,
        };
        let jobs = jobs(&MACRO_SERIES, files.iter().enumerate().map(file).collect());
        jobs.into_iter().map(|job| job.into_iter().map(|file| file.path.to_string()).collect()).collect()
    }

    #[test]
    fn large_files_that_share_no_key_are_left_alone() {
        let none: Vec<Vec<String>> = Vec::new();
        assert_eq!(jobs_of(&[("A", "B", true), ("C", "D", true), ("E", "F", true)]), none);
        assert_eq!(jobs_of(&[("A", "B", false), ("E", "F", false), ("C", "D", false)]), [["0", "2", "1"]]);
        assert_eq!(jobs_of(&[("A", "C", true), ("C", "D", true), ("E", "F", true)]), [["0", "1"]]);
        assert_eq!(jobs_of(&[("A", "Z", true), ("C", "D", false), ("E", "F", true)]), [["0", "1", "2"]]);
        assert_eq!(jobs_of(&[("A", "B", true), ("C", "D", false), ("E", "F", true)]), none);
        assert_eq!(jobs_of(&[("A", "B", false), ("C", "D", true), ("E", "F", false), ("G", "H", false)]), [["2", "3"]]);
    }
}
