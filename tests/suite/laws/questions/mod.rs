//! Random questions as SQL text. Every one is answered by the visible rows alone: a LIMIT stands under a total order, a window over one, and
//! sums are exact since every figure is a multiple of an eighth.

mod asof;
mod conditions;
mod selects;
mod windows;

use std::fmt;

use contango::time::KnowledgeTime;

use super::calls;
use super::dice::Dice;
use super::relations::{self, Column, Kind, Relation};

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
    dice: &'a mut Dice,
    clock: KnowledgeTime,
    instants: &'a [KnowledgeTime],
    /// Whether a part may say its own instant (`now()`, a system time, an `at`).
    has_instants: bool,
    /// A part was drawn that may fail on what is visible.
    may_fail: bool,
}

/// Columns by which relations are joined.
const SHARED: [&str; 7] = ["report", "scope", "contract_code", "category", "source", "series_id", "as_of"];
const PLAIN: [Kind; 4] = [Kind::Text, Kind::Date, Kind::Int, Kind::Bool];

impl<'a> Asker<'a> {
    pub fn new(dice: &'a mut Dice, clock: KnowledgeTime, instants: &'a [KnowledgeTime]) -> Self {
        Self { dice, clock, instants, has_instants: true, may_fail: false }
    }

    pub fn question(&mut self) -> Question {
        let mut question = match self.dice.below(24) {
            0 => self.risky(),
            1 => self.calendar(),
            _ => {
                let select = self.select(2);
                self.asked(select)
            }
        };
        question.may_fail |= self.may_fail;
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
        let mut question = match self.dice.below(14) {
            12 => Question {
                elsewhere: vec![
                    format!("CREATE OR REPLACE VIEW inner_view AS {text}"),
                    "CREATE OR REPLACE VIEW asked AS SELECT i.*, (SELECT count(*) FROM inner_view) AS n FROM inner_view AS i".into(),
                ],
                query: "SELECT * FROM asked".into(),
                ..Question::default()
            },
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

    fn relation(&mut self) -> Relation {
        let earlier = self.dice.instant(self.instants).min(self.clock);
        if self.has_instants && self.dice.one_in(8) {
            let (relation, may_fail) = calls::any(self.dice, Some(earlier));
            self.may_fail |= may_fail;
            return relation;
        }
        relations::any(self.dice, self.has_instants.then_some(earlier))
    }

    /// Fails on some rows: whether it does must not hang on a hidden one.
    fn risky(&mut self) -> Question {
        let face = *self.dice.of(&relations::FACES);
        let day = self.day();
        let figure = 8 * self.dice.below(40);
        let query = match self.dice.below(6) {
            0 => format!("SELECT sum(8000 / (long - {figure})) FROM cot{face}"),
            1 => format!("SELECT as_of, 8000 / (short - {figure}) FROM cot{face} WHERE as_of <= '{day}'"),
            2 => format!("SELECT count(*) FROM cot{face} WHERE CAST(contract_code AS BIGINT) > 0"),
            3 => format!("SELECT (SELECT long FROM cot{face} WHERE long = {figure}) AS one"),
            4 => format!("SELECT as_of, (SELECT value FROM macro_series{face} WHERE revision = 2) AS one FROM macro_series{face}"),
            _ => format!("SELECT count(*) FROM macro_series{face} WHERE 8 / (CAST(value AS BIGINT) - {}) > 0", 8 * self.dice.below(7)),
        };
        Question { query, may_fail: true, ..Question::default() }
    }

    /// What needs no lake, or is about its names.
    fn calendar(&mut self) -> Question {
        let query = match self.dice.below(5) {
            0 => "SELECT now(), current_date, current_timestamp, today()".to_string(),
            1 => "SELECT * FROM releases('cot') WHERE as_of > '2022-12-01'".to_string(),
            2 => {
                "SELECT c.as_of, c.long, r.released_at FROM cot c JOIN releases('cot') r ON c.as_of = r.as_of WHERE r.released".to_string()
            }
            3 => "SELECT m.series_id, m.as_of, c.as_of FROM macro_series_readings m JOIN cot_tff c ON c.available_at <= m.available_at \
                  WHERE m.available_at > now() - INTERVAL '7 days' AND c.as_of > current_date - INTERVAL '14 days'"
                .into(),
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

    /// A query as any question may hold one.
    pub fn about_anything(&mut self) -> String {
        self.select(2).text
    }

    /// A query for a view that says no instant of its own.
    pub fn timeless(&mut self) -> String {
        self.has_instants = false;
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
