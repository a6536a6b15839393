//! One payload, from its bytes to its commits:
//!
//! ```text
//! parse → archive → quarantine → compare with every table → commit to every table
//! ```
//!
//! Parsing comes first, so that a file which is no payload of the source leaves nothing behind. Mostly a payload adds to a table. One that was
//! seen before others which the table has taken may change what stands there: its series are replayed from the archive then, and the table is
//! corrected in the same commit, so that payloads may come in any order. A table whose log has the payload is left alone, which is how a run
//! that was killed is resumed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use futures::FutureExt;
use futures::future::{join_all, try_join_all};

use super::PayloadSummary;
use super::diff::{Incoming, News, Others, Outcome, compared_columns, diff};
use super::evidence::{Evidence, Keys, is_earlier, keys_of};
use super::lock::Turn;
use super::pieces::{PIECE_ROWS, by_key};
use super::record::{Days, days};
use super::replay::{Seen, counted, of_series, replay};
use super::states;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::lake::commit::{PayloadId, lost_task};
use crate::lake::quarantine::QuarantinedRow;
use crate::lake::raw::Sidecar;
use crate::lake::rows::Extent;
use crate::lake::{Lake, TableLog, correct, quarantine, raw, rows};
use crate::sources::{Parsed, Payload, SOURCES, Source, edge};
use crate::tables::Table;
use crate::time::{IngestTime, KnowledgeTime};

/// How often a commit is tried against other writers before giving up.
const ATTEMPTS: u32 = 40;

/// What taking payloads needs: where they go, and who understands them.
pub(super) struct Intake<'a> {
    pub lake: &'a Lake,
    /// Where raw files lie: another lake where tables are made anew beside it.
    pub archive: &'a Lake,
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

/// What is to be done to a table.
struct Verdict {
    /// The rows that come, and how many are what.
    news: News,
    /// The rows that go.
    removed: Option<RecordBatch>,
}

impl Verdict {
    fn n_removed(&self) -> usize {
        self.removed.as_ref().map_or(0, RecordBatch::num_rows)
    }
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
        sidecar.named_by(self.source.name_in_hint(payload.hint.as_deref()).as_deref())
    }

    /// What a payload of this content would be named by.
    pub fn id_of(&self, content: &[u8], hint: Option<&str>) -> String {
        let sidecar = Sidecar::new(self.source.name(), "", "", IngestTime::from_micros(0), content);
        sidecar.named_by(self.source.name_in_hint(hint).as_deref()).sha256
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
        let (mut contradicted, mut corrected) = (0, 0);
        for done in join_all(commits).await {
            let done = done?;
            corrected += done.n_removed();
            summary.new += done.news.new;
            summary.repeated += done.news.repeated;
            summary.revised += done.news.revised;
            contradicted += done.news.contradicted;
        }
        self.lake.sync().await?;
        summary.kind = parsed.kind;
        summary.rows_read = parsed.rows_read;
        summary.quarantined = parsed.rejections.len();
        summary.warnings = told.into_iter().chain(parsed.warnings).collect();
        if corrected > 0 {
            let rows = if corrected == 1 { "row that was" } else { "rows that were" };
            summary
                .warnings
                .push(format!("it was seen before what the lake held: {corrected} {rows} there went or is dated anew, as in a rebuild"));
        }
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
            let verdict = self.compare(table, &log, id, batches, manner).await?;
            self.commit(table, log, id, batches, manner, verdict).await?;
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
    ) -> Result<Verdict> {
        match self.compare_in_pieces(table, log, id, batches, manner).await? {
            Some(news) => Ok(Verdict { news, removed: None }),
            None => self.settle(table, log, id, batches, manner).await,
        }
    }

    async fn compare_in_pieces(
        &self,
        table: &'static Table,
        log: &TableLog,
        id: &PayloadId,
        batches: &Arc<Vec<RecordBatch>>,
        manner: &Manner,
    ) -> Result<Option<News>> {
        let internal = |e| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name));
        let [rows] = batches.as_slice() else { return self.compare_at_once(table, log, id, batches, manner).await };
        let is_large = self.source.stamps(table) && rows.num_rows() > PIECE_ROWS;
        let meets_stored = is_large && Extent::of(table, batches)?.is_some_and(|extent| log.files().iter().any(|file| extent.meets(file)));
        let pieces = if meets_stored { by_key(table, rows, PIECE_ROWS).map_err(internal)? } else { None };
        let Some(pieces) = pieces else { return self.compare_at_once(table, log, id, batches, manner).await };
        let mut news = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Some(of_piece) = self.compare_at_once(table, log, id, &Arc::new(vec![piece]), manner).await? else { return Ok(None) };
            news.push(of_piece);
        }
        let rows = concat_batches(&table.stored_schema(), news.iter().map(|news| &news.rows)).map_err(internal)?;
        let sum = |of: fn(&News) -> usize| news.iter().map(of).sum();
        Ok(Some(News {
            rows,
            new: sum(|news| news.new),
            repeated: sum(|news| news.repeated),
            revised: sum(|news| news.revised),
            contradicted: sum(|news| news.contradicted),
        }))
    }

    fn incoming(&self, source: &dyn Source, table: &'static Table, id: &PayloadId, manner: &Manner) -> Incoming {
        Incoming {
            payload: id.clone(),
            revises: manner.revises.unwrap_or_else(|| source.revises(self.config)),
            release_window: source.release_window(self.config),
            stamped: source.stamps(table),
            continues: manner.continues.map(KnowledgeTime::micros),
            silent: manner.silent.iter().filter(|(of, _)| of.name == table.name).map(|(_, column)| *column).collect(),
            carries: source.may_be_silent(),
            of_states: source.says_states(table),
            corrected: manner.corrected.clone(),
        }
    }

    /// `None` where the rows change what is stored, or may.
    async fn compare_at_once(
        &self,
        table: &'static Table,
        log: &TableLog,
        id: &PayloadId,
        batches: &Arc<Vec<RecordBatch>>,
        manner: &Manner,
    ) -> Result<Option<News>> {
        let mut incoming = self.incoming(self.source, table, id, manner);
        let mut batches = batches.clone();
        let columns = compared_columns(table);
        let extent = Extent::of(table, &batches)?;
        let mut others = Others {
            is_late: log.payloads().iter().any(|other| (*other.1, other.0) > (id.observed_at.micros(), &id.sha256)),
            ..Others::default()
        };
        let may_unsettle = !incoming.stamped || incoming.of_states;
        if may_unsettle && others.is_late && self.is_before_rows(table, log, id, &batches).await? {
            return Ok(None);
        }
        let mut repeated = 0;
        if incoming.of_states {
            let internal = |e| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name));
            let standing = self.rows_of(table, log, &batches, &columns).await?;
            let all = concat_batches(&table.parsed_schema(), batches.iter()).map_err(internal)?;
            let news = states::news(table, &incoming, &all, &[standing]).map_err(internal)?;
            repeated = all.num_rows() - news.num_rows();
            (batches, incoming.silent) = (Arc::new(vec![news]), Vec::new());
        }
        if !incoming.stamped {
            others.seen_until = taken(log).filter(|other| is_earlier(other, id)).map(|other| other.observed_at.micros()).max();
        }
        let stored = match &extent {
            Some(extent) => rows::read(self.lake, table, log.files().to_vec(), &columns, Some(extent)).await?,
            None => RecordBatch::new_empty(rows::schema(table, &columns)),
        };
        loop {
            let (incoming, batches, stored) = (incoming.clone(), batches.clone(), stored.clone());
            let compared = tokio::task::spawn_blocking(move || {
                let outcome = diff(table, &incoming, &batches, &stored, &others);
                (outcome, others, batches)
            });
            let (outcome, looked_at, batches) = compared.await.map_err(lost_task)?;
            others = looked_at;
            match outcome? {
                Outcome::News(news) => return Ok(Some(News { repeated: news.repeated + repeated, ..news })),
                Outcome::Unproven => others.evidence = Some(self.evidence(table, log, id, &batches).await?),
                Outcome::Unsettled => return Ok(None),
            }
        }
    }

    /// All rows of these series, on whatever day.
    async fn rows_of(
        &self,
        table: &'static Table,
        log: &TableLog,
        batches: &[RecordBatch],
        columns: &[&'static str],
    ) -> Result<RecordBatch> {
        let Some(extent) = Extent::of(table, batches)? else { return Ok(RecordBatch::new_empty(rows::schema(table, columns))) };
        let near = rows::read(self.lake, table, log.files().to_vec(), columns, Some(&extent.of_all_days(table))).await?;
        of_series(table, &near, &self.series(table, batches)?)
    }

    fn series(&self, table: &'static Table, batches: &[RecordBatch]) -> Result<Keys> {
        keys_of(table, batches).map_err(|e| Error::internal(format!("cannot list series of `{}`: {e}", table.name)))
    }

    /// Whether series of this payload have rows of payloads that were seen after it, any of which it may refute.
    async fn is_before_rows(&self, table: &'static Table, log: &TableLog, id: &PayloadId, batches: &[RecordBatch]) -> Result<bool> {
        let stored = self.rows_of(table, log, batches, &compared_columns(table)).await?;
        let after = origins(&stored).any(|(at, sha256)| (at, sha256) > (id.observed_at.micros(), id.sha256.as_str()));
        Ok(after)
    }

    /// What payloads of earlier days showed of the series. Where no row of them was brought by such a payload, none of them showed any.
    async fn evidence(&self, table: &'static Table, log: &TableLog, id: &PayloadId, batches: &[RecordBatch]) -> Result<Evidence> {
        let mut evidence = Evidence::default();
        let earlier: Vec<PayloadId> = taken(log).filter(|other| is_earlier(other, id)).collect();
        let stored = self.rows_of(table, log, batches, &compared_columns(table)).await?;
        if !origins(&stored).any(|(_, sha256)| earlier.iter().any(|other| other.sha256 == sha256)) {
            return Ok(evidence);
        }
        let series = self.series(table, batches)?;
        for other in earlier {
            let (source, parsed) = self.parsed_again(table, &other).await?;
            let batches = by_table(&parsed.batches);
            let rows = batches.get(table.name).map_or(&[][..], |rows| rows.as_slice());
            let heard = evidence.hear(table, &other, source.release_window(self.config), rows, &series);
            heard.map_err(|e| Error::internal(format!("cannot look through rows of `{}`: {e}", table.name)))?;
        }
        Ok(evidence)
    }

    /// What a replay of all payloads makes of the series of this one.
    async fn settle(
        &self,
        table: &'static Table,
        log: &TableLog,
        id: &PayloadId,
        batches: &Arc<Vec<RecordBatch>>,
        manner: &Manner,
    ) -> Result<Verdict> {
        let internal = |e| Error::internal(format!("cannot replay rows of `{}`: {e}", table.name));
        let series = self.series(table, batches)?;
        let own = concat_batches(&table.parsed_schema(), batches.iter()).map_err(internal)?;
        let n_rows = own.num_rows();
        let mut payloads = vec![Seen { incoming: self.incoming(self.source, table, id, manner), rows: own }];
        for other in taken(log) {
            let (source, parsed) = self.parsed_again(table, &other).await?;
            let rows = by_table(&parsed.batches).remove(table.name).unwrap_or_default();
            let rows = of_series(table, &concat_batches(&table.parsed_schema(), rows.iter()).map_err(internal)?, &series)?;
            payloads.push(Seen { incoming: self.incoming(source, table, &other, &Manner::of(&parsed)), rows });
        }
        payloads.sort_by(|a, b| a.incoming.payload.cmp(&b.incoming.payload));
        let names: Vec<&'static str> = table.stored().map(|column| column.name).collect();
        let before = self.rows_of(table, log, batches, &names).await?;
        let sha256 = id.sha256.clone();
        let replayed = tokio::task::spawn_blocking(move || -> Result<_> {
            let Some(after) = replay(table, &payloads)? else { return Ok(None) };
            Ok(Some((correct::changes(table, &before, &after)?, counted(table, &after, &sha256)?)))
        });
        let Some(((removed, added), (new, revised))) = replayed.await.map_err(lost_task)?? else {
            return Err(Error::lake(format!("rows of `{}` come with stamps of their source and without, and have no order", table.name))
                .in_source(self.source.name())
                .hint("give the vintages of a file another name with `--source`"));
        };
        let repeated = n_rows.saturating_sub(new + revised);
        let news = News { new, repeated, revised, contradicted: 0, rows: added };
        Ok(Verdict { news, removed: Some(removed).filter(|rows| rows.num_rows() > 0) })
    }

    /// A payload that the table has taken, as its source reads it.
    async fn parsed_again(&self, table: &'static Table, id: &PayloadId) -> Result<(&dyn Source, Parsed)> {
        let Some((source, sidecar)) = self.archived_by(table, &id.sha256).await? else {
            return Err(Error::lake(format!(
                "`{}` has taken the payload `{}`, which is no longer in the raw archive",
                table.name, id.sha256
            ))
            .hint("restore `raw/` from a backup: what a payload means depends on those before it"));
        };
        let parsed = edge::parse(source, &archived(self.archive, &sidecar).await?, self.config)?;
        Ok((source, parsed))
    }

    /// A payload of a table, of whichever of the sources that feed it.
    async fn archived_by(&self, table: &'static Table, sha256: &str) -> Result<Option<(&dyn Source, Sidecar)>> {
        let feeds = |source: &&dyn Source| source.name() != self.source.name() && source.tables().iter().any(|fed| fed.name == table.name);
        for source in std::iter::once(self.source).chain(SOURCES.iter().copied().filter(feeds)) {
            if let Some(sidecar) = raw::find(self.archive, source.name(), sha256).await? {
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
        mut verdict: Verdict,
    ) -> Result<Verdict> {
        for attempt in 0..ATTEMPTS {
            let done = match &verdict.removed {
                Some(removed) => self.lake.correct(table, &log, id, removed, &verdict.news.rows).await?,
                None => self.lake.append(table, &log, id, &verdict.news.rows).await?,
            };
            if done.is_some() {
                return Ok(verdict);
            }
            tokio::time::sleep(back_off(attempt)).await;
            log = self.lake.log(table).await?;
            if log.payloads().contains_key(&id.sha256) {
                let news = verdict.news;
                let repeated = news.repeated + news.new + news.revised;
                let news = News { rows: news.rows.slice(0, 0), new: 0, repeated, revised: 0, contradicted: news.contradicted };
                return Ok(Verdict { news, removed: None });
            }
            verdict = self.compare(table, &log, id, batches, manner).await?;
        }
        Err(Error::lake(format!("other writers kept committing to `{}`: gave up after {ATTEMPTS} attempts", table.name))
            .hint("run the same command again: it goes on where this one stopped"))
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

/// The payloads that a table has taken.
fn taken(log: &TableLog) -> impl Iterator<Item = PayloadId> {
    let id = |(sha256, at): (&String, &i64)| PayloadId { observed_at: IngestTime::from_micros(*at), sha256: sha256.clone() };
    log.payloads().iter().map(id)
}

/// `ingested_at` and payload of stored rows.
fn origins(rows: &RecordBatch) -> impl Iterator<Item = (i64, &str)> {
    let at = rows.column_by_name("ingested_at").and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
    let payload = rows.column_by_name("payload").and_then(|column| column.as_string_opt::<i32>());
    at.zip(payload).into_iter().flat_map(|(at, payload)| at.values().iter().copied().zip(payload.iter().flatten()))
}

/// Longer each time, and not the same for two processes that started together.
fn back_off(attempt: u32) -> Duration {
    let jitter = u64::from(std::process::id()).wrapping_mul(u64::from(attempt) + 1) % 7;
    Duration::from_millis(u64::from(attempt.min(20)) * 3 + jitter)
}
