//! What stands in a WHERE: comparisons of one column, and subqueries.

use chrono::Months;

use super::super::lakes::{FIRST_QUARTER, FIRST_WEEK};
use super::super::relations::{Column, Kind, Relation};
use super::{Asker, PLAIN};
use crate::support;

impl Asker<'_> {
    pub(super) fn filter(&mut self, relation: &Relation, depth: usize) -> String {
        let mut all: Vec<String> = (0..*self.dice.of(&[0, 0, 0, 1, 1, 2])).map(|_| self.condition(&relation.columns, "a")).collect();
        if depth > 0 && self.dice.one_in(4) {
            all.extend(self.subquery(relation));
        }
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }

    fn subquery(&mut self, outer: &Relation) -> Option<String> {
        let inner = self.relation();
        let shared: Vec<Column> =
            outer.columns.iter().filter(|c| PLAIN.contains(&c.kind) && inner.has(&c.name) && !inner.key.is_empty()).cloned().collect();
        if shared.is_empty() {
            return None;
        }
        let column = self.dice.of(&shared).name.clone();
        let condition = self.condition(&inner.columns, "b");
        let from = &inner.from;
        Some(match self.dice.below(5) {
            0 => format!("a.{column} IN (SELECT b.{column} FROM {from} AS b WHERE {condition})"),
            1 => format!("a.{column} NOT IN (SELECT b.{column} FROM {from} AS b WHERE b.{column} IS NOT NULL AND {condition})"),
            2 => format!("EXISTS (SELECT 1 FROM {from} AS b WHERE b.{column} = a.{column} AND {condition})"),
            3 => format!("NOT EXISTS (SELECT 1 FROM {from} AS b WHERE b.{column} = a.{column} AND {condition})"),
            _ => format!("a.{column} >= (SELECT max(b.{column}) FROM {from} AS b WHERE {condition})"),
        })
    }

    pub(super) fn condition(&mut self, columns: &[Column], alias: &str) -> String {
        match self.dice.below(9) {
            0 => format!("({} OR {})", self.comparison(columns, alias), self.comparison(columns, alias)),
            1 => format!("NOT ({})", self.comparison(columns, alias)),
            _ => self.comparison(columns, alias),
        }
    }

    fn comparison(&mut self, columns: &[Column], alias: &str) -> String {
        let column = self.dice.of(columns).clone();
        let name = format!("{alias}.{}", column.name);
        if self.dice.one_in(12) {
            return format!("{name} IS {}NULL", self.dice.of(&["", "NOT "]));
        }
        let operator = *self.dice.of(&["=", "<>", "<", "<=", ">", ">="]);
        match column.kind {
            Kind::Text => {
                let held = self.about.words(&column.name);
                let words = if held.is_empty() || self.dice.one_in(8) { words_of(&column.name) } else { held };
                match self.dice.below(6) {
                    0 => format!("{name} <> '{}'", self.dice.of(words)),
                    1 => format!("{name} IN ('{}', '{}')", self.dice.of(words), self.dice.of(words)),
                    2 => format!("{name} NOT IN ('{}', '{}')", self.dice.of(words), self.dice.of(words)),
                    3 => format!("{name} LIKE '{}%'", self.dice.of(words).chars().take(1).collect::<String>()),
                    4 => format!("{name} {operator} '{}'", self.dice.of(words)),
                    _ => format!("{name} = '{}'", self.dice.of(words)),
                }
            }
            Kind::Date => match self.dice.below(5) {
                0 => format!("{name} BETWEEN '{}' AND '{}'", self.day(), self.day()),
                1 => format!("{name} {operator} current_date - INTERVAL '10 days'"),
                2 => format!("{name} <= current_date"),
                3 => format!("{name} IN ('{}', '{}')", self.day(), self.day()),
                _ => format!("{name} {operator} '{}'", self.day()),
            },
            Kind::Instant => match self.dice.below(3) {
                0 => format!("{name} {operator} now() - INTERVAL '{} days'", self.dice.below(12)),
                _ => format!("{name} {operator} TIMESTAMP '{}'", self.dice.instant(&self.about.instants)),
            },
            Kind::Real => format!("{name} {operator} {}", self.dice.below(3)),
            Kind::Int if ["revision", "rank"].contains(&column.name.as_str()) => format!("{name} {operator} {}", self.dice.below(3)),
            Kind::Int | Kind::Float => format!("{name} {operator} {}", 8 * self.dice.below(self.largest(&column.name))),
            Kind::Bool => format!("{}{name}", self.dice.of(&["", "NOT "])),
        }
    }

    /// Figures of positions go to forty eights, those of economic series to six.
    fn largest(&self, column: &str) -> usize {
        if column == "value" { 12 } else { 40 }
    }

    pub(super) fn day(&mut self) -> String {
        if let Some(day) = self.about.day(self.dice).filter(|_| !self.dice.one_in(4)) {
            return day.to_string();
        }
        if self.dice.one_in(4) {
            return (support::day(FIRST_QUARTER) + Months::new(3 * self.dice.below(6) as u32)).to_string();
        }
        let n_weeks = self.dice.below(7) as i64;
        let shift = *self.dice.of(&[0, 0, 0, 1, -1]);
        (support::day(FIRST_WEEK) + chrono::Duration::days(7 * n_weeks + shift)).to_string()
    }
}

fn words_of(column: &str) -> &'static [&'static str] {
    match column {
        "report" => &["tff", "disaggregated", "legacy"],
        "scope" => &["futures_only", "combined"],
        "contract_code" => &["13874A", "043602", "067651", "999999"],
        "root" => &["ES", "ZN", "CL", "999999"],
        "symbol" => &["ES", "CL", "ESH3", "CLJ3", "FRONT", "999999"],
        "dataset" => &["GLBX.MDP3", "acme", "cftc"],
        "contract_id" => &["ESH2023", "ESH2013", "CLH2023", "FRONT"],
        "basis" => &["session", "utc_day"],
        "stat" => &["settlement", "open_interest"],
        "parent" => &["ES.FUT", "CL.FUT"],
        "market" => &["MARKET 13874A", "RENAMED 067651", "MARKET 067651"],
        "category" => &["asset_manager", "dealer", "managed_money", "commercial", "swap_dealer"],
        "availability" => &["stamped", "rule", "lagged", "observed"],
        "source" => &["agency", "fred"],
        "series_id" => &["GDP", "OUTPUT", "CFTC_ES_DEALER_NET", "CFTC_CL_MANAGED_NET", "CFTC_TY_ASSETMGR_NET"],
        "schema" => &["tff/futures_only", "disaggregated/combined"],
        "unit" => &["contracts", "billions of dollars, annual rate"],
        _ => &["tff", "futures_only", "13874A", "ES", "dealer", "much"],
    }
}
