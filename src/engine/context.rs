//! What one statement stands on: its clock, what it may see, and the table versions that it reads from its start to its end.
//!
//! It travels in the planning state's configuration, so that the one scan finds it at physical planning wherever its plan came from.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use datafusion::common::ScalarValue;

use super::notes::Notes;
use super::survey::Register;
use super::work::Work;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::lake::{Lake, Snapshot};
use crate::tables::Table;
use crate::time::{Availability, IngestTime, KnowledgeTime};

/// What a session lets its statements see, beside the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `contango.backcast`: whether backcast rows are seen.
    pub backcast: bool,
    /// `contango.min_availability`: the worst grade that is seen.
    pub min_availability: Availability,
    /// `contango.unclocked`: whether sources without knowledge time may be read under a clock.
    pub unclocked: bool,
}

impl Policy {
    /// Whether it leaves nothing out.
    pub fn sees_all(self) -> bool {
        self.backcast && self.min_availability == Availability::Observed
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self { backcast: true, min_availability: Availability::Observed, unclocked: false }
    }
}

/// The state of one statement.
#[derive(Debug)]
pub struct StatementContext {
    pub clock: Option<KnowledgeTime>,
    pub policy: Policy,
    pub lake: Arc<Lake>,
    pub config: Arc<Config>,
    pub notes: Notes,
    /// What `now` means where no clock is set.
    pub started_at: KnowledgeTime,
    /// The clock was moved away from the present by a test harness: `now()` answers with it although no clock is set.
    pub pinned_now: bool,
    /// Where scans enter what they read and leave out; only a statement that tells it keeps one.
    pub register: Option<Register>,
    /// Where scans enter what they are about to read.
    pub work: Work,
    /// Memory that the session's statements may take; `None`: what the process may.
    pub memory: Option<u64>,
    /// What SET VARIABLE gave names to.
    pub variables: Arc<BTreeMap<String, ScalarValue>>,
    /// Views that were put in their place so far.
    pub views: Arc<AtomicUsize>,
    versions: Arc<tokio::sync::Mutex<HashMap<&'static str, Snapshot>>>,
}

impl StatementContext {
    pub fn new(
        clock: Option<KnowledgeTime>,
        policy: Policy,
        lake: Arc<Lake>,
        config: Arc<Config>,
        pinned_now: Option<KnowledgeTime>,
    ) -> Self {
        let started_at = clock.or(pinned_now).unwrap_or_else(|| IngestTime::now().as_knowledge());
        Self {
            clock,
            policy,
            lake,
            config,
            notes: Notes::default(),
            started_at,
            pinned_now: pinned_now.is_some(),
            register: None,
            work: Work::default(),
            memory: None,
            variables: Arc::default(),
            views: Arc::default(),
            versions: Arc::default(),
        }
    }

    /// The same statement, with another limit of memory.
    pub fn limited(self, memory: Option<u64>) -> Self {
        Self { memory, ..self }
    }

    /// The same statement, with these names for values.
    pub fn with_variables(self, variables: Arc<BTreeMap<String, ScalarValue>>) -> Self {
        Self { variables, ..self }
    }

    /// The same statement, with its scans entered in a register.
    pub fn registering(self, register: Register) -> Self {
        Self { register: Some(register), ..self }
    }

    /// For a query that is asked on the way to the statement's own: at the same clock and over the same table versions, and counted nowhere.
    pub fn aside(&self) -> Self {
        Self {
            clock: self.clock,
            policy: self.policy,
            lake: self.lake.clone(),
            config: self.config.clone(),
            notes: self.notes.clone(),
            started_at: self.started_at,
            pinned_now: self.pinned_now,
            register: None,
            work: self.work.clone(),
            memory: self.memory,
            variables: self.variables.clone(),
            views: self.views.clone(),
            versions: self.versions.clone(),
        }
    }

    /// The same statement as if its clock stood at an instant, over the same table versions.
    ///
    /// # Errors
    /// The instant is later than the clock.
    pub fn moved_to(&self, instant: KnowledgeTime) -> Result<Self> {
        self.ensure_not_later(instant, "an instant in a query")?;
        Ok(Self { clock: Some(instant), started_at: instant, register: self.register.clone(), ..self.aside() })
    }

    /// An instant in a query may be earlier than the clock, never later.
    ///
    /// # Errors
    /// It is later.
    pub fn ensure_not_later(&self, instant: KnowledgeTime, what: &str) -> Result<()> {
        match self.clock {
            Some(clock) if instant > clock => Err(Error::query(format!("{what} {instant} is later than the clock, {clock}"))
                .hint("a query can look back from the clock, not ahead; move the clock with `SET clock = ...`")),
            _ => Ok(()),
        }
    }

    /// The instant that the statement stands at: the clock, or the moment it started.
    pub fn now(&self) -> KnowledgeTime {
        self.clock.unwrap_or(self.started_at)
    }

    /// The version of a table that this statement reads: the newest one when it is first named.
    pub async fn snapshot(&self, table: &'static Table) -> Result<Snapshot> {
        let mut versions = self.versions.lock().await;
        if let Some(found) = versions.get(table.name) {
            return Ok(found.clone());
        }
        self.lake.ensure_there()?;
        let found = self.lake.snapshot(table).await?;
        versions.insert(table.name, found.clone());
        Ok(found)
    }
}
