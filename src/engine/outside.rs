//! Files outside the lake, queried where they lie. They have no knowledge time: under a clock they are refused, unless one of their columns
//! is declared to hold it, or the user takes the responsibility with `SET contango.unclocked = 'allow'`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::common::ScalarValue;
use datafusion::datasource::listing::{ListingTable, ListingTableConfig, ListingTableConfigExt, ListingTableUrl};
use datafusion::datasource::listing_table_factory::ListingTableFactory;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{CreateExternalTable, Expr, LogicalPlanBuilder, TableType, cast, ident, lit};
use datafusion::physical_plan::ExecutionPlan;

use super::catalogue::Scope;
use super::scan::context_of;
use crate::error::Error;
use crate::guard::footer;
use crate::time::KnowledgeTime;

/// Endings by which a name in FROM is a file.
const ENDINGS: [&str; 8] = ["parquet", "csv", "tsv", "json", "ndjson", "jsonl", "arrow", "gz"];
/// The option that declares the column of knowledge time.
const AVAILABLE_AT: &str = "contango.available_at";

/// A file or folder beside the lake.
#[derive(Debug)]
pub struct Outside {
    name: String,
    rows: Arc<dyn TableProvider>,
    available_at: Option<String>,
}

impl Outside {
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The column that is declared to hold its knowledge time.
    pub fn available_at(&self) -> Option<&str> {
        self.available_at.as_deref()
    }
}

/// Whether a name in FROM means a file.
pub fn is_file_name(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) || name.contains('/')
}

/// The file of this name, if the name means one.
pub async fn open(name: &str, scope: &Scope) -> Result<Option<Arc<dyn TableProvider>>> {
    if !is_file_name(name) {
        return Ok(None);
    }
    ensure_outside(name, scope.core.data())?;
    if !name.contains("://") && !name.contains('*') && !Path::new(name).exists() {
        return Err(Error::query(format!("there is no file `{name}`"))
            .hint("a path is relative to the folder that you started from")
            .into());
    }
    ensure_footers(name)?;
    let state = scope.core.state(scope.context.clone(), Default::default());
    let rows = match tsv_or(name, &state).await? {
        Some(rows) => rows,
        None => {
            let config = ListingTableConfig::new(ListingTableUrl::parse(name)?).infer_options(&state).await?;
            let config = config.infer_partitions_from_path(&state).await?.infer_schema(&state).await?;
            Arc::new(ListingTable::try_new(config)?)
        }
    };
    Ok(Some(Arc::new(Outside { name: name.to_string(), rows, available_at: None })))
}

/// Formats that DataFusion knows only under another ending.
async fn tsv_or(name: &str, state: &SessionState) -> Result<Option<Arc<dyn TableProvider>>> {
    let (file_type, options) = match Path::new(name).extension().and_then(|e| e.to_str()) {
        Some("tsv") => ("csv", vec![("format.delimiter", "\t"), ("format.has_header", "true")]),
        Some("ndjson" | "jsonl") => ("json", vec![]),
        _ => return Ok(None),
    };
    let options: HashMap<String, String> = options.into_iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let schema = Arc::new(datafusion::common::DFSchema::empty());
    let command = CreateExternalTable::builder(name, name.to_string(), file_type, schema).with_options(options).build();
    ListingTableFactory::new().create(state, &command).await.map(Some)
}

/// `CREATE EXTERNAL TABLE`, with the column of knowledge time taken out of its options.
pub async fn declare(mut command: CreateExternalTable, state: &SessionState, data: &Path) -> Result<Arc<dyn TableProvider>> {
    for location in &command.locations {
        ensure_outside(location, data)?;
        ensure_footers(location)?;
    }
    let is_ours = |key: &str| key.trim_start_matches("format.").starts_with("contango.");
    let ours: Vec<String> = command.options.keys().filter(|key| is_ours(key)).cloned().collect();
    let mut available_at = None;
    for key in ours {
        let value = command.options.remove(&key);
        if key.trim_start_matches("format.") != AVAILABLE_AT {
            return Err(Error::query(format!("unknown option `{key}`")).hint(format!("the option is `{AVAILABLE_AT}`")).into());
        }
        available_at = value;
    }
    let name = command.name.to_string();
    let rows = ListingTableFactory::new().create(state, &command).await?;
    if let Some(column) = &available_at {
        let schema = rows.schema();
        let Ok(field) = schema.field_with_name(column) else {
            let known: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let near = crate::config::closest(column, known.iter().copied());
            let hint = near.map_or_else(|| format!("columns are {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(Error::query(format!("`{name}` has no column `{column}` to take its knowledge time from")).hint(hint).into());
        };
        if !matches!(field.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Utf8 | DataType::Utf8View) {
            return Err(Error::query(format!("column `{column}` of `{name}` is no instant, it is {}", field.data_type()))
                .hint("a knowledge time is a timestamp, a date or text that reads as one")
                .into());
        }
    }
    Ok(Arc::new(Outside { name, rows, available_at }))
}

/// That Parquet files can be what they say, where the name is that of a file or of a folder of files.
fn ensure_footers(name: &str) -> Result<()> {
    let path = Path::new(name.strip_prefix("file://").unwrap_or(name));
    if path.is_file() {
        return Ok(footer::ensure_on_disk(path)?);
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        footer::ensure_on_disk(&entry.path())?;
    }
    Ok(())
}

/// The lake's files are read through its tables or not at all.
pub fn ensure_outside(path: &str, data: &Path) -> Result<()> {
    let path = path.strip_prefix("file://").unwrap_or(path);
    // a pattern is judged by the folder before its first wildcard
    let fixed = path.split(['*', '?', '[']).next().unwrap_or(path);
    let absolute = |path: &Path| {
        let mut existing = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let mut rest = Vec::new();
        while !existing.exists() {
            match (existing.file_name().map(ToOwned::to_owned), existing.parent().map(Path::to_path_buf)) {
                (Some(name), Some(parent)) => {
                    rest.push(name);
                    existing = parent;
                }
                _ => break,
            }
        }
        let mut whole = existing.canonicalize().unwrap_or(existing);
        whole.extend(rest.iter().rev());
        whole
    };
    let has_wildcard = fixed.len() < path.len();
    let (path, data) = (absolute(Path::new(fixed)), absolute(data));
    let own = ["lake", "raw", "quarantine", "metadata.db"].map(|part| data.join(part));
    let is_inside = own.iter().any(|part| path.starts_with(part));
    // a pattern, or a folder read as one table, that starts above the lake would reach into it
    let reaches_in = (has_wildcard || path.is_dir()) && own.iter().any(|part| part.starts_with(&path));
    if is_inside || reaches_in {
        return Err(Error::query(format!("`{}` belongs to the lake, and its files are not read or written by path", path.display()))
            .hint("name the table instead: its rows then obey the clock")
            .into());
    }
    Ok(())
}

#[async_trait]
impl TableProvider for Outside {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let context = context_of(state)?;
        match (context.clock, &self.available_at) {
            (None, _) => self.rows.scan(state, projection, filters, limit).await,
            (Some(clock), Some(column)) => self.scan_known(state, projection, column, clock).await,
            (Some(_), None) if context.policy.unclocked => {
                context.notes.add(format!("`{}` has no knowledge time: all of its rows are shown whatever the clock says", self.name));
                self.rows.scan(state, projection, filters, limit).await
            }
            (Some(clock), None) => Err(Error::query(format!("`{}` has no knowledge time, and the clock is set to {clock}", self.name))
                .hint(format!(
                    "declare one with CREATE EXTERNAL TABLE ... OPTIONS ('{AVAILABLE_AT}' 'column'), or `SET contango.unclocked = 'allow'`"
                ))
                .into()),
        }
    }
}

impl Outside {
    /// The rows whose declared knowledge time the clock has reached. A bare date is known when the day is over; no time is never known.
    async fn scan_known(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        column: &str,
        clock: KnowledgeTime,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let clock = lit(ScalarValue::TimestampMicrosecond(Some(clock.micros()), Some("UTC".into())));
        let schema = self.rows.schema();
        let known_at = match schema.field_with_name(column)?.data_type() {
            DataType::Date32 => {
                let next_day = ident(column) + lit(ScalarValue::new_interval_dt(1, 0));
                cast(next_day, instant)
            }
            _ => cast(ident(column), instant),
        };
        let shown: Vec<Expr> = match projection {
            Some(indices) => indices.iter().map(|&i| ident(schema.field(i).name())).collect(),
            None => schema.fields().iter().map(|f| ident(f.name())).collect(),
        };
        let plan = LogicalPlanBuilder::scan("outside", provider_as_source(self.rows.clone()), None)?
            .filter(known_at.lt_eq(clock))?
            .project(shown)?
            .build()?;
        state.create_physical_plan(&plan).await
    }
}
