//! DataFusion's planning errors in our words, with the place in the statement that they speak of.

use datafusion::error::DataFusionError;

use super::parse::lower_first;
use crate::error::{Error, Kind};

/// The error for the person who wrote the statement.
pub fn explain(error: DataFusionError) -> Error {
    let diagnostic = error.diagnostic().cloned();
    let plain = Error::from(error);
    if plain.kind() != Kind::Query || plain.hint_text().is_some() || plain.place().character.is_some() {
        return plain;
    }
    let Some(diagnostic) = diagnostic else {
        return rephrase(plain.message());
    };
    let mut said = rephrase(plain.message());
    let remedies = diagnostic.helps.iter().map(|help| &help.message).chain(diagnostic.notes.iter().map(|note| &note.message));
    let remedies: Vec<String> = remedies.map(|text| lower_first(text)).take(3).collect();
    if said.hint_text().is_none() && !remedies.is_empty() {
        said = said.hint(remedies.join("; "));
    }
    match diagnostic.span {
        Some(span) => said.at_character(span.start.line, span.start.column),
        None => said,
    }
}

/// Takes a suggestion out of the sentence into the hint, and lists out of the message.
fn rephrase(message: &str) -> Error {
    let message = message.replace("contango.main.", "");
    let (first, rest) = message.split_once(". ").unwrap_or((message.as_str(), ""));
    let first = lower_first(first.trim());
    let rest = rest.trim().trim_end_matches('.');
    if let Some(at) = rest.find("Did you mean ") {
        let near = rest[at + "Did you mean ".len()..].split('?').next().unwrap_or("").trim_matches('\'');
        return Error::query(first).hint(format!("did you mean `{near}`?"));
    }
    if let Some(fields) = rest.strip_prefix("Valid fields are ") {
        return Error::query(first).hint(format!("columns are {fields}"));
    }
    if first.starts_with("table '") && first.ends_with("' not found") {
        let name = first.trim_start_matches("table '").trim_end_matches("' not found");
        return unknown_table(name);
    }
    match rest {
        "" => Error::query(first),
        rest => Error::query(first).hint(lower_first(rest)),
    }
}

fn unknown_table(name: &str) -> Error {
    let error = Error::query(format!("there is no table `{name}`"));
    let own = crate::tables::TABLES.iter().map(|table| table.name);
    let names: Vec<&str> = own.chain(super::views::FAMILIES.iter().map(|family| family.name)).collect();
    match crate::config::closest(name, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("SHOW TABLES lists what there is; a file is written in quotes, FROM 'bars.parquet'"),
    }
}
