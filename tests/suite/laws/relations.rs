//! What a question can ask about: every face of every table and view family, `contracts`, `cot_as_of`, and facts of `meta`.

use contango::time::KnowledgeTime;

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
    pub fn of_kind(&self, kinds: &[Kind]) -> Vec<&Column> {
        self.columns.iter().filter(|c| kinds.contains(&c.kind)).collect()
    }
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.name == name)
    }
}

struct Shape {
    name: &'static str,
    text: &'static [&'static str],
    numbers: &'static [&'static str],
    key: &'static [&'static str],
    is_cot: bool,
}

const POSITIONS: &[&str] = &["long", "short", "spreading", "net", "traders_long", "open_interest"];
const OF_REPORT: Shape = Shape {
    name: "",
    text: &["contract_code", "root", "market", "category"],
    numbers: POSITIONS,
    key: &["contract_code", "category"],
    is_cot: true,
};

/// Every table and view family that holds rows of the random lakes; `cot_crop_years` holds none and is there all the same.
const SHAPES: &[Shape] = &[
    Shape {
        name: "cot",
        text: &["report", "scope", "contract_code", "root", "market", "category"],
        numbers: POSITIONS,
        key: &["report", "scope", "contract_code", "category"],
        is_cot: true,
    },
    Shape {
        name: "cot_markets",
        text: &["report", "scope", "contract_code", "root", "market"],
        numbers: &["open_interest", "traders_total", "reportable_long"],
        key: &["report", "scope", "contract_code"],
        is_cot: true,
    },
    Shape { name: "cot_tff", ..OF_REPORT },
    Shape { name: "cot_disaggregated", ..OF_REPORT },
    Shape { name: "cot_legacy", ..OF_REPORT },
    Shape {
        name: "cot_wide",
        text: &["report", "contract_code", "root", "market"],
        numbers: &["open_interest", "dealer_long", "asset_manager_net", "managed_money_net", "managed_money_short", "commercial_long"],
        key: &["report", "contract_code"],
        is_cot: true,
    },
    Shape { name: "flow_data", text: &["series_id", "unit"], numbers: &[], key: &["series_id"], is_cot: false },
    Shape {
        name: "cot_crop_years",
        text: &["report", "scope", "contract_code", "root", "crop_year", "category"],
        numbers: &["long", "short", "net"],
        key: &["report", "scope", "contract_code", "crop_year", "category"],
        is_cot: true,
    },
];

pub const FACES: [&str; 3] = ["", "_vintages", "_readings"];

/// The tables and families of futures. Their figures are exact as floats, too, but may be asked for in whole numbers only.
const FUTURES: &[FutureShape] = &[
    FutureShape {
        name: "futures_bars",
        text: &["dataset", "root", "parent", "symbol", "contract_id", "basis"],
        floats: &["close", "settlement", "high"],
        numbers: &["instrument_id", "volume", "open_interest", "cleared_volume"],
        dates: &["as_of", "expiration"],
        instants: &["session_start", "session_end"],
        key: &["dataset", "contract_id", "symbol", "instrument_id"],
    },
    FutureShape {
        name: "futures_ohlcv",
        text: &["dataset", "symbol", "basis"],
        floats: &["close", "low"],
        numbers: &["instrument_id", "volume"],
        dates: &["as_of"],
        instants: &["session_end"],
        key: &["dataset", "basis", "symbol", "instrument_id"],
    },
    FutureShape {
        name: "futures_statistics",
        text: &["dataset", "stat", "symbol"],
        floats: &["value"],
        numbers: &["instrument_id"],
        dates: &["as_of"],
        instants: &[],
        key: &["dataset", "stat", "symbol", "instrument_id"],
    },
    FutureShape {
        name: "futures_definitions",
        text: &["dataset", "symbol", "origin", "asset", "instrument_class", "maturity"],
        floats: &["unit_of_measure_qty"],
        numbers: &["instrument_id"],
        dates: &["as_of"],
        instants: &["expiration"],
        key: &["dataset", "symbol", "instrument_id"],
    },
];

struct FutureShape {
    name: &'static str,
    text: &'static [&'static str],
    floats: &'static [&'static str],
    numbers: &'static [&'static str],
    dates: &'static [&'static str],
    instants: &'static [&'static str],
    key: &'static [&'static str],
}

/// The names of all of them in all faces.
pub fn names() -> impl Iterator<Item = String> {
    let all = SHAPES.iter().map(|shape| shape.name).chain(FUTURES.iter().map(|shape| shape.name));
    all.chain(["macro_series"]).flat_map(|name| FACES.map(|face| format!("{name}{face}"))).chain(["contracts".to_string()])
}

/// The names of the view families and their keys.
pub fn families() -> impl Iterator<Item = (&'static str, String)> {
    let of_positions =
        SHAPES.iter().map(|shape| (shape.name, shape.key)).filter(|(name, _)| !["cot", "cot_markets", "cot_crop_years"].contains(name));
    let of_futures = FUTURES.iter().map(|shape| (shape.name, shape.key)).filter(|(name, _)| *name == "futures_bars");
    of_positions.chain(of_futures).map(|(name, key)| (name, key.join(", ")))
}

pub fn columns(names: &[&str], kind: Kind) -> impl Iterator<Item = Column> {
    names.iter().map(move |name| Column { name: (*name).to_string(), kind })
}

fn of_shape(shape: &Shape, from: String) -> Relation {
    let mut all: Vec<Column> = columns(shape.text, Kind::Text).chain(columns(shape.numbers, Kind::Int)).collect();
    if !shape.is_cot {
        all.extend(columns(&["value"], Kind::Float));
    }
    all.extend(columns(&["as_of"], Kind::Date));
    all.extend(columns(&["available_at"], Kind::Instant));
    all.extend(columns(&["availability"], Kind::Text));
    all.extend(columns(&["backcast"], Kind::Bool));
    let key = shape.key.iter().chain(&["as_of", "available_at"]).map(|name| (*name).to_string()).collect();
    Relation { from, columns: all, key }
}

/// A relation by name; `system_time` is an instant that it may be moved to.
pub fn any(dice: &mut Dice, system_time: Option<KnowledgeTime>) -> Relation {
    let moved = system_time.filter(|_| dice.one_in(5));
    match dice.below(20) {
        16..20 => macro_series(named(&format!("macro_series{}", dice.of(&FACES)), moved)),
        12..15 => {
            let shape = if dice.one_in(3) { &FUTURES[1 + dice.below(FUTURES.len() - 1)] } else { &FUTURES[0] };
            let face = *dice.of(&FACES);
            of_futures(shape, named(&format!("{}{face}", shape.name), moved))
        }
        15 => contracts(moved),
        0 => cot_as_of(dice, moved),
        1 => Relation {
            from: named("meta.symbol_coverage", moved),
            columns: columns(&["symbol", "dataset", "schema"], Kind::Text)
                .chain(columns(&["start_date", "end_date"], Kind::Date))
                .chain(columns(&["last_updated"], Kind::Instant))
                .collect(),
            key: vec!["symbol".into(), "dataset".into(), "schema".into()],
        },
        // the table itself comes more often than what is made of it
        2..6 => of_shape(&SHAPES[0], named(&format!("cot{}", dice.of(&FACES)), moved)),
        _ => {
            // the empty table comes seldom
            let shape = if dice.one_in(30) { &SHAPES[SHAPES.len() - 1] } else { &SHAPES[dice.below(SHAPES.len() - 1)] };
            of_shape(shape, named(&format!("{}{}", shape.name, dice.of(&FACES)), moved))
        }
    }
}

fn of_futures(shape: &FutureShape, from: String) -> Relation {
    let all = columns(shape.text, Kind::Text)
        .chain(columns(shape.floats, Kind::Float))
        .chain(columns(shape.numbers, Kind::Int))
        .chain(columns(shape.dates, Kind::Date))
        .chain(columns(shape.instants, Kind::Instant))
        .chain(columns(&["available_at"], Kind::Instant))
        .chain(columns(&["availability"], Kind::Text))
        .chain(columns(&["backcast"], Kind::Bool));
    let key = shape.key.iter().chain(&["as_of", "available_at"]).map(|name| (*name).to_string()).collect();
    Relation { from, columns: all.collect(), key }
}

pub fn cot(from: String) -> Relation {
    of_shape(&SHAPES[0], from)
}

pub fn macro_series(from: String) -> Relation {
    let all = columns(&["source", "series_id", "unit", "availability"], Kind::Text)
        .chain(columns(&["value"], Kind::Float))
        .chain(columns(&["revision"], Kind::Int))
        .chain(columns(&["as_of", "period_end"], Kind::Date))
        .chain(columns(&["available_at"], Kind::Instant))
        .chain(columns(&["backcast"], Kind::Bool));
    let key = ["source", "series_id", "as_of", "available_at"].map(str::to_string).to_vec();
    Relation { from, columns: all.collect(), key }
}

fn contracts(moved: Option<KnowledgeTime>) -> Relation {
    let all = columns(&["dataset", "root", "symbol", "contract_id", "month", "source"], Kind::Text)
        .chain(columns(&["instrument_id"], Kind::Int))
        .chain(columns(&["expiration", "first_bar", "last_bar"], Kind::Date))
        .chain(columns(&["tick_size", "point_value"], Kind::Float))
        .chain(columns(&["available_at"], Kind::Instant));
    let key = ["dataset", "symbol", "instrument_id", "contract_id", "expiration"].map(str::to_string).to_vec();
    Relation { from: named("contracts", moved), columns: all.collect(), key }
}

fn named(name: &str, moved: Option<KnowledgeTime>) -> String {
    match moved {
        Some(instant) => format!("{name} FOR SYSTEM_TIME AS OF TIMESTAMP '{instant}'"),
        None => name.to_string(),
    }
}

fn cot_as_of(dice: &mut Dice, at: Option<KnowledgeTime>) -> Relation {
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
    of_shape(&SHAPES[0], format!("cot_as_of({})", arguments.join(", ")))
}
