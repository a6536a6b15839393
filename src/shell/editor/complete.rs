//! Completion: a text, a cursor and a vocabulary give candidates. Pure but for the names of files, which the caller lists.
//!
//! Inside a literal it offers values or files, in a call its arguments, after FROM tables, after an operand clauses, else what an expression
//! may begin with. It never asks the engine: what is not loaded yet is not offered.

use super::command;
use super::lexer::Kind;
use super::statement::{Call, Statement};
use super::vocabulary::{self, Vocabulary};
use super::words;

/// More candidates than anyone reads; a list beyond it is cut in the middle, so that what all have in common stays true.
const MAX_CANDIDATES: usize = 2_000;

/// What may stand in place of the text from `start` to the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    pub start: usize,
    pub candidates: Vec<Candidate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As listed.
    pub shown: String,
    /// As inserted.
    pub inserted: String,
}

impl Candidate {
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { shown: text.clone(), inserted: text }
    }
}

/// Lists the files whose path begins so; folders end with `/`.
pub type ListFiles<'a> = &'a dyn Fn(&str) -> Vec<String>;

/// The candidates at a cursor, which is a byte offset at the start of a character.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary, files: ListFiles<'_>) -> Completion {
    let mut completion = match command::complete(text, cursor, vocabulary, files) {
        Some(completion) => completion,
        None => of_statement(&Statement::at(text, cursor), vocabulary, files),
    };
    let candidates = &mut completion.candidates;
    if candidates.len() > MAX_CANDIDATES {
        candidates.sort_by(|a, b| a.inserted.cmp(&b.inserted));
        candidates.drain(MAX_CANDIDATES - 1..candidates.len() - 1);
    }
    completion
}

fn of_statement(statement: &Statement<'_>, vocabulary: &Vocabulary, files: ListFiles<'_>) -> Completion {
    let kind = statement.current.map(|token| token.kind);
    if statement.is_comment || matches!(kind, Some(Kind::Number | Kind::Parameter)) {
        return Completion::default();
    }
    if kind == Some(Kind::Text) {
        return literal(statement, vocabulary, files);
    }
    let prefix = statement.prefix();
    let start = statement.cursor - prefix.len();
    let mut list = List { prefix, candidates: Vec::new() };
    fill(&mut list, statement, vocabulary);
    Completion { start, candidates: list.candidates }
}

/// Candidates that begin as what is typed does, each once.
struct List<'a> {
    prefix: &'a str,
    candidates: Vec<Candidate>,
}

impl List<'_> {
    fn add(&mut self, text: &str, suffix: &str) {
        if begins(text, self.prefix) {
            let candidate = Candidate { shown: format!("{text}{}", suffix.trim_end()), inserted: format!("{text}{suffix}") };
            if !self.candidates.contains(&candidate) {
                self.candidates.push(candidate);
            }
        }
    }
    fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        names.into_iter().for_each(|name| self.add(&quoted_name(name), ""));
    }
    /// Keywords in the case of what is typed, else in that of the statement.
    fn keywords(&mut self, keywords: &[&str], statement: &Statement<'_>) {
        let is_lower = match self.prefix {
            "" => statement.is_in_lower_case(),
            typed => !typed.contains(|c: char| c.is_ascii_uppercase()),
        };
        keywords.iter().for_each(|word| if is_lower { self.add(&word.to_lowercase(), "") } else { self.add(word, "") });
    }
}

fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// A name as SQL needs it: what folding to lower case would change is quoted.
fn quoted_name(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'))
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { name.to_string() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn fill(list: &mut List<'_>, statement: &Statement<'_>, vocabulary: &Vocabulary) {
    let before = statement.before(0);
    if before == "." {
        return after_dot(list, statement, vocabulary);
    }
    if before.is_empty() {
        return list.keywords(words::STATEMENTS, statement);
    }
    if matches!(before.as_str(), "SET" | "RESET" | "SHOW") && statement.before(1).is_empty() {
        return list.names(vocabulary::settings().map(|(name, _)| name));
    }
    if words::BEFORE_TABLES.contains(&before.as_str()) || (before == "," && statement.clause().as_deref() == Some("FROM")) {
        return relations(list, statement, vocabulary);
    }
    if let Some((_, followers)) = words::FOLLOWERS.iter().find(|(words, _)| words.contains(&before.as_str())) {
        return list.keywords(followers, statement);
    }
    if let Some(call) = statement.call().filter(|call| vocabulary.function(&call.function).is_some_and(|known| known.is_table)) {
        return arguments(list, &call, vocabulary);
    }
    if statement.follows_operand() {
        return list.keywords(words::CLAUSES, statement);
    }
    if let Some(column) = statement.compared_column() {
        let values = column_values(statement, &column, vocabulary);
        values.iter().for_each(|value| list.add(&format!("'{}'", value.replace('\'', "''")), ""));
    }
    expression(list, statement, vocabulary);
}

/// Tables and table functions; the names of WITH first.
fn relations(list: &mut List<'_>, statement: &Statement<'_>, vocabulary: &Vocabulary) {
    let with = statement.with_names();
    list.names(with.iter().map(String::as_str));
    let (about, plain): (Vec<&str>, Vec<&str>) = vocabulary.tables().partition(|name| name.contains('.'));
    list.names(plain);
    for (name, _) in vocabulary.functions().filter(|(_, known)| known.is_table) {
        list.add(name, "(");
    }
    if list.prefix.is_empty() {
        return list.add("meta.", "");
    }
    list.names(about);
}

/// Columns of a table or alias, or tables of a schema.
fn after_dot(list: &mut List<'_>, statement: &Statement<'_>, vocabulary: &Vocabulary) {
    let Some(owner) = statement.name_before(1) else { return };
    let schema = format!("{owner}.");
    let found: Vec<_> = statement.relations();
    let relation = found.iter().find(|relation| match &relation.alias {
        Some(alias) => *alias == owner,
        None => relation.name == owner || relation.name.rsplit('.').next() == Some(owner.as_str()),
    });
    match relation {
        Some(relation) => list.names(columns(relation.is_call, &relation.name, vocabulary)),
        None => {
            list.names(vocabulary.tables().filter_map(|name| name.strip_prefix(&schema)));
            // an alias whose table is written later
            if list.candidates.is_empty() && !list.prefix.is_empty() {
                list.names(vocabulary.all_columns());
            }
        }
    }
}

fn columns<'v>(is_call: bool, name: &str, vocabulary: &'v Vocabulary) -> impl Iterator<Item = &'v str> {
    let columns = match vocabulary.function(name) {
        Some(function) if is_call => function.columns.as_slice(),
        _ => vocabulary.columns(name),
    };
    columns.iter().map(String::as_str)
}

/// Arguments of a table function that are not given yet, and the values of the one that is being written.
fn arguments(list: &mut List<'_>, call: &Call, vocabulary: &Vocabulary) {
    let Some(signature) = vocabulary.function(&call.function) else { return };
    let place = match &call.argument {
        Some(name) => Some(name.as_str()),
        None if call.is_at_start && call.given.is_empty() => signature.parameters.get(call.place).copied(),
        None => None,
    };
    if let Some(parameter) = place {
        let values = vocabulary.argument_values(&call.function, parameter, call.first.as_deref());
        values.iter().for_each(|value| list.add(&format!("'{value}'"), ""));
    }
    if call.is_at_start && call.argument.is_none() {
        let n_positional = if call.given.is_empty() { call.place } else { call.place.saturating_sub(call.given.len()) };
        let free = signature.parameters.iter().skip(n_positional).filter(|name| !call.given.iter().any(|given| given == *name));
        free.for_each(|name| list.add(name, " => "));
    }
}

/// What an expression may begin with. Before anything is typed: columns, aliases and functions of our own.
fn expression(list: &mut List<'_>, statement: &Statement<'_>, vocabulary: &Vocabulary) {
    let found = statement.relations();
    for relation in &found {
        list.names(columns(relation.is_call, &relation.name, vocabulary));
    }
    for relation in &found {
        list.names(relation.alias.as_deref().or(Some(relation.name.as_str())).filter(|name| !name.is_empty() && !name.contains('.')));
    }
    let is_typed = !list.prefix.is_empty();
    if found.is_empty() && is_typed {
        list.names(vocabulary.all_columns());
    }
    for (name, _) in vocabulary.functions().filter(|(_, known)| known.is_value && (is_typed || known.is_own)) {
        list.add(name, "(");
    }
    if is_typed {
        list.keywords(words::EXPRESSIONS, statement);
        list.keywords(words::CLAUSES, statement);
    }
}

/// Inside a string literal: files where a table is expected, else values of the argument, the setting or the column.
fn literal(statement: &Statement<'_>, vocabulary: &Vocabulary, files: ListFiles<'_>) -> Completion {
    let Some(token) = statement.current.filter(|token| token.of(statement.text).starts_with('\'')) else {
        return Completion::default();
    };
    let start = token.start + 1;
    let typed = &statement.text[start..statement.cursor];
    let before = statement.before(0);
    if matches!(before.as_str(), "FROM" | "JOIN" | "TO" | "LOCATION") {
        return Completion { start, candidates: files(typed).into_iter().map(Candidate::plain).collect() };
    }
    let call = statement.call().filter(|call| vocabulary.function(&call.function).is_some());
    let values: Vec<&str> = if let Some(column) = statement.compared_column() {
        column_values(statement, &column, vocabulary)
    } else if let Some(call) = call {
        let parameters = vocabulary.function(&call.function).map_or(&[][..], |known| known.parameters);
        let parameter = call.argument.as_deref().or(parameters.get(call.place).copied());
        let first = call.first.as_deref().filter(|_| call.place > 0);
        parameter.map_or_else(Vec::new, |parameter| vocabulary.argument_values(&call.function, parameter, first))
    } else {
        Vec::new()
    };
    // what stands behind the cursor is kept; a quote that closes it is there already
    let end = if token.is_closed && statement.cursor < token.end { "" } else { "'" };
    let candidates = values
        .into_iter()
        .filter(|value| begins(value, typed))
        .map(|value| Candidate { shown: value.to_string(), inserted: format!("{}{end}", value.replace('\'', "''")) });
    Completion { start, candidates: candidates.collect() }
}

/// Values of a column of the statement's tables, or the words of a setting.
fn column_values<'v>(statement: &Statement<'_>, column: &(Option<String>, String), vocabulary: &'v Vocabulary) -> Vec<&'v str> {
    let (owner, name) = column;
    if statement.clause().as_deref() == Some("SET") {
        let setting = owner.iter().map(|owner| format!("{owner}.{name}")).next().unwrap_or_else(|| name.clone());
        return vocabulary::settings().find(|(known, _)| *known == setting).map_or_else(Vec::new, |(_, words)| words);
    }
    let found = statement.relations();
    let owned = found.iter().filter(|relation| owner.is_none() || relation.alias == *owner || Some(&relation.name) == owner.as_ref());
    let tables: Vec<&str> = owned.map(|relation| relation.name.as_str()).collect();
    vocabulary.values(&tables, name)
}

#[cfg(test)]
mod tests;
