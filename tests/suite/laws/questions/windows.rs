//! Window functions, each over a total order.

use super::super::relations::{Column, Kind};
use super::{Asker, Select, named};

impl Asker<'_> {
    pub(super) fn window(&mut self, depth: usize) -> Select {
        let relation = self.relation();
        let list = |names: &[String]| names.iter().map(|name| format!("a.{name}")).collect::<Vec<_>>().join(", ");
        let (partition, key) = match relation.key.as_slice() {
            // by observation within the whole key, as files are sorted
            [series @ .., as_of, at] if !series.is_empty() && at == "available_at" && self.dice.one_in(2) => {
                (format!("PARTITION BY {} ", list(series)), list(&[as_of.clone(), at.clone()]))
            }
            whole if self.dice.one_in(2) => (String::new(), list(whole)),
            whole => (format!("PARTITION BY a.{} ", self.dice.of(&relation.of_kind(&[Kind::Text])).name), list(whole)),
        };
        let numbers = relation.of_kind(&[Kind::Int, Kind::Float, Kind::Real, Kind::Date]);
        let number = (*self.dice.of(&numbers)).clone();
        let over = self.over(&number, &partition, &key, relation.has("as_of"));
        let mut shown: Vec<(String, Kind)> =
            relation.columns.iter().filter(|c| relation.key.contains(&c.name)).map(|c| (format!("a.{}", c.name), c.kind)).collect();
        shown.push(over);
        let qualify = match self.dice.below(3) {
            0 => format!(" QUALIFY row_number() OVER ({partition}ORDER BY {key}) = 1"),
            _ => String::new(),
        };
        let (list, columns) = named(shown);
        let filter = self.filter(&relation, depth);
        Select { text: format!("SELECT {list} FROM {} AS a{filter}{qualify}", relation.from), columns }
    }

    /// A call over a window that ends at the row, or about its place.
    fn over(&mut self, number: &Column, partition: &str, key: &str, has_as_of: bool) -> (String, Kind) {
        let name = &number.name;
        let n = 1 + self.dice.below(4);
        let rows = format!(" ROWS {n} PRECEDING");
        let frame = match self.dice.below(4) {
            0 => rows.clone(),
            1 => format!(" ROWS BETWEEN {n} PRECEDING AND 1 FOLLOWING"),
            2 => " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING".into(),
            _ => String::new(),
        };
        let is_number = number.kind.is_number();
        let (call, frame, kind) = match self.dice.below(15) {
            13 if is_number => {
                let calls = ["log_return(a.{}, 1)", "simple_return(a.{})", "drawdown(a.{})"];
                (self.dice.of(&calls).replace("{}", name), String::new(), Kind::Real)
            }
            14 if is_number && has_as_of => {
                (format!("{}(a.{name}, a.as_of)", self.dice.of(&["mom", "yoy_from_mom"])), String::new(), Kind::Real)
            }
            14 if is_number => (format!("realized_vol(a.{name}, 252)"), rows, Kind::Real),
            12 if is_number && has_as_of => (format!("yoy(a.{name}, a.as_of)"), String::new(), Kind::Real),
            0 => (self.dice.of(&["row_number()", "rank()", "dense_rank()", "ntile(3)"]).to_string(), String::new(), Kind::Int),
            1 | 2 => (format!("{}(a.{name})", self.dice.of(&["lag", "lead"])), String::new(), number.kind),
            3 => (format!("{}(a.{name})", self.dice.of(&["first_value", "last_value"])), frame, number.kind),
            4 if number.is_exact() => (format!("sum(a.{name})"), frame, number.kind),
            5 if number.is_exact() => (format!("avg(a.{name})"), frame, Kind::Real),
            6 => (format!("count(a.{name})"), frame, Kind::Int),
            7..10 if is_number => (format!("{}(a.{name})", self.dice.of(OF_FIELD)), rows, Kind::Real),
            _ => (format!("{}(a.{name})", self.dice.of(&["min", "max"])), frame, number.kind),
        };
        (format!("{call} OVER ({partition}ORDER BY {key}{frame})"), kind)
    }
}

/// Window functions of our own.
const OF_FIELD: &[&str] = &["zscore", "rolling_mean", "rolling_std", "percentile_rank"];
