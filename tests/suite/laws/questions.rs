//! Random questions as SQL text. Every one is answered by the visible rows alone: a LIMIT stands under a total order, a window over one, and
//! sums are exact since every figure is a multiple of 8.

use std::fmt;

use contango::time::KnowledgeTime;

use super::dice::Dice;
use super::lakes::FIRST_WEEK;
use super::relations::{self, Column, Kind, Relation};
use crate::support;

/// Statements whose last one is compared.
#[derive(Clone, Default)]
pub struct Question {
    /// Run at another clock: views and prepared statements.
    pub elsewhere: Vec<String>,
    pub other_clock: Option<KnowledgeTime>,
    /// Run at the clock: settings, session tables.
    pub before: Vec<String>,
    pub query: String,
    /// The order of the rows is part of the answer.
    pub is_ordered: bool,
    /// May fail on a visible row; then it fails everywhere with the same words.
    pub may_fail: bool,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in &self.elsewhere {
            match self.other_clock {
                Some(clock) => writeln!(f, "-- at {clock}\n{statement};")?,
                None => writeln!(f, "-- without a clock\n{statement};")?,
            }
        }
        for statement in &self.before {
            writeln!(f, "{statement};")?;
        }
        write!(f, "{};", self.query)
    }
}

/// A query and the columns that it gives.
struct Select {
    text: String,
    columns: Vec<Column>,
}

pub struct Asker<'a> {
    pub dice: &'a mut Dice,
    pub clock: KnowledgeTime,
    pub instants: &'a [KnowledgeTime],
    /// Whether a part may say its own instant (`now()`, a system time, an `at`).
    pub has_instants: bool,
}

const PLAIN: [Kind; 4] = [Kind::Text, Kind::Date, Kind::Int, Kind::Bool];

impl Asker<'_> {
    pub fn question(&mut self) -> Question {
        let mut question = match self.dice.below(24) {
            0 => self.risky(),
            1 => self.calendar(),
            _ => {
                let select = self.select(2);
                self.asked(select)
            }
        };
        if self.dice.one_in(12) {
            question.before.push("SET contango.backcast = 'exclude'".into());
        }
        if self.dice.one_in(12) {
            question.before.push(format!("SET contango.min_availability = '{}'", self.dice.of(&["stamped", "rule", "lagged"])));
        }
        question
    }

    /// A query, as it is or by a roundabout way.
    fn asked(&mut self, select: Select) -> Question {
        let other_clock = (!self.dice.one_in(3)).then(|| self.dice.instant(self.instants));
        let text = select.text;
        let mut question = match self.dice.below(12) {
            0 | 1 => Question {
                elsewhere: vec![format!("CREATE OR REPLACE VIEW asked AS {text}")],
                query: "SELECT * FROM asked".into(),
                ..Question::default()
            },
            2 => Question { elsewhere: vec![format!("PREPARE asked AS {text}")], query: "EXECUTE asked".into(), ..Question::default() },
            3 => Question {
                elsewhere: vec![format!("PREPARE asked AS SELECT * FROM ({text}) q WHERE $1 >= 1")],
                query: "EXECUTE asked(8)".into(),
                ..Question::default()
            },
            4 => Question {
                before: vec![format!("CREATE OR REPLACE TABLE kept AS {text}")],
                query: "SELECT * FROM kept".into(),
                ..Question::default()
            },
            5 => Question { query: format!("SELECT count(*) FROM ({text}) q"), ..Question::default() },
            6..9 => {
                let places: Vec<String> = (1..=select.columns.len()).map(|place| place.to_string()).collect();
                let descending = self.dice.one_in(2);
                let order = if descending { places.join(" DESC, ") + " DESC" } else { places.join(", ") };
                let limit = match self.dice.below(4) {
                    0 => String::new(),
                    1 => format!(" LIMIT {} OFFSET {}", 1 + self.dice.below(5), self.dice.below(4)),
                    _ => format!(" LIMIT {}", 1 + self.dice.below(9)),
                };
                Question { query: format!("SELECT * FROM ({text}) q ORDER BY {order}{limit}"), is_ordered: true, ..Question::default() }
            }
            _ => Question { query: text, ..Question::default() },
        };
        question.other_clock = other_clock;
        question
    }

    /// A query whose columns have names of their own.
    fn select(&mut self, depth: usize) -> Select {
        match self.dice.below(if depth == 0 { 6 } else { 11 }) {
            0..3 => self.plain(depth),
            3 | 4 => self.aggregate(depth),
            5 => self.window(depth),
            6 | 7 => self.join(depth - 1),
            8 => self.set_operation(depth - 1),
            9 => {
                let inner = self.select(depth - 1);
                let relation = over("w".into(), inner.columns);
                let outer = self.rows_of(&relation, depth - 1);
                Select { text: format!("WITH w AS ({}) {}", inner.text, outer.text), columns: outer.columns }
            }
            _ => {
                let inner = self.select(depth - 1);
                let relation = over(format!("({})", inner.text), inner.columns);
                self.rows_of(&relation, depth - 1)
            }
        }
    }

    fn relation(&mut self) -> Relation {
        let earlier = self.dice.instant(self.instants).min(self.clock);
        relations::any(self.dice, self.has_instants.then_some(earlier))
    }

    fn plain(&mut self, depth: usize) -> Select {
        let relation = self.relation();
        self.rows_of(&relation, depth)
    }

    fn rows_of(&mut self, relation: &Relation, depth: usize) -> Select {
        let shown: Vec<(String, Kind)> =
            self.dice.some(&relation.columns, 5).into_iter().map(|c| (format!("a.{}", c.name), c.kind)).collect();
        let mut shown: Vec<(String, Kind)> = shown;
        if self.dice.one_in(4)
            && let Some(computed) = self.computed(relation)
        {
            shown.push(computed);
        }
        let distinct = if self.dice.one_in(5) { "DISTINCT " } else { "" };
        let (list, columns) = named(shown);
        let filter = self.filter(relation, depth);
        Select { text: format!("SELECT {distinct}{list} FROM {} AS a{filter}", relation.from), columns }
    }

    fn computed(&mut self, relation: &Relation) -> Option<(String, Kind)> {
        let numbers = relation.of_kind(&[Kind::Int]);
        let number = numbers.get(self.dice.below(numbers.len())).map(|c| c.name.clone());
        Some(match (self.dice.below(5), number) {
            (0, Some(n)) => (format!("coalesce(a.{n}, -8) * 2"), Kind::Int),
            (1, Some(n)) => (format!("CASE WHEN a.{n} > 160 THEN 'much' ELSE 'little' END"), Kind::Text),
            (2, _) if relation.has("as_of") && relation.has("available_at") => {
                ("a.available_at - CAST(a.as_of AS TIMESTAMP) > INTERVAL '4 days'".into(), Kind::Bool)
            }
            (3, _) if relation.has("category") => ("upper(a.category)".into(), Kind::Text),
            (4, _) if relation.has("as_of") => ("date_trunc('month', a.as_of)".into(), Kind::Date),
            _ => return None,
        })
    }

    fn aggregate(&mut self, depth: usize) -> Select {
        let relation = self.relation();
        self.aggregate_of(&relation, depth)
    }

    fn aggregate_of(&mut self, relation: &Relation, depth: usize) -> Select {
        let mut shown = Vec::new();
        let groups: Vec<Column> = match self.dice.below(3) {
            0 => Vec::new(),
            _ => self.dice.some(&relation.of_kind(&[Kind::Text, Kind::Date, Kind::Bool]), 2).into_iter().map(|c| (*c).clone()).collect(),
        };
        shown.extend(groups.iter().map(|c| (format!("a.{}", c.name), c.kind)));
        for _ in 0..=self.dice.below(3) {
            let aggregate = self.one_aggregate(relation);
            shown.push(aggregate);
        }
        let (list, columns) = named(shown);
        let by = groups.iter().map(|c| format!("a.{}", c.name)).collect::<Vec<_>>().join(", ");
        let by = if by.is_empty() { by } else { format!(" GROUP BY {by}") };
        let having = if !by.is_empty() && self.dice.one_in(4) { " HAVING count(*) > 1" } else { "" };
        let filter = if self.dice.one_in(2) { String::new() } else { self.filter(relation, depth) };
        Select { text: format!("SELECT {list} FROM {} AS a{filter}{by}{having}", relation.from), columns }
    }

    fn one_aggregate(&mut self, relation: &Relation) -> (String, Kind) {
        let of = |dice: &mut Dice, kinds: &[Kind]| {
            let found = relation.of_kind(kinds);
            (!found.is_empty()).then(|| (*dice.of(&found)).clone())
        };
        let key = relation.key.iter().map(|k| format!("a.{k}")).collect::<Vec<_>>().join(", ");
        match self.dice.below(9) {
            0 | 1 => ("count(*)".into(), Kind::Int),
            2 => match of(self.dice, &PLAIN) {
                Some(c) => (format!("count(DISTINCT a.{})", c.name), Kind::Int),
                None => ("count(*)".into(), Kind::Int),
            },
            3 | 4 => match of(self.dice, &[Kind::Date, Kind::Instant, Kind::Int, Kind::Text]) {
                Some(c) => (format!("{}(a.{})", self.dice.of(&["min", "max"]), c.name), c.kind),
                None => ("count(*)".into(), Kind::Int),
            },
            5 => match of(self.dice, &[Kind::Int]) {
                Some(c) => (format!("sum(a.{})", c.name), Kind::Int),
                None => ("count(*)".into(), Kind::Int),
            },
            6 => match of(self.dice, &[Kind::Int, Kind::Float]) {
                Some(c) => (format!("avg(a.{})", c.name), Kind::Float),
                None => ("count(*)".into(), Kind::Int),
            },
            7 if !relation.key.is_empty() => match of(self.dice, &[Kind::Int, Kind::Date]) {
                Some(c) => (format!("last_value(a.{} ORDER BY {key})", c.name), c.kind),
                None => ("count(*)".into(), Kind::Int),
            },
            _ => {
                let condition = self.condition(&relation.columns, "a");
                (format!("count(*) FILTER (WHERE {condition})"), Kind::Int)
            }
        }
    }

    fn window(&mut self, depth: usize) -> Select {
        let relation = self.relation();
        let key = relation.key.iter().map(|k| format!("a.{k}")).collect::<Vec<_>>().join(", ");
        let partition = match self.dice.below(2) {
            0 => String::new(),
            _ => format!("PARTITION BY a.{} ", self.dice.of(&relation.of_kind(&[Kind::Text])).name),
        };
        let numbers = relation.of_kind(&[Kind::Int, Kind::Float, Kind::Date]);
        let number = (*self.dice.of(&numbers)).clone();
        let (call, kind) = match (self.dice.below(5), number.kind) {
            (0, _) => ("row_number()".to_string(), Kind::Int),
            (1, kind) => (format!("lag(a.{})", number.name), kind),
            (2, Kind::Int | Kind::Float) => (format!("zscore(a.{})", number.name), Kind::Float),
            (3, Kind::Int) => (format!("sum(a.{})", number.name), Kind::Int),
            (_, kind) => (format!("max(a.{})", number.name), kind),
        };
        let frame = if call.starts_with("zscore") { " ROWS 3 PRECEDING" } else { "" };
        let over = format!("{call} OVER ({partition}ORDER BY {key}{frame})");
        let mut shown: Vec<(String, Kind)> =
            relation.columns.iter().filter(|c| relation.key.contains(&c.name)).map(|c| (format!("a.{}", c.name), c.kind)).collect();
        shown.push((over, kind));
        let qualify = match self.dice.below(3) {
            0 => format!(" QUALIFY row_number() OVER ({partition}ORDER BY {key}) = 1"),
            _ => String::new(),
        };
        let (list, columns) = named(shown);
        let filter = self.filter(&relation, depth);
        Select { text: format!("SELECT {list} FROM {} AS a{filter}{qualify}", relation.from), columns }
    }

    fn join(&mut self, depth: usize) -> Select {
        let (left, right) = (self.relation(), self.relation());
        let mut shared: Vec<&str> =
            ["report", "scope", "contract_code", "category", "as_of"].into_iter().filter(|c| left.has(c) && right.has(c)).collect();
        if shared.len() > 2 && self.dice.one_in(3) {
            shared.remove(self.dice.below(shared.len()));
        }
        let kind = *self.dice.of(&["JOIN", "JOIN", "LEFT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"]);
        let on = match shared.is_empty() {
            true => "1 = 1".to_string(),
            false => shared.iter().map(|c| format!("a.{c} = b.{c}")).collect::<Vec<_>>().join(" AND "),
        };
        let one_sided = kind.contains("SEMI") || kind.contains("ANTI");
        let mut shown: Vec<(String, Kind)> =
            self.dice.some(&left.columns, 3).into_iter().map(|c| (format!("a.{}", c.name), c.kind)).collect();
        if !one_sided {
            shown.extend(self.dice.some(&right.columns, 2).into_iter().map(|c| (format!("b.{}", c.name), c.kind)));
        }
        let (list, columns) = named(shown);
        let filter = self.filter(&left, depth);
        Select { text: format!("SELECT {list} FROM {} AS a {kind} {} AS b ON {on}{filter}", left.from, right.from), columns }
    }

    fn set_operation(&mut self, depth: usize) -> Select {
        let (left, right) = (self.relation(), self.relation());
        let shared: Vec<Column> = left.columns.iter().filter(|c| right.has(&c.name)).cloned().collect();
        if shared.is_empty() {
            return self.plain(depth);
        }
        let some: Vec<Column> = self.dice.some(&shared, 4).into_iter().cloned().collect();
        let (list, columns) = named(some.iter().map(|c| (format!("a.{}", c.name), c.kind)).collect());
        let operation = *self.dice.of(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
        let (left_filter, right_filter) = (self.filter(&left, depth), self.filter(&right, depth));
        let text =
            format!("SELECT {list} FROM {} AS a{left_filter} {operation} SELECT {list} FROM {} AS a{right_filter}", left.from, right.from);
        Select { text, columns }
    }

    fn filter(&mut self, relation: &Relation, depth: usize) -> String {
        let mut all: Vec<String> = (0..*self.dice.of(&[0, 0, 1, 1, 1, 2])).map(|_| self.condition(&relation.columns, "a")).collect();
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

    fn condition(&mut self, columns: &[Column], alias: &str) -> String {
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
                let words = words_of(&column.name);
                match self.dice.below(6) {
                    0 => format!("{name} <> '{}'", self.dice.of(words)),
                    1 => format!("{name} IN ('{}', '{}')", self.dice.of(words), self.dice.of(words)),
                    2 => format!("{name} NOT IN ('{}', '{}')", self.dice.of(words), self.dice.of(words)),
                    3 => format!("{name} LIKE '{}%'", &self.dice.of(words)[..1]),
                    4 => format!("{name} {operator} '{}'", self.dice.of(words)),
                    _ => format!("{name} = '{}'", self.dice.of(words)),
                }
            }
            Kind::Date => match self.dice.below(5) {
                0 => format!("{name} BETWEEN '{}' AND '{}'", self.day(), self.day()),
                1 if self.has_instants => format!("{name} {operator} current_date - INTERVAL '10 days'"),
                2 if self.has_instants => format!("{name} <= current_date"),
                3 => format!("{name} IN ('{}', '{}')", self.day(), self.day()),
                _ => format!("{name} {operator} '{}'", self.day()),
            },
            Kind::Instant => match self.dice.below(3) {
                0 if self.has_instants => format!("{name} {operator} now() - INTERVAL '{} days'", self.dice.below(12)),
                _ => format!("{name} {operator} TIMESTAMP '{}'", self.dice.instant(self.instants)),
            },
            Kind::Int | Kind::Float => format!("{name} {operator} {}", 8 * self.dice.below(40)),
            Kind::Bool => format!("{}{name}", self.dice.of(&["", "NOT "])),
        }
    }

    fn day(&mut self) -> String {
        let n_weeks = self.dice.below(7) as i64;
        let shift = *self.dice.of(&[0, 0, 0, 1, -1]);
        (support::day(FIRST_WEEK) + chrono::Duration::days(7 * n_weeks + shift)).to_string()
    }

    /// Fails on some rows: whether it does must not hang on a hidden one.
    fn risky(&mut self) -> Question {
        let face = *self.dice.of(&relations::FACES);
        let day = self.day();
        let figure = 8 * self.dice.below(40);
        let query = match self.dice.below(4) {
            0 => format!("SELECT sum(8000 / (long - {figure})) FROM cot{face}"),
            1 => format!("SELECT as_of, 8000 / (short - {figure}) FROM cot{face} WHERE as_of <= '{day}'"),
            2 => format!("SELECT count(*) FROM cot{face} WHERE CAST(contract_code AS BIGINT) > 0"),
            _ => format!("SELECT (SELECT long FROM cot{face} WHERE long = {figure}) AS one"),
        };
        Question { query, may_fail: true, ..Question::default() }
    }

    /// What needs no lake, or is about its names.
    fn calendar(&mut self) -> Question {
        let query = match self.dice.below(4) {
            0 => "SELECT now(), current_date, current_timestamp, today()".to_string(),
            1 => "SELECT * FROM releases('cot') WHERE as_of > '2022-12-01'".to_string(),
            2 => {
                "SELECT c.as_of, c.long, r.released_at FROM cot c JOIN releases('cot') r ON c.as_of = r.as_of WHERE r.released".to_string()
            }
            _ => "SELECT table_name, column_name FROM information_schema.columns WHERE table_name LIKE 'cot%'".to_string(),
        };
        Question { query, ..Question::default() }
    }

    /// A query about one relation, wherever that comes from.
    pub fn about(&mut self, relation: &Relation) -> String {
        match self.dice.one_in(3) {
            true => self.aggregate_of(relation, 0).text,
            false => self.rows_of(relation, 0).text,
        }
    }

    /// A query for a view that says no instant of its own.
    pub fn timeless(&mut self) -> String {
        self.select(2).text
    }
}

fn over(from: String, columns: Vec<Column>) -> Relation {
    Relation { from, key: Vec::new(), columns }
}

/// Expressions under names of their own.
fn named(shown: Vec<(String, Kind)>) -> (String, Vec<Column>) {
    let list = shown.iter().enumerate().map(|(i, (expression, _))| format!("{expression} AS c{i}")).collect::<Vec<_>>().join(", ");
    let columns = shown.into_iter().enumerate().map(|(i, (_, kind))| Column { name: format!("c{i}"), kind }).collect();
    (list, columns)
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
        "series_id" => &["CFTC_ES_DEALER_NET", "CFTC_CL_MANAGED_NET", "CFTC_TY_ASSETMGR_NET"],
        "schema" => &["tff/futures_only", "disaggregated/combined"],
        "unit" => &["contracts"],
        _ => &["tff", "futures_only", "13874A", "ES", "dealer", "much"],
    }
}
