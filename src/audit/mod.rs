//! The look-ahead audit: a saved query is run with full knowledge and with the clock at many instants, and must say the same of every
//! decision that could have been taken by then. The first row that it does not is told with its column: there the query knew the future.
//!
//! [`instants`] says when a row's decision was taken, [`compare`] what differs. This module runs the script, each time in a session of its
//! own, so that nothing made under one clock is seen under another; it prints nothing.

mod compare;
mod instants;

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use futures::TryStreamExt;

use self::compare::{Difference, Ordered, Unlike, first_unlike};
pub use self::instants::Lag;
use self::instants::chosen;
use crate::engine::{self, Answer, Session, StatementText};
use crate::error::Error;
use crate::script::{self, Script, Sink, Stop};
use crate::time::KnowledgeTime;

/// Instants at which a query is audited where nothing else is said.
pub const INSTANTS: usize = 12;

/// What is asked of an audit.
#[derive(Debug, Clone)]
pub struct Request {
    /// The column of the result with the time of a row.
    pub time_column: String,
    pub lag: Lag,
    /// How many instants the clock is set to, at most.
    pub instants: usize,
    /// The clock is set to instants of this range alone.
    pub from: Option<KnowledgeTime>,
    pub to: Option<KnowledgeTime>,
}

/// How an audit ended.
#[derive(Debug)]
pub struct Report {
    /// The instants at which the clock stood.
    pub instants: usize,
    /// Rows with full knowledge that were compared, each counted once.
    pub rows: usize,
    /// Rows without a time, which stand for no decision.
    pub untimed: usize,
    pub finding: Option<Finding>,
}

/// Where the query knew the future.
#[derive(Debug)]
pub struct Finding {
    /// Where the clock stood.
    pub instant: KnowledgeTime,
    unlike: Unlike,
    /// What the query read there, a sentence for each table.
    pub tables: Vec<String>,
}

/// Told before each run: what it is, how many are done, and of how many.
pub type Watch<'a> = &'a (dyn Fn(&str, usize, usize) + Sync);

/// Audits a script; its last statement gives the rows. The session gives lake, settings and parameters, and its clock is full knowledge.
///
/// # Errors
/// The script moves the clock, fails at one of the instants, or gives no rows that can be compared.
pub async fn run(session: &Session, script: Script<'_>, request: &Request, watch: Watch<'_>) -> Result<Report, Stop> {
    let statements = script::statements(script).await?;
    let Some(last) = statements.last() else {
        return Err(Error::usage("there is no query to audit").hint("the last statement of the script gives the rows").into());
    };
    for statement in &statements {
        if engine::moves_clock(&statement.text) {
            let error = Error::query("the script of an audit cannot move the clock: the audit does")
                .at_character(1, 1)
                .hint("remove the statement; `--clock` says what full knowledge is");
            return Err(script::placed(error, script, statement));
        }
    }
    watch("with full knowledge", 0, 0);
    let (_, full) = rows_at(session, session.clock(), script, request).await?;
    let within = |at: &KnowledgeTime| {
        let is_from = request.from.is_none_or(|from| *at >= from);
        is_from && [request.to, session.clock()].into_iter().flatten().all(|to| *at <= to)
    };
    let instants = chosen(full.decided().iter().copied().filter(within).collect(), request.instants);
    let Some(newest) = instants.last() else {
        return Err(nothing_to_audit(&full, request).into());
    };
    let mut report = Report { instants: instants.len(), rows: full.decided_by(*newest), untimed: full.untimed, finding: None };
    for (done, instant) in instants.iter().enumerate() {
        watch(&format!("with the clock at {instant}"), done, instants.len());
        let under_clock = |stop| match stop {
            Stop::Failed { error, excerpt } => Stop::Failed { error: error.said_of(&format!("with the clock at {instant}")), excerpt },
            Stop::OutputClosed => Stop::OutputClosed,
        };
        let (mut standing, known) = rows_at(session, Some(*instant), script, request).await.map_err(under_clock)?;
        if let Some(unlike) = first_unlike(&full, &known, *instant).map_err(|error| under_clock(error.into()))? {
            let tables = tables_read(&mut standing, last).await;
            report.finding = Some(Finding { instant: *instant, unlike, tables });
            break;
        }
    }
    Ok(report)
}

fn nothing_to_audit(full: &Ordered, request: &Request) -> Error {
    let error = Error::usage("no decision lies in the range of the audit, so there is nothing to compare");
    match (full.decided().first(), full.decided().last()) {
        (Some(first), Some(last)) => error.hint(format!("decisions were taken from {first} to {last}")),
        _ => error.hint(format!("the last statement gave no row with a `{}`", request.time_column)),
    }
}

/// Runs the script with the clock at an instant, in a session of its own.
async fn rows_at(
    session: &Session,
    clock: Option<KnowledgeTime>,
    script: Script<'_>,
    request: &Request,
) -> Result<(Session, Ordered), Stop> {
    let mut own = session.anew(clock)?;
    let mut last = Last(None);
    script::run(&mut own, script, &mut last).await?;
    if own.clock() != clock {
        return Err(Error::query("the script of an audit cannot move the clock: the audit does").into());
    }
    let Some((schema, batches)) = last.0 else {
        return Err(Error::usage("the last statement gives no rows to audit").hint("end the script with the query").into());
    };
    Ok((own, Ordered::of(&schema, &batches, &request.time_column, &request.lag)?))
}

/// Keeps the rows of the last statement.
struct Last(Option<(SchemaRef, Vec<RecordBatch>)>);

impl Sink for Last {
    async fn take(&mut self, _: &mut Session, _: &StatementText, answer: Answer) -> Result<(), Stop> {
        self.0 = match answer {
            Answer::Rows { schema, stream, .. } => Some((schema, stream.try_collect().await.map_err(engine::explain)?)),
            Answer::Done { .. } => None,
        };
        Ok(())
    }
    fn timed(&mut self, _: &StatementText, _: Duration) {}
}

/// What the query reads where it was found out. A statement that is no query has nothing to tell.
async fn tables_read(session: &mut Session, query: &StatementText) -> Vec<String> {
    let Ok(Answer::Rows { stream, .. }) = session.run(&format!("EXPLAIN PIT {}", query.text)).await else { return Vec::new() };
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap_or_default();
    let mut tables: Vec<String> = Vec::new();
    for batch in &batches {
        let count = |name: &str| batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let (Some(names), Some(known), Some(hidden)) =
            (batch.column_by_name("table").and_then(|column| column.as_string_opt::<i32>()), count("rows_known"), count("rows_hidden"))
        else {
            continue;
        };
        let counted = known.iter().zip(hidden.iter());
        tables.extend(names.iter().flatten().zip(counted).map(|(name, counts)| match counts {
            (Some(known), Some(hidden)) => format!("`{name}`: {known} rows known then, {hidden} hidden"),
            _ => format!("`{name}`: no knowledge time"),
        }));
    }
    tables
}

impl Report {
    /// How it went, in one sentence.
    pub fn sentence(&self) -> String {
        let untimed = match self.untimed {
            0 => String::new(),
            n => format!(" ({n} without a time were left out)"),
        };
        let (instants, rows) = (counted(self.instants, "instant"), counted(self.rows, "row"));
        match &self.finding {
            None => format!("{instants}, {rows} compared{untimed}: nothing knew the future"),
            Some(finding) => format!("with full knowledge the query says what nobody could know at {}", finding.instant),
        }
    }

    /// The first difference, a row for each column that differs.
    pub fn differences(&self) -> RecordBatch {
        let names = ["clock", "time", "row", "column", "with_full_knowledge", "known_then"];
        let rows = self.finding.iter().flat_map(Finding::lines).collect::<Vec<_>>();
        let column = |at: usize| Arc::new(rows.iter().map(|row| Some(row[at].as_str())).collect::<StringArray>()) as ArrayRef;
        let schema = Schema::new(names.map(|name| Field::new(name, DataType::Utf8, true)).to_vec());
        RecordBatch::try_new(Arc::new(schema), (0..names.len()).map(column).collect()).expect("one text per row in each column")
    }
}

impl Finding {
    fn lines(&self) -> Vec<[String; 6]> {
        let keys: Vec<String> = self.unlike.keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = |column: &str, full: &str, known: &str| {
            [&self.instant.to_string(), &self.unlike.time, &keys.join(", "), column, full, known].map(ToString::to_string)
        };
        match &self.unlike.difference {
            Difference::Values(values) => values.iter().map(|(column, full, known)| line(column, full, known)).collect(),
            Difference::OnlyWithFullKnowledge => vec![line("the row", "is there", "is not there")],
            Difference::OnlyThen => vec![line("the row", "is not there", "is there")],
        }
    }
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
