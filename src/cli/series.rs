//! `contango series …`: continuous series under a name: definitions, roll tables, stored builds.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::global::Context;
use super::{Exit, help};
use crate::error::{Error, Result};
use crate::metadata::{Metadata, SavedSeries};
use crate::script::Stop;
use crate::series::{self, Built, Place};

/// Continuous series under a name
#[derive(Args)]
#[command(after_help = help::SERIES)]
pub struct Series {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Give arguments of continuous_series a name; the same ID again replaces them
    Define(Box<Define>),
    /// Every definition
    List,
    /// One definition, its roll table and its last run
    Show(Id),
    /// Forget a definition and its roll table; what was built stays in the lake
    Drop(Id),
    /// The roll table of a series that is rolled by schedule
    Rolls(Rolls),
    /// Compute a series and compare all of it with what is stored
    Build(Id),
    /// Compute a series and compare its end with what is stored, or all of it where older days changed
    Update(Update),
    /// The log of builds and updates
    Runs(Id),
}

#[derive(Args)]
struct Id {
    /// The name of the series
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Args)]
struct Update {
    /// The name of the series
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Every series
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
struct Rolls {
    #[command(subcommand)]
    action: RollsAction,
}

#[derive(Subcommand)]
enum RollsAction {
    /// Read a table from a CSV file with the columns as_of, from, to
    Load {
        /// The name of the series
        #[arg(value_name = "ID")]
        id: String,
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Args)]
struct Define {
    /// Letters, digits and `_`; no root or alias
    #[arg(value_name = "ID")]
    id: String,
    /// The root whose contracts are held (ES)
    #[arg(long, value_name = "ROOT")]
    parent: String,
    /// days_before_notice (default), days_before_expiry, calendar, volume, open_interest, schedule
    #[arg(long, value_name = "RULE")]
    roll: Option<String>,
    /// Days before the deadline, of the rules by days
    #[arg(long, value_name = "N")]
    roll_days: Option<String>,
    /// calendar (default) or business days, of the rules by days
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// last_trade_day (default) or delivery_month, of the rule by calendar
    #[arg(long, value_name = "DAY")]
    rolls_on: Option<String>,
    /// The day whose prices make the gap: on the first day of the incoming contract, or before it
    #[arg(long, value_name = "DAY")]
    gap: Option<String>,
    /// none (default), ratio or additive
    #[arg(long, value_name = "METHOD")]
    adjust: Option<String>,
    /// back (default) or forward
    #[arg(long, value_name = "DIRECTION")]
    direction: Option<String>,
    /// 0 for the contract of the rule (default), 1 for the next
    #[arg(long, value_name = "N")]
    rank: Option<String>,
    /// Letters of the months (HMUZ), or all; the root's main cycle by default
    #[arg(long, value_name = "LETTERS")]
    months: Option<String>,
    /// auto (default), settlement or close
    #[arg(long, value_name = "PRICE")]
    price: Option<String>,
    /// Business days before the last trade day after which a contract is not held, of volume and open_interest
    #[arg(long, value_name = "N")]
    latest: Option<String>,
    /// The dataset of the bars, where several have the root
    #[arg(long, value_name = "DATASET")]
    dataset: Option<String>,
    /// Trade dates at the end that `series update` compares again; 30 by default
    #[arg(long, value_name = "N")]
    lookback: Option<u32>,
    /// A title
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

impl Define {
    fn series(self) -> SavedSeries {
        let given = [
            ("roll", self.roll),
            ("roll_days", self.roll_days),
            ("unit", self.unit),
            ("rolls_on", self.rolls_on),
            ("gap", self.gap),
            ("adjust", self.adjust),
            ("direction", self.direction),
            ("rank", self.rank),
            ("months", self.months),
            ("price", self.price),
            ("latest", self.latest),
            ("dataset", self.dataset),
        ];
        let arguments = given.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect();
        SavedSeries { id: self.id, name: self.name, root: self.parent, arguments, notes: self.notes, lookback: self.lookback }
    }
}

impl Series {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("series")?;
        let place = Place { data: &context.data, config: &context.config };
        match self.action {
            Action::Define(define) => {
                let series = series::define(&place, define.series()).await?;
                context.messages.note(&format!("`{}` is kept: SELECT * FROM continuous_series('{0}')", series.id));
                let metadata = Metadata::open(place.data)?;
                if series.arguments.iter().any(|(name, rule)| name == "roll" && rule == "schedule")
                    && metadata.schedule(&series.id)?.is_empty()
                {
                    context.messages.note(&format!("it has no roll table yet: contango series rolls load {} rolls.csv", series.id));
                }
            }
            Action::List => print(context, &list(&metadata_to_read(context)?)?)?,
            Action::Show(Id { id }) => print(context, &show(&metadata_to_read(context)?, &id)?)?,
            Action::Drop(Id { id }) => {
                let metadata = metadata(context)?;
                series::ensure_defined(&metadata, &id)?;
                metadata.drop_series(&id)?;
                context.messages.note(&format!("`{id}` is forgotten; what was built of it stays in the lake"));
            }
            Action::Rolls(Rolls { action: RollsAction::Load { id, file } }) => {
                let n = series::load_rolls(&place, &id, &file)?;
                context.messages.note(&format!("the roll table of `{id}` has {n} rolls"));
            }
            Action::Build(Id { id }) => {
                let built = series::build(&place, &id).await?;
                tell(context, &[built])?;
            }
            Action::Update(Update { id, all }) => {
                let ids = match id {
                    Some(id) => vec![id],
                    None => metadata(context)?.all_series()?.into_iter().map(|series| series.id).collect(),
                };
                if all && ids.is_empty() {
                    context.messages.note("no series is defined");
                }
                let (mut done, mut failed) = (Vec::new(), None);
                // one that cannot be built does not keep the others from it
                for id in ids {
                    match series::update(&place, &id).await {
                        Ok(built) => done.push(built),
                        Err(error) if all => {
                            context.messages.warn(&format!("{id}: {error}"));
                            failed = Some(id);
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                tell(context, &done)?;
                if let Some(id) = failed {
                    return Err(Error::query("not every series could be updated").hint(format!("contango series update {id}")).into());
                }
            }
            Action::Runs(Id { id }) => print(context, &runs(&metadata_to_read(context)?, &id)?)?,
        }
        Ok(Exit::Success)
    }
}

fn metadata(context: &Context) -> Result<Metadata> {
    Metadata::open(&context.data)
}

fn metadata_to_read(context: &Context) -> Result<Metadata> {
    Metadata::open_to_read(&context.data)?.map_or_else(Metadata::empty, Ok)
}

fn print(context: &Context, batch: &RecordBatch) -> Result<(), Stop> {
    let mut output = context.output(None)?;
    output.batch(batch)?;
    output.finish()?;
    Ok(())
}

fn tell(context: &Context, done: &[Built]) -> Result<(), Stop> {
    for built in done {
        for note in &built.notes {
            context.messages.note(&format!("{}: {note}", built.run.series_id));
        }
    }
    let count = |of: fn(&Built) -> usize| counts(done.iter().map(|built| i64::try_from(of(built)).ok()));
    print(
        context,
        &batch([
            ("series_id", texts(done.iter().map(|built| Some(built.run.series_id.clone())))),
            ("first_day", texts(done.iter().map(|built| built.run.start_date.map(|day| day.to_string())))),
            ("last_day", texts(done.iter().map(|built| built.run.end_date.map(|day| day.to_string())))),
            ("rows", count(|built| built.run.rows as usize)),
            ("compared", texts(done.iter().map(|built| Some(built.compared.clone())))),
            ("new", count(|built| built.new)),
            ("revised", count(|built| built.revised)),
            ("ended", count(|built| built.ended)),
        ]),
    )
}

fn list(metadata: &Metadata) -> Result<RecordBatch> {
    let all = metadata.all_series()?;
    let arguments = |series: &SavedSeries| series.arguments.iter().map(|(name, value)| format!("{name} => {value}")).collect::<Vec<_>>();
    Ok(batch([
        ("series_id", texts(all.iter().map(|series| Some(series.id.clone())))),
        ("root", texts(all.iter().map(|series| Some(series.root.clone())))),
        ("arguments", texts(all.iter().map(|series| Some(arguments(series).join(", "))))),
        ("name", texts(all.iter().map(|series| series.name.clone()))),
        ("notes", texts(all.iter().map(|series| series.notes.clone()))),
    ]))
}

fn show(metadata: &Metadata, id: &str) -> Result<RecordBatch> {
    let series = series::ensure_defined(metadata, id)?;
    let rolls = metadata.schedule(id)?;
    let run = metadata.last_run(id)?;
    let mut lines =
        vec![("series_id".to_string(), Some(series.id)), ("name".to_string(), series.name), ("root".to_string(), Some(series.root))];
    lines.extend(series.arguments.into_iter().map(|(name, value)| (name, Some(value))));
    lines.push(("lookback".to_string(), Some(series.lookback.unwrap_or(series::LOOKBACK).to_string())));
    lines.push(("notes".to_string(), series.notes));
    lines.push(("roll_table".to_string(), Some(format!("{} rolls", rolls.len()))));
    let said = run.map(|run| match run.source_info {
        Some(_) => {
            format!("{}: {} rows up to {}", run.built_at, run.rows, run.end_date.map_or("no day".to_string(), |day| day.to_string()))
        }
        None => format!("{}: did not end", run.built_at),
    });
    lines.push(("last_run".to_string(), said));
    let (names, values): (Vec<String>, Vec<Option<String>>) = lines.into_iter().unzip();
    Ok(batch([("what", texts(names.into_iter().map(Some))), ("value", texts(values.into_iter()))]))
}

fn runs(metadata: &Metadata, id: &str) -> Result<RecordBatch> {
    let runs = metadata.runs(id)?;
    if runs.is_empty() {
        // a series that was dropped keeps its log
        series::ensure_defined(metadata, id)?;
    }
    let info: Vec<serde_json::Value> =
        runs.iter().map(|run| run.source_info.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()).collect();
    let count = |name: &str| counts(info.iter().map(|info| info[name].as_i64()));
    Ok(batch([
        ("run_id", texts(runs.iter().map(|run| Some(run.run_id.clone())))),
        ("built_at", texts(runs.iter().map(|run| Some(run.built_at.to_string())))),
        ("first_day", texts(runs.iter().map(|run| run.start_date.map(|day| day.to_string())))),
        ("last_day", texts(runs.iter().map(|run| run.end_date.map(|day| day.to_string())))),
        ("rows", counts(runs.iter().map(|run| i64::try_from(run.rows).ok()))),
        ("compared", texts(info.iter().map(|info| info["compared"].as_str().map(str::to_string)))),
        ("new", count("new")),
        ("revised", count("revised")),
        ("ended", count("ended")),
    ]))
}

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn counts(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("one value per row in each column")
}
