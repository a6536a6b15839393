//! `FAMILIES`: the view families over lake tables, most with three faces like a table. Their SQL lies in `sql/views/`; what SQL says badly is
//! put together by an operator.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Ident, ObjectName, TableAlias, TableFactor, VisitorMut};

use super::composed::ComposedTable;
use super::face::Face;
use super::futures::{bars, contracts};
use super::parse;
use crate::error::{Error, Result};
use crate::tables::{self, Role, Table};

pub struct Family {
    pub name: &'static str,
    pub doc: &'static str,
    key: &'static [&'static str],
    /// The lake table whose columns it shows under their own names, and figures of it under longer ones (`dealer_net`).
    base: &'static Table,
    /// Columns of its own: name, unit, meaning.
    own: &'static [(&'static str, &'static str, &'static str)],
    pub definition: Definition,
}

pub enum Definition {
    /// Every row is a row of one lake table (chosen, renamed, looked up by its key), if not all of the same one: the face asked of the family is
    /// the face of the tables.
    Rows(&'static str),
    /// Rows are made of several observations: what is known now, and what was known at each instant at which any of them changed.
    /// `figure` is a column that is there wherever any figure is: a row without it is no reading.
    Composed { latest: &'static str, vintages: &'static str, figure: &'static str },
    /// Every row follows from all that is known, so there is no other face than what is known now.
    Now(&'static str),
    /// Rows are put together by an operator of our own, for each of these faces.
    Provided { table: fn(Face) -> ComposedTable, faces: &'static [Face] },
}

/// What a column of a family is.
pub struct Meaning {
    pub role: &'static str,
    pub unit: &'static str,
    pub doc: String,
}

impl Family {
    /// What its column of this name is.
    pub fn meaning(&self, name: &str) -> Meaning {
        let role = |base: Option<&tables::Column>| match base {
            _ if self.key.contains(&name) => Role::Key.name(),
            Some(column) if column.role != Role::Key => column.role.name(),
            _ => Role::Value.name(),
        };
        if let Some((_, unit, doc)) = self.own.iter().find(|(own, ..)| *own == name) {
            return Meaning { role: role(None), unit, doc: (*doc).to_string() };
        }
        if let Some(column) = self.base.column(name) {
            return Meaning { role: role(Some(column)), unit: column.unit, doc: column.doc.to_string() };
        }
        let figure = name.rsplit_once('_').and_then(|(category, figure)| Some((category, self.base.column(figure)?)));
        match figure {
            Some((category, column)) => {
                Meaning { role: role(None), unit: column.unit, doc: format!("{} of category {category}", column.doc) }
            }
            None => Meaning { role: role(None), unit: "", doc: String::new() },
        }
    }
    /// The faces that it has.
    pub fn faces(&self) -> &'static [Face] {
        match self.definition {
            Definition::Rows(_) | Definition::Composed { .. } => &Face::ALL,
            Definition::Now(_) => &[Face::Latest],
            Definition::Provided { faces, .. } => faces,
        }
    }
    /// The columns that name a series; with `as_of` they name an observation.
    pub fn key(&self) -> String {
        self.key.join(", ")
    }
}

/// Every family.
pub static FAMILIES: &[Family] = &[
    Family {
        name: "cot_tff",
        doc: "Traders in Financial Futures, futures only: one row per market, category and week",
        key: &["contract_code", "category"],
        base: &tables::COT,
        own: &[],
        definition: Definition::Rows(include_str!("../../sql/views/cot_tff.sql")),
    },
    Family {
        name: "cot_disaggregated",
        doc: "Disaggregated report, futures only: one row per market, category and week",
        key: &["contract_code", "category"],
        base: &tables::COT,
        own: &[],
        definition: Definition::Rows(include_str!("../../sql/views/cot_disaggregated.sql")),
    },
    Family {
        name: "cot_legacy",
        doc: "Legacy report, futures only: one row per market, category and week",
        key: &["contract_code", "category"],
        base: &tables::COT,
        own: &[],
        definition: Definition::Rows(include_str!("../../sql/views/cot_legacy.sql")),
    },
    Family {
        name: "cot_wide",
        doc: "futures only, one row per report, market and week, with columns <category>_long, _short and _net",
        key: &["report", "contract_code"],
        base: &tables::COT,
        own: &[],
        definition: Definition::Composed {
            latest: include_str!("../../sql/views/cot_wide.sql"),
            vintages: include_str!("../../sql/views/cot_wide_vintages.sql"),
            figure: "open_interest",
        },
    },
    Family {
        name: "flow_data",
        doc: "flows as series: net positions CFTC_{CONTRACT}_{CATEGORY}_NET in contracts, exchange contracted in Brazil FX_TOTAL_NET in dollars",
        key: &["series_id"],
        base: &tables::COT,
        own: &[
            ("series_id", "", "CFTC_{CONTRACT}_{CATEGORY}_NET, listed by `meta.flow_series`, or FX_TOTAL_NET and others of `fx_flow`"),
            ("value", "see `unit`", "net position, long minus short; exchange contracted on the day"),
            ("unit", "", "unit of `value`"),
        ],
        definition: Definition::Rows(include_str!("../../sql/views/flow_data.sql")),
    },
    Family {
        name: "fiscal_12m",
        doc: "public accounts of Brazil: balances of months summed over 12 of them, where the source has no such sum",
        key: &["source", "series_id"],
        base: &tables::FISCAL_DATA,
        own: &[
            ("series_id", "", "PRIMARY_SUM_12M, PRIMARY_CENTRAL_SUM_12M: the series that is summed, and _SUM_12M"),
            ("value", "see `unit`", "sum of the 12 months that end with `as_of`; positive is a deficit; NULL where a month is missing"),
            ("unit", "", "unit of `value`"),
        ],
        definition: Definition::Composed {
            latest: include_str!("../../sql/views/fiscal_12m.sql"),
            vintages: include_str!("../../sql/views/fiscal_12m_vintages.sql"),
            figure: "value",
        },
    },
    Family {
        name: "features",
        doc: "positioning features per root: net positions by category and total open interest, with a normalized value",
        key: &["root", "feature"],
        base: &tables::COT,
        own: &[
            ("feature", "", "what the value is: cot_total_oi, cot_managed_money_net, ..."),
            ("value", "contracts", "the feature as published"),
            ("normalized", "", "a net position over open interest; open interest over its mean of the last 52 reports known"),
        ],
        definition: Definition::Composed {
            latest: include_str!("../../sql/views/features.sql"),
            vintages: include_str!("../../sql/views/features_vintages.sql"),
            figure: "value",
        },
    },
    Family {
        name: "futures_bars",
        doc: "futures bars with settlement and open interest as known: one row per contract and trade date",
        key: &["dataset", "contract_id", "symbol", "instrument_id"],
        base: &tables::FUTURES_OHLCV,
        own: &bars::OWN_COLUMNS,
        definition: Definition::Provided { table: bars::table, faces: &Face::ALL },
    },
    Family {
        name: "contracts",
        doc: "outright futures contracts by root and expiration, with their last days and size",
        key: &["dataset", "contract_id", "symbol", "instrument_id"],
        base: &tables::FUTURES_OHLCV,
        own: &contracts::OWN_COLUMNS,
        definition: Definition::Provided { table: contracts::table, faces: &[Face::Latest] },
    },
    Family {
        name: "market_prices",
        doc: "prices of market_data, adjusted for the splits and distributions that are known at the clock",
        key: &["source", "symbol"],
        base: &tables::MARKET_DATA,
        own: &[
            ("split_factor", "", "shares of now for one of that day, by the splits known since"),
            ("dividend_factor", "", "product of 1 - D / P over the distributions D known since, P the last close before each ex date"),
            ("split_close", "see `currency`", "close per share of now: close / split_factor"),
            ("adjusted_close", "see `currency`", "split_close times dividend_factor: its changes are total returns"),
            ("adjusted_volume", "shares or contracts", "volume in shares of now"),
            ("available_at", "", "the latest of the price and the events that it is adjusted for"),
        ],
        definition: Definition::Now(include_str!("../../sql/views/market_prices.sql")),
    },
];

/// The family, and the face of it, that a SQL name stands for.
pub fn find(name: &str) -> Option<(&'static Family, Face)> {
    let (base, face) = Face::of_name(name);
    let family = FAMILIES.iter().find(|family| family.name == base)?;
    family.faces().contains(&face).then_some((family, face))
}

/// The names of every lake table and family in each of its faces.
pub fn lake_names() -> impl Iterator<Item = String> {
    let tables = tables::TABLES.iter().map(|table| (table.name, &Face::ALL[..]));
    let families = FAMILIES.iter().map(|family| (family.name, family.faces()));
    tables.chain(families).flat_map(|(name, faces)| faces.iter().map(move |face| format!("{name}{}", face.suffix())))
}

/// The text of a family whose rows are rows of one table, reading another face of that table. The table keeps its name inside the text as an
/// alias, and is named for what it is: the optimizer tells scans apart by their names.
pub fn with_face(text: &str, face: Face) -> Result<String> {
    struct Rename(Face);
    impl VisitorMut for Rename {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table { name, alias, .. } = factor {
                let plain = name.to_string();
                if tables::find(&plain).is_some() {
                    alias.get_or_insert_with(|| TableAlias { explicit: true, name: Ident::new(&plain), columns: vec![], at: None });
                    *name = ObjectName::from(vec![Ident::new(format!("{plain}{}", self.0.suffix()))]);
                }
            }
            ControlFlow::Continue(())
        }
    }
    if face == Face::Latest {
        return Ok(text.to_string());
    }
    let mut statement = parse::statement(text)?.ok_or_else(|| Error::internal("a view family without a text"))?;
    let _ = parse::visit(&mut statement, &mut Rename(face));
    Ok(statement.to_string())
}

/// The readings of a composed family: of each instant's publications the newest observation with a figure, where nothing newer was
/// known before.
pub fn readings_of(key: &str, vintages: &str, figure: &str) -> String {
    format!(
        "SELECT * FROM ({vintages}) WHERE {figure} IS NOT NULL QUALIFY as_of = max(as_of) OVER (PARTITION BY {key} ORDER BY available_at)"
    )
}
