//! Fills the vocabulary while the person types: SQL on a session beside theirs, under their clock, one query after the other.
//!
//! What comes from rows of the lake holds for one clock: when it moves, those words are gone before the next prompt is there and are asked
//! for anew. A statement of the person's stops the loading, and the next prompt takes it up where it stood. It tells nothing: a query that
//! is refused leaves words out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use tokio::task::JoinHandle;

use super::lexer::{self, Kind};
use super::vocabulary::Vocabulary;
use crate::engine::{Answer, FUNCTIONS, LAST_RESULT, Session};
use crate::error::Error;
use crate::shell::format;
use crate::time::KnowledgeTime;

/// The prompt comes first, and so does someone who types at once.
const DELAY: Duration = Duration::from_millis(150);
/// Values of a column beyond which nobody looks for one in a list.
const MAX_VALUES: usize = 20_000;

/// What is to be asked, in this order.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Columns,
    Meta,
    Functions,
    /// A table or view that the session made.
    Own(String),
    /// The columns of a table function, of its documented example.
    Call(&'static str, &'static str),
    Values(&'static str, &'static str),
}

/// Values by table: each column of the query is one of the table's, or of any where no table is named.
const VALUES: &[(&str, &str)] = &[
    ("", "SELECT root, dataset, parent, exchange, currency FROM meta.roots"),
    ("", "SELECT category, report FROM meta.cot_features"),
    ("macro_series", "SELECT source, series_id FROM meta.series_metadata"),
    ("flow_data", "SELECT series_id, root, report, contract_code, category FROM meta.flow_series"),
    ("features", "SELECT feature FROM meta.cot_features"),
    ("cot", "SELECT DISTINCT report, scope, category, contract_code, root FROM cot"),
    ("macro_series", "SELECT DISTINCT source, series_id, unit FROM macro_series"),
    ("curves", "SELECT DISTINCT curve_id, kind, tenor FROM curves"),
    ("futures_ohlcv", "SELECT DISTINCT dataset, symbol, basis FROM futures_ohlcv"),
    ("futures_statistics", "SELECT DISTINCT dataset, symbol, stat FROM futures_statistics"),
    ("futures_bars", "SELECT DISTINCT dataset, symbol FROM futures_ohlcv"),
];

/// What the editor and the loading share.
struct State {
    vocabulary: Arc<Vocabulary>,
    /// Goes up whenever what is being asked is no longer wanted.
    round: u64,
    pending: VecDeque<Step>,
}

/// The vocabulary of now.
#[derive(Clone)]
pub struct Words(Arc<Mutex<State>>);

impl Words {
    pub fn get(&self) -> Arc<Vocabulary> {
        self.state().vocabulary.clone()
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the vocabulary in step with a session.
pub struct Loader {
    words: Words,
    /// Clock and names that the vocabulary stands for; nothing before the first prompt.
    standing: Option<(Option<KnowledgeTime>, Vec<String>)>,
    task: Option<JoinHandle<()>>,
}

impl Loader {
    pub fn new() -> Self {
        let vocabulary = Arc::new(Vocabulary::built_in());
        let state = State { vocabulary, round: 0, pending: VecDeque::new() };
        Self { words: Words(Arc::new(Mutex::new(state))), standing: None, task: None }
    }
    pub fn words(&self) -> Words {
        self.words.clone()
    }

    /// Before a prompt: forgets what no longer holds, and goes on loading. `last` are the columns of the last result.
    pub fn resume(&mut self, session: &Session, last: Vec<String>) {
        let clock = session.clock();
        let names: Vec<String> = session.names().into_iter().filter(|name| name != LAST_RESULT).collect();
        if self.task.as_ref().is_some_and(|task| !task.is_finished()) {
            // no statement has run since
            return;
        }
        {
            let mut state = self.words.state();
            let before = self.standing.take();
            let has_moved = before.as_ref().is_none_or(|(then, _)| *then != clock);
            if before.is_none() {
                state.pending.extend([Step::Columns, Step::Functions, Step::Meta]);
            }
            let known = before.map_or(Vec::new(), |(_, names)| names);
            let vocabulary = Arc::make_mut(&mut state.vocabulary);
            if has_moved {
                vocabulary.forget_values();
            }
            // one that was made anew may have other columns
            vocabulary.forget_tables(&known);
            names.iter().for_each(|name| vocabulary.learn_columns(name, &[]));
            if !last.is_empty() {
                vocabulary.learn_columns(LAST_RESULT, &last);
            } else {
                vocabulary.forget_tables(&[LAST_RESULT.to_string()]);
            }
            vocabulary.last = last;
            state.pending.retain(|step| match step {
                Step::Own(_) => false,
                Step::Call(..) | Step::Values(..) => !has_moved,
                Step::Columns | Step::Meta | Step::Functions => true,
            });
            for name in names.iter().rev() {
                state.pending.push_front(Step::Own(name.clone()));
            }
            if has_moved {
                let calls = FUNCTIONS.iter().filter(|function| function.is_table()).map(|function| function.documentation());
                state.pending.extend(VALUES.iter().map(|(table, sql)| Step::Values(table, sql)));
                state.pending.extend(calls.map(|function| Step::Call(function.name, function.example)));
            }
            if state.pending.is_empty() {
                self.standing = Some((clock, names));
                return;
            }
        }
        self.standing = Some((clock, names));
        let round = self.words.state().round;
        self.task = Some(tokio::spawn(load(session.beside(), self.words.clone(), round)));
    }

    /// Before a statement: what is being asked is dropped, and asked again later.
    pub fn pause(&mut self) {
        self.words.state().round += 1;
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

async fn load(mut session: Session, words: Words, round: u64) {
    tokio::time::sleep(DELAY).await;
    loop {
        let step = {
            let state = words.state();
            match state.pending.front() {
                Some(step) if state.round == round => step.clone(),
                _ => return,
            }
        };
        let found = ask(&mut session, &step).await.unwrap_or_default();
        let mut state = words.state();
        if state.round != round {
            return;
        }
        state.pending.pop_front();
        learn(Arc::make_mut(&mut state.vocabulary), &step, found);
    }
}

/// Columns and rows of an answer, as texts.
#[derive(Debug, Default)]
struct Found {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Of several tables, by name.
    tables: Vec<(String, Vec<String>)>,
}

async fn ask(session: &mut Session, step: &Step) -> Result<Found, Error> {
    match step {
        Step::Columns => rows(session, "SELECT table_name, column_name FROM meta.columns").await,
        Step::Functions => rows(session, "SELECT DISTINCT routine_name FROM information_schema.routines").await,
        Step::Meta => {
            let names = rows(session, "SELECT name FROM meta.catalogue").await?.rows.into_iter().filter_map(|row| row.into_iter().next());
            let mut found = Found::default();
            for name in names.map(|name| format!("meta.{name}")) {
                // asking for the columns of a table of the metadata would make its database
                let columns = if session.has_metadata() { shown(session, &name).await.unwrap_or_default() } else { Vec::new() };
                found.tables.push((name, columns));
            }
            Ok(found)
        }
        Step::Own(name) => Ok(Found { columns: shown(session, &format!("\"{}\"", name.replace('"', "\"\""))).await?, ..Found::default() }),
        Step::Call(name, example) => {
            let call = call_of(example, name).unwrap_or_default();
            Ok(Found { columns: shown(session, &call).await?, ..Found::default() })
        }
        Step::Values(_, sql) => rows(session, sql).await,
    }
}

/// The columns of a relation, which is planned and not read.
async fn shown(session: &mut Session, relation: &str) -> Result<Vec<String>, Error> {
    match session.run(&format!("SELECT * FROM {relation} LIMIT 0")).await? {
        Answer::Rows { schema, .. } => Ok(schema.fields().iter().map(|field| field.name().clone()).collect()),
        Answer::Done { .. } => Ok(Vec::new()),
    }
}

async fn rows(session: &mut Session, sql: &str) -> Result<Found, Error> {
    let Answer::Rows { schema, mut stream, .. } = session.run(sql).await? else { return Ok(Found::default()) };
    let mut found = Found { columns: schema.fields().iter().map(|field| field.name().clone()).collect(), ..Found::default() };
    while let Some(batch) = stream.next().await {
        let texts = format::texts(&batch?).map_err(|error| Error::internal(error.to_string()))?;
        found.rows.extend(texts);
        if found.rows.len() > MAX_VALUES {
            break;
        }
    }
    Ok(found)
}

fn learn(vocabulary: &mut Vocabulary, step: &Step, found: Found) {
    match step {
        Step::Columns => {
            let mut tables: Vec<(String, Vec<String>)> = Vec::new();
            for row in found.rows {
                let [table, column] = <[String; 2]>::try_from(row).unwrap_or_default();
                match tables.last_mut().filter(|(name, _)| *name == table) {
                    Some((_, columns)) => columns.push(column),
                    None => tables.push((table, vec![column])),
                }
            }
            tables.iter().for_each(|(table, columns)| vocabulary.learn_columns(table, columns));
        }
        Step::Meta => found.tables.iter().for_each(|(table, columns)| vocabulary.learn_columns(table, columns)),
        Step::Functions => found.rows.iter().flatten().for_each(|name| vocabulary.learn_function(name)),
        Step::Own(name) => vocabulary.learn_columns(name, &found.columns),
        Step::Call(name, _) => vocabulary.learn_function_columns(name, found.columns),
        Step::Values(table, _) => {
            for row in found.rows {
                let named = found.columns.iter().zip(row).filter(|(_, value)| !value.is_empty());
                named.for_each(|(column, value)| vocabulary.learn_value(table, column, value));
            }
        }
    }
}

/// The call of a function as it stands in a statement.
fn call_of(statement: &str, function: &str) -> Option<String> {
    let tokens = lexer::tokens(statement);
    let at = (0..tokens.len()).find(|at| {
        tokens[*at].kind == Kind::Word
            && tokens[*at].is(statement, function)
            && tokens.get(at + 1).is_some_and(|next| next.is(statement, "("))
    })?;
    let mut depth = 0_usize;
    for token in &tokens[at + 1..] {
        match token.of(statement) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(statement[tokens[at].start..token.end].to_string());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_is_found_in_its_example() {
        let example = "SELECT a FROM carry('CL', ranks => [f(0), 1]) ORDER BY a";
        assert_eq!(call_of(example, "carry").as_deref(), Some("carry('CL', ranks => [f(0), 1])"));
        assert_eq!(call_of(example, "zscore"), None);
    }

    #[test]
    fn every_table_function_shows_a_call_of_itself() {
        for function in FUNCTIONS.iter().filter(|function| function.is_table()).map(|function| function.documentation()) {
            assert!(call_of(function.example, function.name).is_some(), "{}", function.name);
        }
    }
}
