//! One payload, from its bytes to its commits:
//!
//! ```text
//! parse → archive → quarantine → compare with every table → commit to every table
//! ```
//!
//! Parsing comes first, so that a file which is no payload of the source leaves nothing behind; no table is committed to before all have
//! been compared, so that a payload out of order changes none. A table whose log has the payload is left alone, which is how a run that was
//! killed is resumed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use futures::FutureExt;
use futures::future::{join_all, try_join_all};

use super::PayloadSummary;
use super::diff::{Incoming, Later, News, Observations, Outcome, compared_columns, diff};
use super::lock::Turn;
use super::pieces::{PIECE_ROWS, by_key};
use super::record::{Days, days};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::lake::commit::{PayloadId, lost_task};
use crate::lake::quarantine::QuarantinedRow;
use crate::lake::raw::Sidecar;
use crate::lake::rows::Extent;
use crate::lake::{Lake, TableLog, quarantine, raw, rows};
use crate::sources::{Parsed, Payload, SOURCES, Source, edge};
use crate::tables::Table;
use crate::time::{IngestTime, KnowledgeTime};

/// How often a commit is tried against other writers before giving up.
const ATTEMPTS: u32 = 40;

/// What taking payloads needs: where they go, and who understands them.
pub(super) struct Intake<'a> {
    pub lake: &'a Lake,
    pub config: &'a Config,
    pub source: &'a dyn Source,
}

/// A payload that the lake has.
pub(super) struct Taken {
    /// The one that counts: the first, where the same content was archived before.
    pub sidecar: Sidecar,
    pub summary: PayloadSummary,
    /// What is noted of it; empty where it was complete before.
    pub days: Days,
}

/// What holds of all rows of a payload.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    revises: Option<bool>,
    continues: Option<KnowledgeTime>,
    /// Columns that the payload does not have, by table.
    silent: Vec<(&'static Table, &'static str)>,
    corrected: Vec<(i32, i64)>,
}

impl Manner {
    pub fn of(parsed: &Parsed) -> Self {
        let corrected = parsed.corrected.iter().map(|(day, at)| (day.to_epoch_days(), at.micros())).collect();
        Self { revises: parsed.revises, continues: parsed.continues, silent: parsed.silent.clone(), corrected }
    }
}

impl Intake<'_> {
    /// Takes a payload of the archive again, which is nothing where it is complete.
    pub async fn take_archived(&self, sidecar: Sidecar) -> Result<Taken> {
        if self.logs().await?.iter().all(|(_, log)| log.payloads().contains_key(&sidecar.sha256)) {
            let summary = PayloadSummary { name: sidecar.name.clone(), already: true, ..PayloadSummary::default() };
            return Ok(Taken { sidecar, summary, days: Vec::new() });
        }
        self.take(archived(self.lake, &sidecar).await?).await
    }

    /// The newest state of every table of the source, looked up at once.
    pub async fn logs(&self) -> Result<Vec<(&'static Table, Arc<TableLog>)>> {
        let looks = self.source.tables().iter().map(|table| {
            let lake = self.lake.clone();
            tokio::spawn(async move { lake.log(table).await })
        });
        let found = self.source.tables().iter().zip(join_all(looks).await);
        found.map(|(table, log)| Ok((*table, log.map_err(lost_task)??))).collect()
    }

    /// What a payload is, before anything is known of it.
    fn sidecar(&self, payload: &Payload) -> Sidecar {
        let sidecar = Sidecar::new(self.source.name(), &payload.name, &payload.origin, payload.observed_at, &payload.bytes);
        if self.source.is_named_by_hint() { sidecar.named_by(payload.hint.as_deref()) } else { sidecar }
    }

    /// What a payload of this content would be named by.
    pub fn id_of(&self, content: &[u8], hint: Option<&str>) -> String {
        let sidecar = Sidecar::new(self.source.name(), "", "", IngestTime::from_micros(0), content);
        if self.source.is_named_by_hint() { sidecar.named_by(hint).sha256 } else { sidecar.sha256 }
    }

    /// Takes a payload that was seen just now. Writers of one data folder do so one after the other, each payload seen after those before it:
    /// of two that come milliseconds apart none is older than what the other left.
    pub async fn take_now(&self, payload: Payload) -> Result<Taken> {
        let _turn = match self.lake.folder() {
            Some(folder) => Some(Turn::wait(folder).await?),
            None => None,
        };
        let observed_at = payload.observed_at.max(IngestTime::now());
        self.take(Payload { observed_at, ..payload }).await
    }

    /// Takes a payload into every table of its source.
    pub async fn take(&self, payload: Payload) -> Result<Taken> {
        let sidecar = self.sidecar(&payload);
        let (first, mut told) = raw::first(self.lake, self.source.name(), &sidecar.sha256, &payload.bytes).await?;
        let mut missing = self.logs().await?;
        let committed_at = missing.iter().find_map(|(_, log)| log.payloads().get(&sidecar.sha256).copied());
        missing.retain(|(_, log)| !log.payloads().contains_key(&sidecar.sha256));
        let mut summary = PayloadSummary { name: payload.name.clone(), ..PayloadSummary::default() };
        if let (Some(first), true) = (&first, missing.is_empty()) {
            self.lake.sync().await?;
            summary.already = true;
            summary.warnings = told;
            return Ok(Taken { sidecar: first.clone(), summary, days: Vec::new() });
        }
        // What counts is when this content was first seen and as what, also where an earlier run was killed before its commits.
        let payload = match &first {
            Some(first) => Payload { observed_at: first.observed_at()?, hint: first.hint.clone(), ..payload },
            // The archive has lost it, and the logs remember: it is archived again as it was.
            None => Payload { observed_at: committed_at.map_or(payload.observed_at, IngestTime::from_micros), ..payload },
        };
        let sidecar = sidecar.seen_at(payload.observed_at).with_hint(payload.hint.clone());
        let parsed = edge::parse(self.source, &payload, self.config)?;
        let sidecar = match first {
            Some(first) => first,
            None => {
                let sidecar = sidecar.on_shelf(parsed.shelf.clone()).covering(parsed.covers.clone());
                let (sidecar, more) = raw::archive(self.lake, sidecar, &payload.bytes).await?;
                told.extend(more);
                sidecar
            }
        };
        let rejected =
            parsed.rejections.iter().map(|r| QuarantinedRow { line: r.line, column: r.column.as_deref(), reason: &r.reason, raw: &r.raw });
        quarantine::write(self.lake, self.source.name(), &sidecar.sha256, rejected).await?;

        let batches = by_table(&parsed.batches);
        let none = Arc::default();
        let batches_of = |table: &'static Table| batches.get(table.name).unwrap_or(&none);
        let id = sidecar.payload_id()?;
        let manner = Manner::of(&parsed);
        let news = missing.iter().map(|(table, log)| self.compare(table, log, &id, batches_of(table), &manner).boxed());
        let news = match try_join_all(news).await {
            Ok(news) => news,
            Err(e) => {
                // What is archived lasts, whatever became of it.
                self.lake.sync().await?;
                return Err(e);
            }
        };
        let commits = missing
            .into_iter()
            .zip(news)
            .map(|((table, log), news)| self.commit(table, log, &id, batches_of(table), &manner, news).boxed());
        // Every commit is seen through before an error is told: a table that could be completed is.
        let mut contradicted = 0;
        for done in join_all(commits).await {
            let done = done?;
            summary.new += done.new;
            summary.repeated += done.repeated;
            summary.revised += done.revised;
            contradicted += done.contradicted;
        }
        self.lake.sync().await?;
        summary.kind = parsed.kind;
        summary.rows_read = parsed.rows_read;
        summary.quarantined = parsed.rejections.len();
        summary.warnings = told.into_iter().chain(parsed.warnings).collect();
        if contradicted > 0 {
            summary
                .warnings
                .push(format!("{contradicted} superseded figures differ from what was stored under the same stamp; the stored ones stay"));
        }
        Ok(Taken { sidecar, summary, days: days(self.source, &batches)? })
    }

    /// Takes what a payload has for one table, unless its log has the payload.
    pub async fn take_table(&self, table: &'static Table, id: &PayloadId, batches: &Arc<Vec<RecordBatch>>, manner: &Manner) -> Result<()> {
        let log = self.lake.log(table).await?;
        if !log.payloads().contains_key(&id.sha256) {
            let news = self.compare(table, &log, id, batches, manner).await?;
            self.commit(table, log, id, batches, manner, news).await?;
        }
        Ok(())
    }

    /// What a payload's rows are to a table; many rows of a stamped one piece by piece.
    async fn compare(
        &self,
        table: &'static Table,
        log: &TableLog,
        id: &PayloadId,
        batches: &Arc<Vec<RecordBatch>>,
        manner: &Manner,
    ) -> Result<News> {
        let internal = |e| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name));
        let [rows] = batches.as_slice() else { return self.compare_at_once(table, log, id, batches, manner).await };
        let is_large = self.source.stamps(table) && rows.num_rows() > PIECE_ROWS;
        let meets_stored = is_large && Extent::of(table, batches)?.is_some_and(|extent| log.files().iter().any(|file| extent.meets(file)));
        let pieces = if meets_stored { by_key(table, rows, PIECE_ROWS).map_err(internal)? } else { None };
        let Some(pieces) = pieces else { return self.compare_at_once(table, log, id, batches, manner).await };
        let mut news = Vec::with_capacity(pieces.len());
        for piece in pieces {
            news.push(self.compare_at_once(table, log, id, &Arc::new(vec![piece]), manner).await?);
        }
        let rows = concat_batches(&table.stored_schema(), news.iter().map(|news| &news.rows)).map_err(internal)?;
        let sum = |of: fn(&News) -> usize| news.iter().map(of).sum();
        Ok(News {
            rows,
            new: sum(|news| news.new),
            repeated: sum(|news| news.repeated),
            revised: sum(|news| news.revised),
            contradicted: sum(|news| news.contradicted),
        })
    }

    async fn compare_at_once(
        &self,
        table: &'static Table,
        log: &TableLog,
        id: &PayloadId,
        batches: &Arc<Vec<RecordBatch>>,
        manner: &Manner,
    ) -> Result<News> {
        let incoming = Incoming {
            payload: id.clone(),
            revises: manner.revises.unwrap_or_else(|| self.source.revises(self.config)),
            release_window: self.source.release_window(self.config),
            stamped: self.source.stamps(table),
            continues: manner.continues.map(KnowledgeTime::micros),
            silent: manner.silent.iter().filter(|(of, _)| of.name == table.name).map(|(_, column)| *column).collect(),
            in_order_alone: self.source.may_be_silent(),
            corrected: manner.corrected.clone(),
        };
        let columns = compared_columns(table);
        let stored = match Extent::of(table, batches)? {
            Some(extent) => rows::read(self.lake, table, log.files().to_vec(), &columns, Some(&extent)).await?,
            None => RecordBatch::new_empty(rows::schema(table, &columns)),
        };
        let mut later = Later { payloads: later_payloads(log, id), contents: None };
        loop {
            let (incoming, batches, stored) = (incoming.clone(), batches.clone(), stored.clone());
            let compared = tokio::task::spawn_blocking(move || {
                let outcome = diff(table, &incoming, &batches, &stored, &later);
                (outcome, later)
            });
            let (outcome, looked_at) = compared.await.map_err(lost_task)?;
            later = looked_at;
            match outcome? {
                Outcome::News(news) => return Ok(news),
                Outcome::Unsettled => later.contents = Some(self.contents(table, &later.payloads).await?),
                Outcome::OutOfOrder(observation) => return Err(self.out_of_order(table, &observation)),
            }
        }
    }

    /// The observations that archived payloads show; one that is in no archive has no entry.
    async fn contents(&self, table: &'static Table, payloads: &[PayloadId]) -> Result<HashMap<String, Observations>> {
        let mut contents = HashMap::new();
        for id in payloads {
            let Some((source, sidecar)) = self.archived_by(table, &id.sha256).await? else { continue };
            let parsed = edge::parse(source, &archived(self.lake, &sidecar).await?, self.config)?;
            let batches = by_table(&parsed.batches);
            contents.insert(id.sha256.clone(), Observations::of(table, batches.get(table.name).map_or(&[], |b| b.as_slice()))?);
        }
        Ok(contents)
    }

    /// A payload of a table, of whichever of the sources that feed it.
    async fn archived_by(&self, table: &'static Table, sha256: &str) -> Result<Option<(&dyn Source, Sidecar)>> {
        let feeds = |source: &&dyn Source| source.name() != self.source.name() && source.tables().iter().any(|fed| fed.name == table.name);
        for source in std::iter::once(self.source).chain(SOURCES.iter().copied().filter(feeds)) {
            if let Some(sidecar) = raw::find(self.lake, source.name(), sha256).await? {
                return Ok(Some((source, sidecar)));
            }
        }
        Ok(None)
    }

    /// Commits, and where another writer came first compares again with what it left.
    async fn commit(
        &self,
        table: &'static Table,
        mut log: Arc<TableLog>,
        id: &PayloadId,
        batches: &Arc<Vec<RecordBatch>>,
        manner: &Manner,
        mut news: News,
    ) -> Result<News> {
        for attempt in 0..ATTEMPTS {
            if self.lake.append(table, &log, id, &news.rows).await?.is_some() {
                return Ok(news);
            }
            tokio::time::sleep(back_off(attempt)).await;
            log = self.lake.log(table).await?;
            if log.payloads().contains_key(&id.sha256) {
                let repeated = news.repeated + news.new + news.revised;
                return Ok(News { rows: news.rows.slice(0, 0), new: 0, repeated, revised: 0, contradicted: news.contradicted });
            }
            news = self.compare(table, &log, id, batches, manner).await?;
        }
        Err(Error::lake(format!("other writers kept committing to `{}`: gave up after {ATTEMPTS} attempts", table.name))
            .hint("run the same command again: it goes on where this one stopped"))
    }

    fn out_of_order(&self, table: &'static Table, observation: &str) -> Error {
        Error::lake(format!(
            "the payload is older than what `{}` holds, and taking it now would change when `{observation}` was known",
            table.name
        ))
        .in_source(self.source.name())
        .hint(format!("it is archived; `contango lake rebuild --table {}` replays the archive in order", table.name))
    }
}

/// An archived payload, as its source once got it.
pub(super) async fn archived(lake: &Lake, sidecar: &Sidecar) -> Result<Payload> {
    Ok(Payload {
        name: sidecar.name.clone(),
        bytes: raw::read(lake, sidecar).await?,
        observed_at: sidecar.observed_at()?,
        origin: sidecar.origin.clone(),
        hint: sidecar.hint.clone(),
    })
}

/// The batches of a parsed payload by table name.
pub(super) fn by_table(batches: &[(&'static Table, RecordBatch)]) -> HashMap<&'static str, Arc<Vec<RecordBatch>>> {
    let mut all: HashMap<&'static str, Vec<RecordBatch>> = HashMap::new();
    for (table, batch) in batches {
        all.entry(table.name).or_default().push(batch.clone());
    }
    all.into_iter().map(|(name, batches)| (name, Arc::new(batches))).collect()
}

fn later_payloads(log: &TableLog, id: &PayloadId) -> Vec<PayloadId> {
    let all = log
        .payloads()
        .iter()
        .map(|(sha256, observed_at)| PayloadId { observed_at: IngestTime::from_micros(*observed_at), sha256: sha256.clone() });
    let mut later: Vec<_> = all.filter(|other| other > id).collect();
    later.sort();
    later
}

/// Longer each time, and not the same for two processes that started together.
fn back_off(attempt: u32) -> Duration {
    let jitter = u64::from(std::process::id()).wrapping_mul(u64::from(attempt) + 1) % 7;
    Duration::from_millis(u64::from(attempt.min(20)) * 3 + jitter)
}
