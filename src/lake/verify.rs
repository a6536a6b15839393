//! Verification: every promise of the logs and of the archive, checked against the files as they lie on the disk now. Each log replays from
//! its first entry, each entry proving itself, and says what the checkpoints say; each data file hashes to what its name says, and a live one
//! opens, has the table's columns, as many rows as the log says, in the table's order, and true statistics; no two rows of a table name the
//! same vintage; each payload and its sidecar are what they were received as.
//!
//! It reads everything, several files at once, and changes nothing.

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::object_store::{ObjectStoreExt, path::Path as StorePath};
use futures::{StreamExt, TryStreamExt};

use super::commit::lost_task;
use super::compact::data_files;
use super::log::{Standing, read_optional, replay};
use super::merge::{by_partition, merge};
use super::parquet::{file_order, statistics_of};
use super::proven::{changed, hash_of};
use super::{Lake, LakeFile, TableLog, checkpoint, proof, quarantine, raw, rows, store_error, table_root};
use crate::error::{Error, Result};
use crate::tables::{TABLES, Table};

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    pub files: usize,
    pub rows: u64,
    /// Payloads of the archive.
    pub payloads: usize,
    /// Promises that do not hold, with the table and file.
    pub violations: Vec<String>,
    /// Files that no version names, staged files and scratch folders: left by a writer that died, harmless.
    pub unreferenced: Vec<String>,
    /// Files and log entries that carry no hash, being of a version that wrote none.
    pub unproven: usize,
    /// What was found broken and moved aside.
    pub aside: usize,
}

/// Files that are looked at at once.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).max(2)
}

/// Checks every table, the archive and what was set aside.
///
/// # Errors
/// The store fails in a way that says nothing of a single file.
pub async fn verify(lake: &Lake) -> Result<Verification> {
    // What was proven before is proven again: the disk may have changed since.
    let lake = &Lake { folder: lake.folder.clone(), ..Lake::on(lake.bare.clone()) };
    let mut found = Verification::default();
    for table in TABLES {
        verify_table(lake, table, &mut found).await?;
    }
    verify_archive(lake, &mut found).await?;
    verify_quarantine(lake, &mut found).await?;
    found.unreferenced.extend(lake.scratch_folders().await?.into_keys().map(String::from));
    found.unreferenced.extend(lake.left_behind().await?.into_iter().map(|(path, _)| path.display().to_string()));
    found.aside = lake.n_aside().await?;
    Ok(found)
}

async fn verify_table(lake: &Lake, table: &'static Table, found: &mut Verification) -> Result<()> {
    let bare = lake.bare.as_ref();
    found.violations.extend(checkpoint::violations(lake, table).await?);
    let said = |e: &Error| {
        let place = e.place().file.as_ref().map_or_else(String::new, |file| format!("{file}: "));
        format!("{}: {place}{}", table.name, e.message())
    };
    let log = match lake.log(table).await {
        Ok(log) => log,
        Err(e) => {
            found.violations.push(said(&e));
            return Ok(());
        }
    };
    match replay(bare, table).await {
        Ok(all) => {
            found.unproven += usize::try_from(all.unsealed()).unwrap_or(usize::MAX);
            if all.version() < log.version() {
                found.violations.push(format!("{}: entries before the checkpoint are missing", table.name));
            } else if all.version() == log.version() && !all.agrees_with(&log) {
                found.violations.push(format!("{}: the checkpoint says something else than the entries", table.name));
            }
        }
        Err(e) => found.violations.push(said(&e)),
    }
    let live = log.files();
    let tasks = live.iter().cloned().map(|file| {
        let (lake, log) = (lake.clone(), log.clone());
        async move {
            let task = {
                let file = file.clone();
                tokio::spawn(async move { verify_file(&lake, table, &log, &file).await })
            };
            Ok::<_, Error>((file, task.await.map_err(lost_task)?))
        }
    });
    let mut outcomes = futures::stream::iter(tasks.collect::<Vec<_>>()).buffered(at_once());
    let mut sound = Vec::new();
    while let Some((file, outcome)) = outcomes.try_next().await? {
        found.files += 1;
        found.rows += file.rows;
        match outcome {
            Ok(()) => sound.push(file),
            Err(e) => found.violations.push(format!("{}: {}: {}", table.name, file.path, e.message())),
        }
    }
    for partition in by_partition(&sound).into_iter().filter(|files| files.len() > 1) {
        if let Some(vintage) = first_out_of_order(lake, table, &partition).await? {
            found.violations.push(format!("{}: the vintage {vintage} is there twice", table.name));
        }
    }
    let mut others = Vec::new();
    for (path, _) in data_files(lake, table).await? {
        let standing = log.standing(&path);
        if standing == Standing::Unknown {
            found.unreferenced.push(format!("lake/{}/{path}", table.name));
        }
        let at: StorePath = table_root(table).parts().chain(path.split('/').map(Into::into)).collect();
        match at.filename().and_then(proof::hash_in_name) {
            None => found.unproven += 1,
            Some(_) if matches!(standing, Standing::Live | Standing::Unknown) => {}
            Some(hash) => others.push((at.clone(), hash.to_string())),
        }
    }
    let checks = others.into_iter().map(|(path, hash)| async move { (hash_of::<proof::Running>(bare, &path).await, path, hash) });
    let mut checks = futures::stream::iter(checks).buffered(at_once());
    while let Some((now, path, hash)) = checks.next().await {
        // One that was deleted a moment ago is not missed.
        if now.is_ok_and(|now| now != hash) {
            found.violations.push(format!("{}: {path}: {}", table.name, changed(&path).message()));
        }
    }
    Ok(())
}

async fn verify_archive(lake: &Lake, found: &mut Verification) -> Result<()> {
    let bare = lake.bare.as_ref();
    let root = StorePath::from(raw::FOLDER);
    let sources = bare.list_with_delimiter(Some(&root)).await.map_err(|e| store_error(&format!("list `{root}`"), &e))?;
    for source in sources.common_prefixes.iter().filter_map(StorePath::filename) {
        let (whole, broken) = raw::survey(lake, source).await?;
        let mut known: std::collections::HashSet<StorePath> = broken.iter().flat_map(|broken| broken.paths.iter().cloned()).collect();
        known.extend(whole.iter().flat_map(|sidecar| [sidecar.path(), sidecar.sidecar_path()]));
        found.violations.extend(broken.iter().map(|broken| {
            format!("{}: the archived payload cannot be believed: {}", broken.paths.first().map_or("", AsRef::as_ref), broken.why)
        }));
        found.payloads += whole.len();
        let checks = whole.iter().map(|sidecar| async move { (hash_of::<raw::Running>(bare, &sidecar.path()).await, sidecar) });
        let mut checks = futures::stream::iter(checks.collect::<Vec<_>>()).buffered(at_once());
        while let Some((now, sidecar)) = checks.next().await {
            match now {
                Ok(now) if now == sidecar.content_sha256() => {}
                Ok(_) => found.violations.push(format!("{}: its content is no longer what its name says", sidecar.path())),
                Err(e) => found.violations.push(format!("{}: cannot read it: {e}", sidecar.path())),
            }
        }
        let folder = root.clone().join(source);
        let listed = bare.list(Some(&folder)).map_ok(|object| object.location);
        let all: Vec<StorePath> = listed.try_collect().await.map_err(|e| store_error(&format!("list `{folder}`"), &e))?;
        found.unreferenced.extend(all.into_iter().filter(|path| !known.contains(path)).map(String::from));
    }
    Ok(())
}

async fn verify_quarantine(lake: &Lake, found: &mut Verification) -> Result<()> {
    let (bare, root) = (lake.bare.as_ref(), StorePath::from(quarantine::FOLDER));
    let listed = bare.list(Some(&root)).map_ok(|object| object.location);
    let all: Vec<StorePath> = listed.try_collect().await.map_err(|e| store_error(&format!("list `{root}`"), &e))?;
    for path in &all {
        if let Some(of) = path.as_ref().strip_suffix(quarantine::PROOF).map(StorePath::from) {
            let expected = read_optional(bare, path).await?.unwrap_or_default();
            match read_optional(bare, &of).await? {
                Some(rows) if proof::hash(&rows).as_bytes() == expected.as_ref() => {}
                Some(_) => found.violations.push(format!("{of}: its bytes are not those that were written")),
                None => found.violations.push(format!("{of}: the rows that were set aside are not there, and their hash is")),
            }
        } else if !all.iter().any(|other| other.as_ref() == format!("{path}{}", quarantine::PROOF)) {
            found.unproven += 1;
        }
    }
    Ok(())
}

async fn verify_file(lake: &Lake, table: &'static Table, log: &TableLog, file: &LakeFile) -> Result<()> {
    let size = lake.bare.head(&file.path).await.map_err(|e| Error::lake(format!("it is not there: {e}")))?.size;
    if size != file.bytes {
        return Err(Error::lake(format!("it has {size} bytes where the log says {}", file.bytes)));
    }
    // All of it, also what no reader asks for.
    if let Some(written) = file.path.filename().and_then(proof::hash_in_name) {
        let now = hash_of::<proof::Running>(lake.bare.as_ref(), &file.path).await.map_err(|e| store_error("read it", &e))?;
        if now != written {
            return Err(changed(&file.path));
        }
    }
    let schema = table.stored_schema();
    let batches: Vec<RecordBatch> = rows::stream(lake, table, file, schema.clone(), None).await?.try_collect().await?;
    let rows = concat_batches(&schema, &batches).map_err(|e| Error::lake(format!("its rows do not fit together: {e}")))?;
    if rows.num_rows() as u64 != file.rows {
        return Err(Error::lake(format!("it has {} rows where the log says {}", rows.num_rows(), file.rows)));
    }
    // Both through text, since a float may lose its last bit when it is parsed.
    let parse = |stats: &str| serde_json::from_str::<serde_json::Value>(stats).ok();
    if log.stats(file).and_then(parse) != parse(&statistics_of(table, &rows)?.to_string()) {
        return Err(Error::lake("its statistics in the log are not those of its rows"));
    }
    if let Some(vintage) = Order::of(table)?.first_break(&rows, file)? {
        return Err(Error::lake(format!("its rows are out of order at {vintage}")));
    }
    Ok(())
}

/// The first vintage that does not come after the one before it, in the merged order of the files.
async fn first_out_of_order(lake: &Lake, table: &'static Table, files: &[LakeFile]) -> Result<Option<String>> {
    let mut order = Order::of(table)?;
    let schema = rows::schema(table, &order.names);
    let mut stream = merge(lake, table, files, schema).await?;
    while let Some(batch) = stream.try_next().await? {
        if let Some(vintage) = order.first_break(&batch, &files[0])? {
            return Ok(Some(vintage));
        }
    }
    Ok(None)
}

/// The rows of a partition as they come, each of which must come after the one before it.
struct Order {
    table: &'static Table,
    names: Vec<&'static str>,
    converter: RowConverter,
    last: Option<OwnedRow>,
}

impl Order {
    fn of(table: &'static Table) -> Result<Self> {
        let names: Vec<_> = file_order(table).collect();
        let fields = names.iter().filter_map(|name| table.column(name)).map(|c| SortField::new(c.kind.arrow()));
        let converter = RowConverter::new(fields.collect()).map_err(|e| Self::internal(table, &e))?;
        Ok(Self { table, names, converter, last: None })
    }

    fn internal(table: &Table, e: &datafusion::arrow::error::ArrowError) -> Error {
        Error::internal(format!("cannot compare rows of `{}`: {e}", table.name))
    }

    fn first_break(&mut self, batch: &RecordBatch, file: &LakeFile) -> Result<Option<String>> {
        let columns: Vec<ArrayRef> = self.names.iter().filter_map(|name| batch.column_by_name(name).cloned()).collect();
        let rows = self.converter.convert_columns(&columns).map_err(|e| Self::internal(self.table, &e))?;
        for n in 0..rows.num_rows() {
            let before = if n == 0 { self.last.as_ref().map(OwnedRow::row) } else { Some(rows.row(n - 1)) };
            if before.is_some_and(|before| before >= rows.row(n)) {
                let text = |column: &ArrayRef| datafusion::arrow::util::display::array_value_to_string(column, n).unwrap_or_default();
                let partition = file.partition.iter().map(|(_, value)| value.clone());
                return Ok(Some(partition.chain(columns.iter().map(text)).collect::<Vec<_>>().join(" ")));
            }
        }
        if rows.num_rows() > 0 {
            self.last = Some(rows.row(rows.num_rows() - 1).owned());
        }
        Ok(None)
    }
}
