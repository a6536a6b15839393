//! `meta.roots`, `.instruments`, `.series_metadata`, `.flow_series`, `.cot_features`: what configuration says of markets and series. No clock moves them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{batch, text, text_schema};
use crate::config::Series;
use crate::engine::context::StatementContext;
use crate::engine::flow;

pub fn roots_schema() -> SchemaRef {
    let text = ["root", "name", "aliases", "exchange", "cot_report", "cot_codes", "dataset", "parent", "currency", "months", "calendar"];
    let mut fields: Vec<Field> = text.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    fields.extend(["point_value", "tick_size"].map(|name| Field::new(name, DataType::Float64, true)));
    fields.push(Field::new("may_be_negative", DataType::Boolean, true));
    Arc::new(Schema::new(fields))
}
pub fn roots_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let roots = &context.config.roots;
    let number = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    batch(
        roots_schema(),
        vec![
            text(roots.iter().map(|r| Some(&r.root))),
            text(roots.iter().map(|r| Some(&r.name))),
            text(roots.iter().map(|r| Some(r.aliases.join(", ")))),
            text(roots.iter().map(|r| Some(&r.exchange))),
            text(roots.iter().map(|r| Some(&r.cot_report))),
            text(roots.iter().map(|r| Some(r.cot_codes.join(", ")))),
            text(roots.iter().map(|r| r.dataset.as_ref())),
            text(roots.iter().map(|r| r.parent.as_ref())),
            text(roots.iter().map(|r| r.currency.as_ref())),
            text(roots.iter().map(|r| r.months.as_ref())),
            text(roots.iter().map(|r| r.calendar.as_ref())),
            number(roots.iter().map(|r| r.point_value).collect()),
            number(roots.iter().map(|r| r.tick_size).collect()),
            Arc::new(roots.iter().map(|r| Some(r.may_be_negative)).collect::<BooleanArray>()),
        ],
    )
}

const SERIES_TEXT: [&str; 12] = [
    "source",
    "series_id",
    "name",
    "unit",
    "frequency",
    "calendar",
    "seasonal_adjustment",
    "dated",
    "released",
    "release_rule",
    "code",
    "note",
];

pub fn series_schema() -> SchemaRef {
    let mut fields: Vec<Field> = SERIES_TEXT.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    fields.extend([
        Field::new("first_date", DataType::Date32, true),
        Field::new("last_date", DataType::Date32, true),
        Field::new("revises", DataType::Boolean, true),
        Field::new("release_id", DataType::Int64, true),
        Field::new("positive", DataType::Boolean, true),
        Field::new("administered", DataType::Boolean, true),
        Field::new("decided_ahead", DataType::Boolean, true),
    ]);
    Arc::new(Schema::new(fields))
}
pub fn series_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let series = &context.config.series;
    let flag = |of: fn(&Series) -> bool| Arc::new(series.iter().map(|s| Some(of(s))).collect::<BooleanArray>()) as ArrayRef;
    let day = |of: fn(&Series) -> Option<chrono::NaiveDate>| {
        Arc::new(series.iter().map(|s| of(s).map(|day| day.to_epoch_days())).collect::<Date32Array>()) as ArrayRef
    };
    let released = |s: &Series| s.released.map(|hour| format!("{} {}", hour.time.format("%H:%M"), hour.zone));
    batch(
        series_schema(),
        vec![
            text(series.iter().map(|s| Some(&s.source))),
            text(series.iter().map(|s| Some(&s.id))),
            text(series.iter().map(|s| Some(&s.name))),
            text(series.iter().map(|s| Some(&s.unit))),
            text(series.iter().map(|s| Some(s.frequency.name()))),
            text(series.iter().map(|s| Some(s.calendar.name()))),
            text(series.iter().map(|s| s.seasonal_adjustment.as_ref())),
            text(series.iter().map(|s| Some(s.dated.name()))),
            text(series.iter().map(released)),
            text(series.iter().map(|s| s.rule.as_ref().map(ToString::to_string))),
            text(series.iter().map(|s| s.code.as_ref())),
            text(series.iter().map(|s| s.note.as_ref())),
            day(|s| s.first_date),
            day(|s| s.last_date),
            flag(|s| s.revises),
            Arc::new(series.iter().map(|s| s.release_id.map(i64::from)).collect::<Int64Array>()),
            flag(|s| s.positive),
            flag(|s| s.administered),
            flag(|s| s.decided_ahead),
        ],
    )
}

pub fn instruments_schema() -> SchemaRef {
    let text = ["symbol", "name", "kind", "yahoo", "currency", "calendar", "note"];
    let mut fields: Vec<Field> = text.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    fields.extend([Field::new("decimals", DataType::Int64, true), Field::new("may_be_negative", DataType::Boolean, true)]);
    Arc::new(Schema::new(fields))
}
pub fn instruments_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let all = &context.config.instruments;
    batch(
        instruments_schema(),
        vec![
            text(all.iter().map(|i| Some(&i.id))),
            text(all.iter().map(|i| Some(&i.name))),
            text(all.iter().map(|i| Some(i.kind.name()))),
            text(all.iter().map(|i| Some(&i.yahoo))),
            text(all.iter().map(|i| Some(&i.currency))),
            text(all.iter().map(|i| Some(i.calendar.name()))),
            text(all.iter().map(|i| i.note.as_ref())),
            Arc::new(all.iter().map(|i| Some(i64::from(i.decimals))).collect::<Int64Array>()),
            Arc::new(all.iter().map(|i| Some(i.may_be_negative)).collect::<BooleanArray>()),
        ],
    )
}

pub fn cot_features_schema() -> SchemaRef {
    text_schema(&["feature", "report", "category"])
}
pub fn cot_features_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    const FEATURES: [(&str, &str, &str); 7] = [
        ("cot_managed_money_net", "disaggregated", "managed_money"),
        ("cot_producer_net", "disaggregated", "producer_merchant"),
        ("cot_swap_net", "disaggregated", "swap_dealer"),
        ("cot_dealer_net", "tff", "dealer"),
        ("cot_asset_manager_net", "tff", "asset_manager"),
        ("cot_leveraged_funds_net", "tff", "leveraged_funds"),
        ("cot_other_reportable_net", "tff", "other_reportable"),
    ];
    batch(
        cot_features_schema(),
        vec![
            text(FEATURES.iter().map(|(feature, ..)| Some(*feature))),
            text(FEATURES.iter().map(|(_, report, _)| Some(*report))),
            text(FEATURES.iter().map(|(.., category)| Some(*category))),
        ],
    )
}

pub fn flow_schema() -> SchemaRef {
    text_schema(&["series_id", "root", "report", "contract_code", "category"])
}

pub fn flow_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let all: Vec<_> = flow::series(&context.config).collect();
    batch(
        flow_schema(),
        vec![
            text(all.iter().map(|series| Some(&series.id))),
            text(all.iter().map(|series| Some(&series.root.root))),
            text(all.iter().map(|series| Some(&series.root.cot_report))),
            text(all.iter().map(|series| Some(series.contract_code))),
            text(all.iter().map(|series| Some(series.category))),
        ],
    )
}
