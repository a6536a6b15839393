//! Files of text that declare a knowledge time. What a hidden row holds must decide nothing, neither a type nor whether the file can be read:
//! so all is read as text, the rows that are not known are left out, and types are what was declared, else what the known rows are.
//!
//! A declaration keeps no schema, which would be that of one clock: each statement that names the table looks at its known rows first.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveDateTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::json::ReaderBuilder;
use datafusion::arrow::json::reader::infer_json_schema_from_iterator;
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{CreateExternalTable, Expr, LogicalPlan, LogicalPlanBuilder, TableType, cast as cast_expr, ident, lit};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::TryStreamExt;
use serde_json::Value;

use super::known_at::{known_at, of_text};
use super::listed;
use crate::engine::answers::veil::VeilExec;
use crate::error::Error;
use crate::time::KnowledgeTime;

/// The one column of a file of JSON, which is read as lines.
const LINE: &str = "line";

/// A file of text, or a folder of such, with the column of its knowledge time.
#[derive(Debug, Clone)]
pub struct Declared {
    command: CreateExternalTable,
    available_at: String,
    is_json: bool,
}

impl Declared {
    /// A declaration of a file of text; `None` for a format that has types of its own.
    pub fn of(command: &CreateExternalTable, available_at: &str) -> Option<Self> {
        let is_json = ["JSON", "NDJSON"].iter().any(|format| command.file_type.eq_ignore_ascii_case(format));
        let is_text = is_json || command.file_type.eq_ignore_ascii_case("CSV");
        is_text.then(|| Self { command: command.clone(), available_at: available_at.to_string(), is_json })
    }

    pub fn name(&self) -> String {
        self.command.name.to_string()
    }

    pub fn locations(&self) -> &[String] {
        &self.command.locations
    }

    pub fn available_at(&self) -> &str {
        &self.available_at
    }

    /// Its rows as one who stands at a clock may know them.
    ///
    /// # Errors
    /// The file cannot be read, has no such column, or a known row does not fit the types that were declared.
    pub async fn known_by(&self, clock: Option<KnowledgeTime>, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
        if self.is_json { self.known_lines(clock, state).await } else { self.known_texts(clock, state).await }
    }

    async fn known_texts(&self, clock: Option<KnowledgeTime>, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
        let mut command = self.command.clone();
        let names: Vec<String> = match command.schema.fields().is_empty() {
            false => command.schema.fields().iter().map(|field| field.name().clone()).collect(),
            true => {
                // its types are looked at no further than the names
                let mut headed = command.clone();
                headed.options.insert("format.schema_infer_max_rec".into(), "1".into());
                let schema = listed(&headed, state).await?.schema();
                let own = schema.fields().iter().filter(|field| !command.table_partition_cols.contains(field.name()));
                own.map(|field| field.name().clone()).collect()
            }
        };
        let declared = self.command.schema.clone();
        command.schema = texts(names.iter().map(String::as_str), &command.table_partition_cols)?;
        let rows = listed(&command, state).await?;
        super::ensure_column(&self.name(), &self.available_at, &rows.schema())?;
        let plan = LogicalPlanBuilder::scan("outside", provider_as_source(rows.clone()), None)?;
        let plan = match clock {
            Some(clock) => plan.filter(is_known(&self.available_at, clock))?.build()?,
            None => plan.build()?,
        };
        let found = if declared.fields().is_empty() { kinds(&plan, state).await? } else { Vec::new() };
        let as_texts = rows.schema();
        let fields = as_texts.fields().iter().enumerate().map(|(at, field)| match declared.field_with_unqualified_name(field.name()) {
            Ok(said) => said.as_ref().clone(),
            Err(_) => match found.get(at).copied().flatten() {
                Some(kind) => Field::new(field.name(), kind.arrow(), true),
                None => field.as_ref().clone(),
            },
        });
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Arc::new(Typed { plan, schema }))
    }

    async fn known_lines(&self, clock: Option<KnowledgeTime>, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
        let mut command = self.command.clone();
        command.file_type = "CSV".into();
        command.table_partition_cols.clear();
        command.schema = texts([LINE].into_iter(), &[])?;
        let compression =
            command.options.iter().find(|(key, _)| key.ends_with("compression")).map(|(key, value)| (key.clone(), value.clone()));
        command.options = compression.into_iter().collect();
        // characters that no text of JSON holds as they are
        for (key, value) in [("has_header", "false"), ("delimiter", "\u{1}"), ("quote", "\u{2}"), ("newlines_in_values", "false")] {
            command.options.insert(format!("format.{key}"), value.into());
        }
        let plan = LogicalPlanBuilder::scan("outside", provider_as_source(listed(&command, state).await?), None)?.build()?;
        let physical = state.create_physical_plan(&plan).await?;
        let mut lines = execute_stream(physical, state.task_ctx())?;
        let mut known: Vec<Value> = Vec::new();
        while let Some(batch) = lines.try_next().await? {
            let texts = cast(batch.column(0), &DataType::Utf8)?;
            for line in texts.as_string::<i32>().iter().flatten().filter(|line| !line.trim().is_empty()) {
                let row: Value = match serde_json::from_str(line) {
                    Ok(row) => row,
                    // it says no instant, so that nobody who stands at one knows of it
                    Err(_) if clock.is_some() => continue,
                    Err(_) => {
                        return Err(Error::query(format!("`{}`: a line is no JSON", self.name()))
                            .hint("a declared file of JSON has one object on each line")
                            .into());
                    }
                };
                let at = row.get(&self.available_at).and_then(Value::as_str).and_then(of_text);
                if clock.is_none_or(|clock| at.is_some_and(|at| at <= clock.micros())) {
                    known.push(row);
                }
            }
        }
        let schema = match self.command.schema.fields().is_empty() {
            false => Arc::new(self.command.schema.as_arrow().clone()),
            true => Arc::new(self.inferred(&known)?),
        };
        super::ensure_column(&self.name(), &self.available_at, &schema)?;
        let mut decoder = ReaderBuilder::new(schema.clone()).with_batch_size(known.len().max(1)).build_decoder()?;
        decoder.serialize(&known)?;
        let rows: Vec<RecordBatch> = decoder.flush()?.into_iter().collect();
        Ok(Arc::new(MemTable::try_new(schema, vec![rows])?))
    }

    /// The types of known lines; with none, nothing is known but the column that was named.
    fn inferred(&self, known: &[Value]) -> Result<Schema> {
        let schema = infer_json_schema_from_iterator(known.iter().map(Ok))?;
        if known.is_empty() {
            return Ok(Schema::new(vec![Field::new(&self.available_at, DataType::Utf8, true)]));
        }
        // in an order of their own: that of the lines is not kept
        let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        fields.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(Schema::new(fields))
    }
}

/// A schema of texts, with the columns that folders are named by as they are planned.
fn texts<'a>(names: impl Iterator<Item = &'a str>, folders: &[String]) -> Result<Arc<DFSchema>> {
    let fields: Vec<Field> = names.map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let known: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    let folders = folders.iter().filter(|folder| !known.contains(folder)).map(|folder| Field::new(folder, DataType::Utf8, false));
    Ok(Arc::new(DFSchema::try_from(Schema::new(fields.into_iter().chain(folders).collect::<Vec<_>>()))?))
}

/// Whether the clock has reached the instant that a column says.
pub fn is_known(column: &str, clock: KnowledgeTime) -> Expr {
    known_at(ident(column)).lt_eq(lit(ScalarValue::TimestampMicrosecond(Some(clock.micros()), Some("UTC".into()))))
}

/// What the texts of a column are, from the narrowest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Whole,
    Number,
    Day,
    Instant,
    Text,
}

impl Kind {
    fn of(text: &str) -> Self {
        let is_figure = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
            Self::Boolean
        } else if !text.starts_with('+') && text.parse::<i64>().is_ok() {
            Self::Whole
        } else if (is_figure || text.eq_ignore_ascii_case("nan")) && text.parse::<f64>().is_ok() {
            Self::Number
        } else if text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
            Self::Day
        } else if is_local_time(text) {
            Self::Instant
        } else {
            Self::Text
        }
    }
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Whole, Self::Number) | (Self::Number, Self::Whole) => Self::Number,
            (Self::Day, Self::Instant) | (Self::Instant, Self::Day) => Self::Instant,
            _ => Self::Text,
        }
    }
    fn arrow(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Whole => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Day => DataType::Date32,
            Self::Instant => DataType::Timestamp(TimeUnit::Nanosecond, None),
            Self::Text => DataType::Utf8,
        }
    }
}

/// A day and a time, with a zone behind it or not.
fn is_local_time(text: &str) -> bool {
    let time = text.get(..19).unwrap_or(text).replacen('T', " ", 1);
    NaiveDateTime::parse_from_str(&time, "%Y-%m-%d %H:%M:%S").is_ok()
        && datafusion::arrow::compute::kernels::cast_utils::string_to_datetime(&chrono::Utc, text).is_ok()
}

/// What the columns of a plan are; `None` for one without any value.
async fn kinds(plan: &LogicalPlan, state: &SessionState) -> Result<Vec<Option<Kind>>> {
    let physical = state.create_physical_plan(plan).await?;
    let mut found: Vec<Option<Kind>> = vec![None; physical.schema().fields().len()];
    let mut rows = execute_stream(physical, state.task_ctx())?;
    while let Some(batch) = rows.try_next().await? {
        for (kind, column) in found.iter_mut().zip(batch.columns()) {
            let Some(texts) = plain_texts(column)? else { continue };
            for text in texts.iter().flatten().filter(|text| !text.is_empty()) {
                let of_text = Kind::of(text);
                *kind = Some(kind.map_or(of_text, |kind| kind.and(of_text)));
                if *kind == Some(Kind::Text) {
                    break;
                }
            }
        }
    }
    Ok(found)
}

/// A column of texts; `None` for one of another type, as folders give.
fn plain_texts(column: &ArrayRef) -> Result<Option<StringArray>> {
    match column.data_type() {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Ok(Some(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())),
        _ => Ok(None),
    }
}

/// Known rows of texts, in the types that they are of.
#[derive(Debug)]
struct Typed {
    plan: LogicalPlan,
    schema: SchemaRef,
}

#[async_trait]
impl TableProvider for Typed {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let fields = self.schema.fields();
        let all: Vec<usize> = (0..fields.len()).collect();
        let shown = projection.unwrap_or(&all).iter().map(|&at| {
            let (name, kind) = (fields[at].name(), fields[at].data_type());
            let column = ident(name);
            let is_same = self.plan.schema().field(at).data_type() == kind;
            if is_same { column } else { cast_expr(column, kind.clone()).alias(name) }
        });
        let plan = LogicalPlanBuilder::from(self.plan.clone()).project(shown.collect::<Vec<_>>())?.build()?;
        // what the query asks of the rows is asked of the known ones alone
        Ok(Arc::new(VeilExec::new(state.create_physical_plan(&plan).await?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_what_all_texts_are() {
        let of = |texts: &[&str]| texts.iter().map(|text| Kind::of(text)).reduce(Kind::and).expect("a text");
        assert_eq!(of(&["1", "-2"]), Kind::Whole);
        assert_eq!(of(&["1", "2.5", "1e5", "NaN"]), Kind::Number);
        assert_eq!(of(&["99999999999999999999"]), Kind::Number);
        assert_eq!(of(&["1", "n/a"]), Kind::Text);
        assert_eq!(of(&["true", "FALSE"]), Kind::Boolean);
        assert_eq!(of(&["true", "1"]), Kind::Text);
        assert_eq!(of(&["2023-01-02"]), Kind::Day);
        assert_eq!(of(&["2023-01-02", "2023-01-02 12:00:00"]), Kind::Instant);
        assert_eq!(of(&["2023-01-02T12:00:00.5Z"]), Kind::Instant);
        assert_eq!(of(&["2023-02-30"]), Kind::Text);
        assert_eq!(of(&["052"]), Kind::Whole);
    }
}
