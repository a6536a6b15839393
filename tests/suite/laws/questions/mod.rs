//! Random questions as SQL text. Every one is answered by the visible rows alone: a LIMIT stands under a total order, a window over one, and
//! sums are exact since every figure is a multiple of an eighth.

mod asof;
mod conditions;
mod selects;
mod windows;

use std::fmt;

use contango::time::KnowledgeTime;

use super::about::About;
use super::calls;
use super::dice::Dice;
use super::files::Declared;
use super::relations::{self, Column, Kind, Relation, columns};

/// Statements whose last one is compared.
#[derive(Clone, Default)]
pub struct Question {
    /// Run at another clock: views and prepared statements.
    pub elsewhere: Vec<String>,
    pub other_clock: Option<KnowledgeTime>,
    /// Run at the clock: settings, session tables.
    pub before: Vec<String>,
    /// A query whose rows are kept as the last result.
    pub kept: Option<String>,
    pub query: String,
    /// The order of the rows is part of the answer.
    pub is_ordered: bool,
    /// May fail on a visible row; then it fails everywhere with the same words.
    pub may_fail: bool,
    /// What such a failure may name, where several visible rows fail and any of them comes first.
    pub may_name: Option<String>,
    /// The names of what it is about: tables, families and functions, without their faces.
    pub names: Vec<String>,
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
        if let Some(kept) = &self.kept {
            writeln!(f, "{kept}; -- is kept as `_`")?;
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
    about: &'a About,
    /// The file beside the lake, where there is one.
    file: Option<&'a Declared>,
    /// Whether a part may say its own instant (a system time, an `at`).
    has_instants: bool,
    /// The names of what was asked about.
    names: Vec<String>,
    /// A part was drawn that may fail on what is visible.
    may_fail: bool,
}

/// Columns by which relations are joined.
const SHARED: [&str; 7] = ["report", "scope", "contract_code", "category", "source", "series_id", "as_of"];
const PLAIN: [Kind; 4] = [Kind::Text, Kind::Date, Kind::Int, Kind::Bool];

impl<'a> Asker<'a> {
    pub fn new(dice: &'a mut Dice, clock: KnowledgeTime, about: &'a About) -> Self {
        Self { dice, clock, about, file: None, has_instants: true, names: Vec::new(), may_fail: false }
    }

    pub fn with_file(self, file: &'a Declared) -> Self {
        Self { file: Some(file), ..self }
    }

    pub fn question(&mut self) -> Question {
        let mut question = match self.dice.below(24) {
            0 => self.risky(),
            1 => self.calendar(),
            2 => self.about_file(),
            3 => self.described(),
            _ => {
                let depth = *self.dice.of(&[0, 0, 1, 1, 2]);
                let select = self.select(depth);
                self.asked(select)
            }
        };
        question.may_fail |= self.may_fail;
        question.names = std::mem::take(&mut self.names);
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
        let other_clock = (!self.dice.one_in(3)).then(|| self.dice.instant(&self.about.instants));
        let text = select.text;
        let mut question = match self.dice.below(18) {
            14 | 15 => {
                // what is below may have been made later than that, or say a later instant
                self.may_fail = true;
                let earlier = self.dice.instant(&self.about.instants).min(self.clock);
                let made = format!("CREATE OR REPLACE VIEW asked AS SELECT q.*, current_date AS today FROM ({text}) q");
                let query = format!("SELECT * FROM asked FOR SYSTEM_TIME AS OF TIMESTAMP '{earlier}'");
                if self.dice.one_in(3) {
                    let kept = format!("CREATE OR REPLACE TABLE below AS {text}");
                    let made = "CREATE OR REPLACE VIEW asked AS SELECT * FROM below".to_string();
                    return Question { before: vec![kept, made], query: "SELECT * FROM asked".into(), ..Question::default() };
                }
                Question { elsewhere: vec![made], query, ..Question::default() }
            }
            16 if self.dice.one_in(3) => {
                // what is for the person alone is not kept, and there is nothing to ask then
                self.may_fail = true;
                let kept = format!("{} {text}", self.dice.of(&["EXPLAIN", "EXPLAIN PIT"]));
                Question { kept: Some(kept), query: "SELECT * FROM _".into(), ..Question::default() }
            }
            16 => Question { kept: Some(text), query: "SELECT * FROM _".into(), ..Question::default() },
            17 => {
                let n = self.dice.below(40);
                let made = format!("PREPARE asked AS SELECT q.*, $1 AS given FROM ({text}) q WHERE $2 >= {n}");
                Question { elsewhere: vec![made], query: format!("EXECUTE asked('x', {})", self.dice.below(60)), ..Question::default() }
            }
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
        let earlier = self.dice.instant(&self.about.instants).min(self.clock);
        let earlier = self.has_instants.then_some(earlier);
        let relation = if self.has_instants && self.dice.one_in(6) {
            self.may_fail = true;
            calls::any(self.dice, self.about, earlier)
        } else {
            relations::any(self.dice, self.about, earlier)
        };
        self.names.push(relation.name().to_string());
        relation
    }

    /// What the file beside the lake holds, by itself or with the lake.
    fn about_file(&mut self) -> Question {
        let Some(file) = self.file else { return self.calendar() };
        let name = format!("declared_{}", self.dice.next());
        let mut before = vec![file.statement(&name)];
        let of_file = over(name.clone(), columns(&["figure"], Kind::Float).chain(columns(&["published"], Kind::Text)).collect());
        let query = match self.dice.below(5) {
            0 => format!("SELECT count(*), min(published), max(published), sum(figure) FROM {name}"),
            1 => {
                let other = self.relation();
                let condition = if other.has("as_of") { "CAST(b.published AS VARCHAR) >= CAST(a.as_of AS VARCHAR)" } else { "1 = 1" };
                format!("SELECT count(*) FROM {} AS a JOIN {name} AS b ON {condition}", other.from)
            }
            2 => {
                before.push(format!("CREATE OR REPLACE VIEW asked AS SELECT d.*, (SELECT max(as_of) FROM cot) AS newest FROM {name} AS d"));
                let earlier = self.dice.instant(&self.about.instants).min(self.clock);
                self.may_fail = true;
                match self.dice.one_in(2) {
                    true => "SELECT * FROM asked".into(),
                    false => format!("SELECT * FROM asked FOR SYSTEM_TIME AS OF TIMESTAMP '{earlier}'"),
                }
            }
            3 => format!("SELECT arrow_typeof(figure), arrow_typeof(published), figure, published FROM {name}"),
            _ => format!("SELECT figure AS c0 FROM {name} AS a WHERE {}", self.condition(&of_file.columns[..1], "a")),
        };
        Question { before, query, ..Question::default() }
    }

    /// The names and types that there are, with a view that was made earlier, a table of the session and a result among them.
    fn described(&mut self) -> Question {
        let (view, table, result) = (self.select(1).text, self.select(1).text, self.select(1).text);
        let query = *self.dice.of(&[
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema <> 'information_schema'",
            "SELECT table_schema, table_name, table_type FROM information_schema.tables",
            "DESCRIBE asked",
            "DESCRIBE kept",
            "DESCRIBE _",
            "SHOW COLUMNS FROM asked",
            "SHOW TABLES",
        ]);
        Question {
            elsewhere: vec![format!("CREATE OR REPLACE VIEW asked AS {view}")],
            other_clock: (!self.dice.one_in(3)).then(|| self.dice.instant(&self.about.instants)),
            before: vec![format!("CREATE OR REPLACE TABLE kept AS {table}")],
            kept: Some(result),
            query: query.to_string(),
            ..Question::default()
        }
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
        let may_name = query.contains("contract_code").then(|| format!("SELECT DISTINCT contract_code FROM cot{face}"));
        Question { query, may_fail: true, may_name, ..Question::default() }
    }

    /// What needs no lake, or is about its names.
    fn calendar(&mut self) -> Question {
        let query = match self.dice.below(8) {
            5 => "SELECT * FROM meta.table_ranges".to_string(),
            6 => "SELECT * FROM meta.freshness".to_string(),
            7 => "SELECT * FROM meta.series".to_string(),
            0 => "SELECT now(), current_date, current_timestamp, today()".to_string(),
            1 => "SELECT * FROM releases('cot') WHERE as_of > '2022-12-01'".to_string(),
            2 => {
                "SELECT c.as_of, c.long, r.released_at FROM cot c JOIN releases('cot') r ON c.as_of = r.as_of WHERE r.released".to_string()
            }
            3 => "SELECT m.series_id, m.as_of, c.as_of FROM macro_series_readings m JOIN cot_tff c ON c.available_at <= m.available_at \
                  WHERE m.available_at > now() - INTERVAL '7 days' AND c.as_of > current_date - INTERVAL '14 days'"
                .into(),
            _ => "SELECT table_name, column_name, data_type FROM information_schema.columns".to_string(),
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

    /// A query for a view that says no instant of its own. It may call functions, and ask for the present.
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
