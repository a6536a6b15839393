//! What a question can ask about: every face of every table and view family, `cot_as_of`, and facts of `meta`. Tables are taken from `TABLES`
//! as they are; of a family the columns are listed here, since only planning it would tell them.

use std::sync::LazyLock;

use contango::engine::FAMILIES;
use contango::tables::{ColumnType, TABLES, Table};
use contango::time::KnowledgeTime;

use super::about::About;
use super::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Date,
    Instant,
    Int,
    /// A multiple of an eighth: sums of it are exact in any order.
    Float,
    /// Any other number.
    Real,
    Bool,
}

impl Kind {
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Real)
    }
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub struct Relation {
    /// What stands in FROM, without an alias.
    pub from: String,
    pub columns: Vec<Column>,
    /// Columns that order the rows totally.
    pub key: Vec<String>,
}

impl Column {
    /// Whether sums of it are the same in any order.
    pub fn is_exact(&self) -> bool {
        matches!(self.kind, Kind::Int | Kind::Float)
    }
}

impl Relation {
    /// The table, family or function, without its face.
    pub fn name(&self) -> &str {
        let end = self.from.find(['(', ' ']).unwrap_or(self.from.len());
        let name = &self.from[..end];
        FACES[1..].iter().find_map(|face| name.strip_suffix(face)).unwrap_or(name)
    }
    pub fn of_kind(&self, kinds: &[Kind]) -> Vec<&Column> {
        self.columns.iter().filter(|c| kinds.contains(&c.kind)).collect()
    }
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.name == name)
    }
}

pub const FACES: [&str; 3] = ["", "_vintages", "_readings"];

/// Columns of tables whose numbers are no eighths.
const INEXACT: &[&str] = &[
    "gross_4_long",
    "gross_4_short",
    "gross_8_long",
    "gross_8_short",
    "net_4_long",
    "net_4_short",
    "net_8_long",
    "net_8_short",
    "tenor_years",
    "held_return",
    "ratio",
    "min_price_increment",
    "min_price_increment_amount",
];

/// What of a family cannot be told without planning it.
struct OfFamily {
    name: &'static str,
    /// The tables that its rows are made of.
    of: &'static [&'static str],
    text: &'static [&'static str],
    numbers: &'static [&'static str],
    floats: &'static [&'static str],
    reals: &'static [&'static str],
    dates: &'static [&'static str],
    instants: &'static [&'static str],
}

const NOTHING: OfFamily =
    OfFamily { name: "", of: &[], text: &[], numbers: &[], floats: &[], reals: &[], dates: &["as_of"], instants: &[] };
const OF_REPORT: OfFamily = OfFamily {
    of: &["cot"],
    text: &["contract_code", "root", "market", "category"],
    numbers: &["long", "short", "spreading", "net", "traders_long", "open_interest"],
    ..NOTHING
};

/// The families; the key of each is its own.
const OF_FAMILIES: &[OfFamily] = &[
    OfFamily { name: "cot_tff", ..OF_REPORT },
    OfFamily { name: "cot_disaggregated", ..OF_REPORT },
    OfFamily { name: "cot_legacy", ..OF_REPORT },
    OfFamily {
        name: "cot_wide",
        of: &["cot"],
        text: &["report", "contract_code", "root", "market"],
        numbers: &["open_interest", "dealer_long", "asset_manager_net", "managed_money_net", "managed_money_short", "commercial_long"],
        ..NOTHING
    },
    OfFamily { name: "flow_data", of: &["cot", "fx_flow"], text: &["series_id", "unit"], floats: &["value"], ..NOTHING },
    OfFamily { name: "fiscal_12m", of: &["fiscal_data"], text: &["source", "series_id", "unit"], floats: &["value"], ..NOTHING },
    OfFamily {
        name: "features",
        of: &["cot", "cot_markets"],
        text: &["root", "feature"],
        floats: &["value"],
        reals: &["normalized"],
        ..NOTHING
    },
    OfFamily {
        name: "futures_bars",
        of: &["futures_ohlcv", "futures_statistics"],
        text: &["dataset", "root", "parent", "symbol", "contract_id", "basis"],
        floats: &["close", "settlement", "high"],
        numbers: &["instrument_id", "volume", "open_interest", "cleared_volume"],
        dates: &["as_of", "expiration", "first_notice"],
        instants: &["session_start", "session_end"],
        ..NOTHING
    },
    OfFamily {
        name: "contracts",
        of: &["futures_ohlcv"],
        text: &["dataset", "root", "symbol", "contract_id", "month", "source"],
        numbers: &["instrument_id"],
        floats: &["tick_size", "point_value"],
        dates: &["expiration", "first_bar", "last_bar"],
        ..NOTHING
    },
    OfFamily {
        name: "market_prices",
        of: &["market_data"],
        text: &["source", "symbol", "currency"],
        floats: &["open", "close", "volume"],
        reals: &["split_factor", "dividend_factor", "split_close", "adjusted_close", "adjusted_volume"],
        ..NOTHING
    },
];

/// A relation under a name of the lake, in whichever of its faces.
struct Shape {
    name: &'static str,
    of: Vec<&'static str>,
    columns: Vec<Column>,
    key: Vec<String>,
    faces: Vec<&'static str>,
}

static SHAPES: LazyLock<Vec<Shape>> =
    LazyLock::new(|| TABLES.iter().map(|table| of_table(table)).chain(OF_FAMILIES.iter().map(of_family)).collect());

fn of_table(table: &'static Table) -> Shape {
    let columns = table.columns().filter(|column| !["ingested_at", "payload"].contains(&column.name)).map(|column| {
        let kind = match column.kind {
            ColumnType::Text => Kind::Text,
            ColumnType::Date => Kind::Date,
            ColumnType::Instant => Kind::Instant,
            ColumnType::Int => Kind::Int,
            ColumnType::Float if INEXACT.contains(&column.name) => Kind::Real,
            ColumnType::Float => Kind::Float,
            ColumnType::Bool => Kind::Bool,
        };
        Column { name: column.name.to_string(), kind }
    });
    let key = table.sort_columns().into_iter().map(str::to_string).collect();
    Shape { name: table.name, of: vec![table.name], columns: columns.collect(), key, faces: FACES.to_vec() }
}

fn of_family(family: &'static OfFamily) -> Shape {
    let listed = FAMILIES.iter().find(|listed| listed.name == family.name).unwrap_or_else(|| panic!("`{}` is no family", family.name));
    let all = columns(family.text, Kind::Text)
        .chain(columns(family.numbers, Kind::Int))
        .chain(columns(family.floats, Kind::Float))
        .chain(columns(family.reals, Kind::Real))
        .chain(columns(family.dates, Kind::Date))
        .chain(columns(family.instants, Kind::Instant))
        .chain(columns(&["available_at"], Kind::Instant));
    // a contract has no day of its own, and is not graded
    let is_dated = family.dates.contains(&"as_of");
    let graded = columns(&["availability"], Kind::Text).chain(columns(&["backcast"], Kind::Bool)).filter(|_| is_dated);
    let own = listed.key();
    let after: &[&str] = if is_dated { &["as_of", "available_at"] } else { &["expiration"] };
    let key = own.split(", ").chain(after.iter().copied()).map(str::to_string).collect();
    let faces = listed.faces().iter().map(|face| face.suffix()).collect();
    Shape { name: family.name, of: family.of.to_vec(), columns: all.chain(graded).collect(), key, faces }
}

/// Everything that is asked about by name, without its faces.
pub fn asked_about() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().map(|shape| shape.name)
}

/// The names of all of them in all faces.
pub fn names() -> impl Iterator<Item = String> {
    SHAPES.iter().flat_map(|shape| shape.faces.iter().map(|face| format!("{}{face}", shape.name)))
}

/// The names of the view families with every face, and their keys.
pub fn families() -> impl Iterator<Item = (&'static str, String)> {
    let families = FAMILIES.iter().filter(|family| family.faces().len() == FACES.len());
    families.map(|family| (family.name, family.key()))
}

pub fn columns(names: &[&str], kind: Kind) -> impl Iterator<Item = Column> {
    names.iter().map(move |name| Column { name: (*name).to_string(), kind })
}

fn shape(name: &str) -> &'static Shape {
    SHAPES.iter().find(|shape| shape.name == name).unwrap_or_else(|| panic!("`{name}` is nothing that can be asked about"))
}

fn relation(shape: &Shape, from: String) -> Relation {
    Relation { from, columns: shape.columns.clone(), key: shape.key.clone() }
}

/// Asked about more often than the others.
const OFTEN: [&str; 4] = ["cot", "macro_series", "futures_bars", "cot"];

/// A relation by name, mostly one of which the lake holds rows; `system_time` is an instant that it may be moved to.
pub fn any(dice: &mut Dice, about: &About, system_time: Option<KnowledgeTime>) -> Relation {
    let moved = system_time.filter(|_| dice.one_in(5));
    if dice.one_in(20) {
        return if dice.one_in(2) { symbol_coverage(moved) } else { cot_as_of(dice, moved) };
    }
    let all: Vec<&'static Shape> = SHAPES.iter().chain(OFTEN.map(shape)).collect();
    let held: Vec<&'static Shape> = all.iter().copied().filter(|shape| about.holds(&shape.of)).collect();
    let shape = if held.is_empty() || dice.one_in(20) { *dice.of(&all) } else { *dice.of(&held) };
    let face = *dice.of(&shape.faces);
    relation(shape, named(&format!("{}{face}", shape.name), moved))
}

/// What is known now of something that the lake holds.
pub fn any_latest(dice: &mut Dice, about: &About) -> Relation {
    let held: Vec<&'static Shape> = SHAPES.iter().filter(|shape| about.holds(&shape.of)).collect();
    let shape = if held.is_empty() { &SHAPES[0] } else { *dice.of(&held) };
    relation(shape, shape.name.to_string())
}

fn symbol_coverage(moved: Option<KnowledgeTime>) -> Relation {
    let all = columns(&["symbol", "dataset", "schema"], Kind::Text)
        .chain(columns(&["start_date", "end_date"], Kind::Date))
        .chain(columns(&["last_updated"], Kind::Instant));
    let key = ["symbol", "dataset", "schema"].map(str::to_string).to_vec();
    Relation { from: named("meta.symbol_coverage", moved), columns: all.collect(), key }
}

pub fn cot(from: String) -> Relation {
    relation(shape("cot"), from)
}

pub fn macro_series(from: String) -> Relation {
    relation(shape("macro_series"), from)
}

fn named(name: &str, moved: Option<KnowledgeTime>) -> String {
    match moved {
        Some(instant) => format!("{name} FOR SYSTEM_TIME AS OF TIMESTAMP '{instant}'"),
        None => name.to_string(),
    }
}

pub fn cot_as_of(dice: &mut Dice, at: Option<KnowledgeTime>) -> Relation {
    let mut arguments: Vec<String> = at.map(|at| format!("'{at}'")).into_iter().collect();
    if dice.one_in(2) {
        arguments.push(format!("root => '{}'", dice.of(&["ES", "CL", "TY"])));
    }
    if dice.one_in(3) {
        arguments.push(format!("report => '{}'", dice.of(&["tff", "legacy", "all"])));
    }
    if dice.one_in(3) {
        arguments.push(format!("scope => '{}'", dice.of(&["combined", "all"])));
    }
    if dice.one_in(3) {
        arguments.push("include_ended => true".into());
    }
    cot(format!("cot_as_of({})", arguments.join(", ")))
}
