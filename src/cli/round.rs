//! What a round over many sources says in the end: the table of `backfill` and `update`, and the failures in words.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::TimestampMicrosecondType;

use super::global::Context;
use crate::check;
use crate::error::Result;
use crate::ingest::backfill::{Manner, Outcome};
use crate::script::Stop;
use crate::sources::SOURCES;
use crate::sources::fred::remote::Remote;
use crate::sources::fred::{self, ApiKey};
use crate::sources::http::Patience;

/// The checks that find holes.
const GAPS: [&str; 2] = ["gaps", "cot_gaps"];

/// What became of all sources.
pub(super) struct Round {
    pub outcomes: Vec<Outcome>,
}

/// FRED's server, or why it cannot be asked.
pub(super) fn fred(context: &Context) -> Result<Remote> {
    Remote::new(&context.config.fred_url, ApiKey::load()?, Patience::default(), fred::pace(&context.config))
}

pub(super) fn manner<'a>(command: &'static str, jobs: usize, fred: &'a Result<Remote>, resumes: bool) -> Manner<'a> {
    Manner { command, jobs, patience: Patience::default(), fred, resumes }
}

/// What the lake says of a source after the round.
#[derive(Default, Clone, Copy)]
struct Standing {
    /// Holes between the first and the newest figure of its series.
    gaps: i64,
    next_release: Option<i64>,
}

impl Round {
    pub fn has_failures(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.missing() > 0)
    }

    pub fn total(&self, of: impl Fn(&Outcome) -> usize) -> usize {
        self.outcomes.iter().map(of).sum()
    }

    /// Warnings and failures on stderr, a line per source on stdout.
    pub async fn tell(&self, context: &Context) -> Result<(), Stop> {
        for outcome in &self.outcomes {
            for warning in &outcome.warnings {
                context.messages.warn(&format!("{}: {warning}", outcome.source));
            }
            if let Some((_, error)) = outcome.failures.first() {
                let hint = error.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
                let more = if outcome.missing() > 1 { format!(" ({} windows were not had)", outcome.missing()) } else { String::new() };
                context.messages.warn(&format!("{}: {}{hint}{more}", outcome.source, error.message()));
            }
        }
        if self.total(|outcome| outcome.rejected) > 0 {
            let folder = context.data.join("quarantine");
            let rejected = self.total(|outcome| outcome.rejected);
            context.messages.warn(&format!("{rejected} rows were set aside, with the reasons, under `{}`", folder.display()));
        }
        let standing = standing(context).await?;
        let mut output = context.output(None)?;
        output.batch(&self.batch(&standing))?;
        output.finish()?;
        Ok(())
    }

    fn batch(&self, standing: &HashMap<String, Standing>) -> RecordBatch {
        let text =
            |of: &dyn Fn(&Outcome) -> String| Arc::new(self.outcomes.iter().map(|o| Some(of(o))).collect::<StringArray>()) as ArrayRef;
        let count = |of: &dyn Fn(&Outcome) -> usize| {
            Arc::new(self.outcomes.iter().map(|o| i64::try_from(of(o)).ok()).collect::<Int64Array>()) as ArrayRef
        };
        let of = |outcome: &Outcome| standing.get(outcome.source).copied().unwrap_or_default();
        let next = self.outcomes.iter().map(|outcome| of(outcome).next_release).collect::<TimestampMicrosecondArray>().with_timezone("UTC");
        let seconds = self.outcomes.iter().map(|outcome| Some((outcome.seconds * 10.0).round() / 10.0)).collect::<Float64Array>();
        RecordBatch::try_from_iter([
            ("source", text(&|o| o.source.to_string())),
            ("state", text(&state)),
            ("windows", count(&|o| o.windows)),
            ("rows", count(&|o| o.rows)),
            ("new", count(&|o| o.new)),
            ("revised", count(&|o| o.revised)),
            ("rejected", count(&|o| o.rejected)),
            ("gaps", Arc::new(self.outcomes.iter().map(|outcome| Some(of(outcome).gaps)).collect::<Int64Array>())),
            ("seconds", Arc::new(seconds)),
            ("next_release", Arc::new(next)),
        ])
        .expect("one value per source in each column")
    }
}

fn state(outcome: &Outcome) -> String {
    match (outcome.missing(), outcome.skipped) {
        (0, 0) => "complete".to_string(),
        (0, skipped) => format!("complete, {skipped} done before"),
        (missing, _) if outcome.windows == 0 || missing >= outcome.windows => "failed".to_string(),
        (missing, _) => format!("{missing} of {} windows failed", outcome.windows),
    }
}

/// Gaps and next releases by source.
async fn standing(context: &Context) -> Result<HashMap<String, Standing>, Stop> {
    let mut session = context.session()?;
    let mut found: HashMap<String, Standing> = HashMap::new();
    let next = "SELECT source, min(due_at) AS next_release FROM meta.freshness WHERE state = 'fresh' GROUP BY source";
    let (rows, _) = session.rows(next).await?;
    let (sources, instants) = (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<TimestampMicrosecondType>());
    for (source, instant) in sources.iter().zip(instants) {
        found.entry(source.unwrap_or_default().to_string()).or_default().next_release = instant;
    }
    for name in GAPS {
        let request = check::Request { table: None, names: vec![name.to_string()] };
        for check in check::asked(check::CHECKS.to_vec(), &request)? {
            let outcome = check::run(&session, &check, None).await;
            for finding in outcome.findings? {
                if let Some(source) = source_of(&finding.table, &finding.key) {
                    found.entry(source.to_string()).or_default().gaps += 1;
                }
            }
        }
    }
    Ok(found)
}

/// The source that a finding is about: the key begins with it, or the table or the curve is its own.
fn source_of(table: &str, key: &str) -> Option<&'static str> {
    let named = SOURCES.iter().map(|source| source.name()).find(|name| key.split(' ').next() == Some(name));
    named.or_else(|| match table {
        "cot" => Some("cftc"),
        "expectations" => Some("bcb_focus"),
        "curves" => Some(if key.contains(" US_") { "us_treasury" } else { "b3_tesouro" }),
        _ => None,
    })
}

/// The windows of a plan.
pub(super) fn show_lines(context: &Context, lines: &[(&str, String, &str)]) -> Result<(), Stop> {
    let text =
        |of: fn(&(&str, String, &str)) -> String| Arc::new(lines.iter().map(|line| Some(of(line))).collect::<StringArray>()) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("source", text(|line| line.0.to_string())),
        ("window", text(|line| line.1.clone())),
        ("state", text(|line| line.2.to_string())),
    ])
    .expect("one value per window in each column");
    let mut output = context.output(None)?;
    output.batch(&batch)?;
    output.finish()?;
    Ok(())
}
