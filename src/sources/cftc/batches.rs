//! From rows to batches of the lake's tables: `cot` (one row per category), `cot_markets` (one per market), `cot_crop_years` (the split).
//!
//! Rows come out in the tables' own order (key, then `as_of`), so that what comes after has little to sort. Columns are found by name in the
//! table's schema: a column that a table gains and this file does not know fails every test at once.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::buffer::{Buffer, OffsetBuffer};
use datafusion::arrow::record_batch::RecordBatch;

use super::day;
use super::report::{
    COMMODITY_CODE, CONTRACT_UNITS, EXCHANGE_CODE, MARKET, OPEN_INTEREST, REGION_CODE, Report, SUBGROUP_CODE, Scope, Side,
};
use super::rows::{EMPTY, Rows, known};
use crate::error::{Error, Result};
use crate::tables::{self, RELEASE_AT, RELEASE_GRADE, Table};
use crate::time::cot::CotCalendar;
use crate::time::{KnowledgeTime, Release};

/// Names of the crop years, in the order of the groups after All.
const CROP_YEARS: [&str; 2] = ["old", "other"];

/// Every table's batch of `kept` rows (by contract and day); a table without rows has none.
///
/// # Errors
/// A table has a column that is not known here: a defect of ours.
pub fn build(rows: &Rows, kept: &[u32], scope: Scope, calendar: &CotCalendar) -> Result<Vec<(&'static Table, RecordBatch)>> {
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let releases = releases(rows, calendar);
    let builder = Builder { rows, scope, releases };
    let categories = categories(rows.layout.report);

    let mut positions = Vec::with_capacity(kept.len() * categories.len());
    let mut split = Vec::new();
    for market in kept.chunk_by(|a, b| rows.code(*a as usize) == rows.code(*b as usize)) {
        for (category, _) in categories.iter().enumerate() {
            positions.extend(market.iter().map(|&row| Place { row, category, group: 0 }));
        }
        let divided: Vec<u32> = market.iter().copied().filter(|&row| is_divided(rows, row as usize)).collect();
        for group in 1..rows.layout.groups() {
            for (category, _) in categories.iter().enumerate() {
                split.extend(divided.iter().map(|&row| Place { row, category, group }));
            }
        }
    }
    let markets: Vec<Place> = kept.iter().map(|&row| Place { row, category: 0, group: 0 }).collect();

    let mut batches = Vec::new();
    for (table, places) in [("cot", positions), ("cot_markets", markets), ("cot_crop_years", split)] {
        if !places.is_empty() {
            let table = tables::get(table);
            batches.push((table, builder.batch(table, &places, &categories)?));
        }
    }
    Ok(batches)
}

/// A row of a table: which row of the file, and which category and crop-year group of it.
#[derive(Clone, Copy)]
struct Place {
    row: u32,
    category: usize,
    group: usize,
}

/// A category's name and where its figures stand; sorted by name.
struct Figures {
    name: &'static str,
    positions: [Option<usize>; 3],
    /// The nonreportable have no trader counts.
    counted: bool,
}

fn categories(report: Report) -> Vec<Figures> {
    let layout = super::report::Layout::new(report);
    let mut all: Vec<Figures> = report
        .categories()
        .iter()
        .enumerate()
        .map(|(index, category)| Figures { name: category.name, positions: layout.category_sides(index), counted: true })
        .collect();
    let rest = [Some(layout.nonreportable(Side::Long)), Some(layout.nonreportable(Side::Short)), None];
    all.push(Figures { name: "nonreportable", positions: rest, counted: false });
    all.sort_by_key(|figures| figures.name);
    all
}

/// Whether the market has an Old and an Other crop year: something is in Other, or Old is not All.
fn is_divided(rows: &Rows, row: usize) -> bool {
    let layout = &rows.layout;
    if layout.groups() < 3 {
        return false;
    }
    let integers = rows.integers(row);
    let group = |group: usize| &integers[layout.position(group, 0)..layout.position(group, 0) + layout.figures()];
    if group(1)[OPEN_INTEREST] == EMPTY || group(2)[OPEN_INTEREST] == EMPTY {
        return false;
    }
    group(2).iter().any(|value| *value != 0) || group(1) != group(0)
}

/// The release of each row; a report day is looked up once.
fn releases(rows: &Rows, calendar: &CotCalendar) -> Vec<Release> {
    let mut known = HashMap::new();
    let report = rows.layout.report.name();
    rows.days.iter().map(|day| *known.entry(*day).or_insert_with(|| calendar.release(report, day::date(*day)))).collect()
}

/// The report days of the file whose figures were corrected later.
pub fn corrected(rows: &Rows, calendar: &CotCalendar) -> Vec<(chrono::NaiveDate, KnowledgeTime)> {
    let days: std::collections::BTreeSet<i32> = rows.days.iter().copied().collect();
    days.into_iter().map(day::date).filter_map(|day| Some((day, calendar.corrected(day)?))).collect()
}

struct Builder<'r, 'a> {
    rows: &'r Rows<'a>,
    scope: Scope,
    /// One per row of the file.
    releases: Vec<Release>,
}

impl Builder<'_, '_> {
    fn batch(&self, table: &'static Table, places: &[Place], categories: &[Figures]) -> Result<RecordBatch> {
        let schema = table.parsed_schema();
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let column = self
                .column(field.name(), places, categories)
                .ok_or_else(|| Error::internal(format!("the cftc source has no column `{}` for table `{}`", field.name(), table.name)))?;
            columns.push(column);
        }
        RecordBatch::try_new(schema, columns).map_err(|error| Error::internal(format!("table `{}`: {error}", table.name)))
    }

    fn column(&self, name: &str, places: &[Place], categories: &[Figures]) -> Option<ArrayRef> {
        let layout = &self.rows.layout;
        let position = |place: &Place, figure: usize| self.rows.integers(place.row as usize)[layout.position(place.group, figure)];
        let traders = |place: &Place, figure: usize| self.rows.integers(place.row as usize)[layout.traders(place.group, figure)];
        let side = |side: usize| {
            integers(places, |place| categories[place.category].positions[side].and_then(|figure| known(position(place, figure))))
        };
        let side_traders = |side: usize| {
            integers(places, |place| {
                let figures = &categories[place.category];
                figures.positions[side].filter(|_| figures.counted).and_then(|figure| counted(traders(place, figure)))
            })
        };
        let text = |slot: usize| self.text(places, slot);
        let concentration = |index: usize| {
            let value = |place: &Place| Some(self.rows.decimals(place.row as usize)[index]).filter(|value| value.is_finite());
            Arc::new(Float64Array::from_iter(places.iter().map(value))) as ArrayRef
        };
        let release = |place: &Place| self.releases[place.row as usize];
        Some(match name {
            "as_of" => Arc::new(Date32Array::from_iter_values(places.iter().map(|place| self.rows.days[place.row as usize]))),
            "report" => constant(layout.report.name(), places.len()),
            "scope" => constant(self.scope.name(), places.len()),
            "contract_code" => Arc::new(StringArray::from_iter_values(places.iter().map(|place| self.rows.code(place.row as usize)))),
            "market" => text(MARKET),
            "category" => Arc::new(StringArray::from_iter_values(places.iter().map(|place| categories[place.category].name))),
            "crop_year" => Arc::new(StringArray::from_iter_values(places.iter().map(|place| CROP_YEARS[place.group - 1]))),
            "long" => side(0),
            "short" => side(1),
            "spreading" => side(2),
            "traders_long" => side_traders(0),
            "traders_short" => side_traders(1),
            "traders_spreading" => side_traders(2),
            "open_interest" => integers(places, |place| known(position(place, OPEN_INTEREST))),
            "exchange_code" => text(EXCHANGE_CODE),
            "region_code" => text(REGION_CODE),
            "commodity_code" => text(COMMODITY_CODE),
            "subgroup_code" => text(SUBGROUP_CODE),
            "contract_units" => text(CONTRACT_UNITS),
            "reportable_long" => integers(places, |place| known(position(place, layout.total(Side::Long)))),
            "reportable_short" => integers(places, |place| known(position(place, layout.total(Side::Short)))),
            "traders_total" => integers(places, |place| counted(traders(place, OPEN_INTEREST))),
            "traders_reportable_long" => integers(places, |place| counted(traders(place, layout.total(Side::Long)))),
            "traders_reportable_short" => integers(places, |place| counted(traders(place, layout.total(Side::Short)))),
            "gross_4_long" => concentration(0),
            "gross_4_short" => concentration(1),
            "gross_8_long" => concentration(2),
            "gross_8_short" => concentration(3),
            "net_4_long" => concentration(4),
            "net_4_short" => concentration(5),
            "net_8_long" => concentration(6),
            "net_8_short" => concentration(7),
            RELEASE_AT => Arc::new(
                TimestampMicrosecondArray::from_iter_values(places.iter().map(|place| release(place).at.micros())).with_timezone("UTC"),
            ),
            RELEASE_GRADE => Arc::new(StringArray::from_iter_values(places.iter().map(|place| release(place).availability.name()))),
            _ => return None,
        })
    }

    /// A column of texts; one that is empty was not in the payload.
    fn text(&self, places: &[Place], slot: usize) -> ArrayRef {
        let texts = places.iter().map(|place| Some(self.rows.text(place.row as usize, slot)).filter(|text| !text.is_empty()));
        Arc::new(StringArray::from_iter(texts))
    }
}

/// A count, unless it is missing or none can be.
fn counted(value: i64) -> Option<i64> {
    known(value).filter(|count| *count >= 0)
}

fn integers(places: &[Place], value: impl Fn(&Place) -> Option<i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(places.iter().map(value)))
}

/// One text, many times over.
fn constant(text: &str, count: usize) -> ArrayRef {
    let offsets = OffsetBuffer::<i32>::from_lengths(std::iter::repeat_n(text.len(), count));
    let array = StringArray::new(offsets, Buffer::from_vec(text.repeat(count).into_bytes()), None);
    debug_assert_eq!(array.len(), count);
    Arc::new(array)
}
