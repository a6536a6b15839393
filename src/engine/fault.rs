//! DataFusion's errors in our words, with the place in the statement that they speak of.
//!
//! What is wrong with a text that does not parse is [`syntax`]'s to say, sentences without a type of their own are reworded in [`words`], and
//! [`place`] finds in the statement what an error without a place speaks of.

mod place;
mod syntax;
mod words;

use std::collections::HashSet;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;

pub use place::located;
pub use syntax::{of_parser, of_tokenizer};
use words::between;

use super::parse::lower_first;
use super::types::in_sql_words;
use super::{bounds, meta, views};
use crate::config::closest;
use crate::error::Error;

/// Columns or forms that a hint lists before it says how many more there are.
const LISTED: usize = 12;

/// The error for the person who wrote the statement.
pub fn explain(error: DataFusionError) -> Error {
    if let Some(own) = Error::own_in(&error) {
        return own;
    }
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let notes: Vec<String> = error.diagnostic().map_or_else(Vec::new, |diagnostic| {
        let helps = diagnostic.helps.iter().map(|help| help.message.clone());
        helps.chain(diagnostic.notes.iter().map(|note| note.message.clone())).collect()
    });
    let said = match error.find_root() {
        DataFusionError::SchemaError(schema, _) => of_schema(schema, &notes),
        DataFusionError::ArrowError(arrow, _) => of_arrow(arrow),
        DataFusionError::ResourcesExhausted(said) => Some(exhausted(said)),
        _ => None,
    };
    let said = said.unwrap_or_else(|| of_text(&Error::from(error), &notes));
    match span {
        Some(span) if said.place().character.is_none() => said.at_character(span.start.line, span.start.column),
        _ => said,
    }
}

/// An operator was refused memory that it cannot do without, or the folder of temporary files has no room for what it spills.
fn exhausted(said: &str) -> Error {
    if said.contains("disk space") || said.contains("max_temp_directory_size") {
        return Error::query("the statement writes more to temporary files than it may (100 GB)").hint("ask for fewer rows or columns");
    }
    bounds::too_much(None)
}

fn of_schema(error: &SchemaError, notes: &[String]) -> Option<Error> {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => Some(unknown_column(field, valid_fields)),
        SchemaError::AmbiguousReference { field } => {
            let said = Error::query(format!("`{}` may be a column of several tables", field.name));
            let ways: Vec<String> = notes.iter().filter_map(|note| note.rsplit(' ').next()).map(|name| format!("`{name}`")).collect();
            Some(if ways.is_empty() { said } else { said.hint(format!("write {}", ways.join(" or "))) })
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            Some(Error::query(format!("two columns are named `{name}`")).hint("give one of them another name with AS"))
        }
    }
}

/// Words that cannot be meant as a column: what should stand before them was left out.
const KEYWORDS: [&str; 9] = ["from", "where", "group", "order", "having", "limit", "union", "select", "join"];

fn unknown_column(field: &Column, valid: &[Column]) -> Error {
    if field.relation.is_none() && KEYWORDS.contains(&field.name.as_str()) {
        let keyword = field.name.to_uppercase();
        return Error::query(format!("`{keyword}` stands where a value was expected"))
            .hint(format!("something is missing before `{keyword}`"));
    }
    let shown = |column: &Column| match &field.relation {
        Some(_) => column.flat_name().replace("contango.main.", ""),
        None => column.name.clone(),
    };
    let error = Error::query(format!("there is no column `{}`", shown(field)));
    let other_case = || valid.iter().find(|column| column.name.to_lowercase() == field.name.to_lowercase());
    if let Some(same) = other_case() {
        return error.hint(match same.name.chars().any(char::is_uppercase) {
            true => format!("capitals count inside quotes: write `\"{}\"`", same.name),
            false => format!("did you mean `{}`?", shown(same)),
        });
    }
    if let Some(near) = closest(&field.name, valid.iter().map(|column| column.name.as_str())) {
        let near = valid.iter().find(|column| column.name == near).map_or_else(|| near.to_string(), shown);
        return error.hint(format!("did you mean `{near}`?"));
    }
    let text = format!("a text stands in single quotes, '{}'", field.name);
    if valid.is_empty() {
        return error.hint(text);
    }
    if field.relation.is_none() && field.name.chars().any(|c| !c.is_lowercase() && c != '_') {
        return error.hint(text);
    }
    error.hint(format!(
        "{text}; the columns are {}",
        listed(distinct(valid.iter().map(|column| format!("`{}`", shown(column)))).into_iter())
    ))
}

/// Each name once, where it stands first: a query's columns may be offered beside those that they are made of.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let mut text = names.take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn of_arrow(error: &ArrowError) -> Option<Error> {
    match error {
        ArrowError::DivideByZero => Some(Error::query("division by zero").hint("`x / NULLIF(y, 0)` is NULL where y is 0")),
        ArrowError::CastError(text) => Some(not_of_type(text)),
        ArrowError::ParseError(text) | ArrowError::InvalidArgumentError(text) => Some(words::of(text, &[])),
        ArrowError::ArithmeticOverflow(text) => {
            Some(Error::query(lower_first(text)).hint("a number is too large for its type: compute in DOUBLE"))
        }
        _ => None,
    }
}

/// `Cannot cast string '2023-13-45' to value of Date32 type`
fn not_of_type(text: &str) -> Error {
    let parts = text.strip_prefix("Cannot cast string '").and_then(|rest| rest.split_once("' to value of "));
    let Some((value, kind)) = parts else { return Error::query(in_sql_words(&lower_first(text))) };
    let kind = in_sql_words(kind.trim_end_matches(" type"));
    let error = Error::query(format!("`{value}` is no {kind}"));
    match kind.as_str() {
        "DATE" => error.hint("a date is written '2019-02-05'"),
        kind if kind.starts_with("TIMESTAMP") => error.hint("an instant is written '2019-02-05 20:30:00Z'"),
        _ => error.hint("a text is compared with a text in single quotes; TRY_CAST is NULL where a value does not convert"),
    }
}

/// An error that is only a text.
fn of_text(plain: &Error, notes: &[String]) -> Error {
    let message = plain.message().replace("contango.main.", "").replace("contango.", "");
    if let Some(rest) = message.strip_prefix("Invalid function '") {
        return unknown_function(rest);
    }
    if let Some((_, rest)) = message.split_once("No function matches the given name and argument types '") {
        return no_form(rest);
    }
    if let Some(column) = between(&message, "column \"", "\" must appear in the GROUP BY") {
        let bare = column.rsplit('.').next().unwrap_or(column);
        return Error::query(format!("`{column}` stands neither in GROUP BY nor in an aggregate function"))
            .hint(format!("add it to GROUP BY, or write an aggregate such as max({bare})"));
    }
    if let Some(expression) = between(&message, "Cannot coerce arithmetic expression ", " to valid types") {
        let expression = in_sql_words(expression);
        let hint = match ["DATE", "TIMESTAMP", "INTERVAL"].iter().any(|kind| expression.contains(kind)) {
            true => "a span of time is written INTERVAL '7 days', a date DATE '2019-02-05'",
            false => "convert one side: CAST(x AS DOUBLE)",
        };
        return Error::query(format!("`{expression}` cannot be computed")).hint(hint);
    }
    let lower = lower_first(&message);
    if let Some(name) = between(&lower, "table '", "' not found") {
        return unknown_table(name);
    }
    words::of(&message, notes)
}

/// `zscor'.\nDid you mean 'zscore'?`
fn unknown_function(rest: &str) -> Error {
    let name = rest.split('\'').next().unwrap_or(rest);
    if let Some(other) = other_kind(name) {
        return other;
    }
    let error = Error::query(format!("there is no function `{name}`"));
    let offered = between(rest, "Did you mean '", "'");
    let own = super::functions::FUNCTIONS.iter().map(|function| function.documentation().name);
    match closest(name, own.chain(offered)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`SHOW FUNCTIONS` lists all, `SELECT * FROM meta.functions` our own"),
    }
}

/// A function that there is, and that is used as it cannot be.
fn other_kind(name: &str) -> Option<Error> {
    let lower = name.to_lowercase();
    let is_window = |name: &str| datafusion::functions_window::all_default_window_functions().iter().any(|window| window.name() == name);
    let own = super::functions::FUNCTIONS
        .iter()
        .any(|function| matches!(function, super::functions::Function::Window(..)) && function.documentation().name == lower);
    if own || is_window(&lower) {
        return Some(
            Error::query(format!("`{lower}` is a window function and lacks its OVER"))
                .hint(format!("write {lower}(...) OVER (PARTITION BY key ORDER BY as_of ROWS 51 PRECEDING)")),
        );
    }
    super::functions::table_names()
        .any(|table| table == lower)
        .then(|| Error::query(format!("`{lower}` gives a table, not a value")).hint(format!("write SELECT ... FROM {lower}(...)")))
}

/// `sum(Utf8)'. You might need to add explicit type casts.\n\tCandidate functions:\n\tsum(Decimal)\n…`
fn no_form(rest: &str) -> Error {
    let call = rest.split('\'').next().unwrap_or(rest);
    let error = Error::query(format!("there is no `{}`", in_sql_words(call)));
    let Some((_, forms)) = rest.split_once("Candidate functions:") else { return error };
    let forms = forms.lines().map(str::trim).filter(|form| !form.is_empty()).map(in_sql_words);
    let forms = forms.map(|form| form.replace("Integer", "INTEGER").replace("String", "VARCHAR").replace("Time)", "TIME)"));
    let mut forms: Vec<String> = forms.collect();
    forms.dedup();
    if forms.is_empty() {
        return error;
    }
    error.hint(format!("there is {}", listed(forms.into_iter().map(|form| format!("`{form}`")))))
}

fn unknown_table(name: &str) -> Error {
    if name == super::LAST_RESULT {
        return Error::query("there is no last result that a query can read")
            .hint("a plan is for the person alone, and a result that was cut short or is too large is not kept; run the query again");
    }
    let error = Error::query(format!("there is no table `{name}`"));
    let names: Vec<String> = views::lake_names().chain(meta::names().map(|(name, _)| format!("meta.{name}"))).collect();
    if let Some((_, bare)) = name.split_once('.')
        && let Some(same) = names.iter().find(|known| *known == bare)
    {
        return error.hint(format!("did you mean `{same}`?"));
    }
    // `roots` is looked for where everything of its kind lies
    if let Some(meta) = names.iter().find(|known| known.strip_prefix("meta.") == Some(name)) {
        return error.hint(format!("did you mean `{meta}`?"));
    }
    match closest(name, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if name.starts_with("meta.") => error.hint("`SELECT * FROM meta.catalogue` lists what there is"),
        None => error.hint("`SHOW TABLES` lists what there is; a file is written in quotes, FROM 'bars.parquet'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_that_does_not_convert_is_named_with_its_type() {
        let error = not_of_type("Cannot cast string '2023-13-45' to value of Date32 type");
        assert_eq!(error.to_string(), "`2023-13-45` is no DATE\nhint: a date is written '2019-02-05'");
    }

    #[test]
    fn far_suggestion_for_a_function_is_none() {
        assert!(unknown_function("frobnicate'.\nDid you mean 'concat'?").to_string().contains("SHOW FUNCTIONS"));
        assert!(unknown_function("zscor'.\nDid you mean 'zscore'?").to_string().ends_with("did you mean `zscore`?"));
    }
}
