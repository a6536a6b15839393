//! `.schema`: the columns of a table, with types, units and what they mean.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{Command, Flow, text_rows};
use crate::engine::{Answer, sql_name};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Schema;

#[async_trait(?Send)]
impl Command for Schema {
    fn name(&self) -> &'static str {
        "schema"
    }
    fn argument(&self) -> &'static str {
        "TABLE"
    }
    fn doc(&self) -> &'static str {
        "the columns of a table: type, unit, meaning"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.schema` needs a table").hint("`.tables` lists them").into());
        }
        // What the table shows is what a query of it shows, also for views, files and what this session made.
        let shown = shell.session.run(&format!("SELECT * FROM {argument} LIMIT 0")).await.map_err(|error| without_place(&error))?;
        let Answer::Rows { schema, .. } = shown else {
            return Err(Error::usage(format!("`{argument}` is no table")).into());
        };
        let mut meanings = meanings(shell, argument).await?;
        let rows = schema.fields().iter().map(|field| {
            let (unit, doc) = meanings.remove(field.name()).unwrap_or_default();
            vec![Some(field.name().clone()), Some(sql_name(field.data_type())), said(unit), said(doc)]
        });
        shell.output.batch(&text_rows(&["column", "type", "unit", "meaning"], rows.collect()))?;
        Ok(Flow::Continue)
    }
}

/// The place of an error in the statement that was made here says nothing to the person.
fn without_place(error: &Error) -> Error {
    let plain = Error::usage(error.message());
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}

fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Unit and meaning by column, of the table or family of which the name is a face; nothing for any other name.
async fn meanings(shell: &mut Shell, name: &str) -> Result<HashMap<String, (String, String)>, Stop> {
    let name = quoted(&name.to_lowercase());
    let sql = format!(
        "SELECT c.column_name, c.unit, c.doc FROM meta.tables t JOIN meta.columns c ON c.table_name = t.name \
         WHERE strpos(', ' || t.faces || ', ', ', ' || {name} || ', ') > 0"
    );
    let rows = shell.ask(&sql).await?.into_iter();
    Ok(rows.filter_map(|row| <[String; 3]>::try_from(row).ok()).map(|[column, unit, doc]| (column, (unit, doc))).collect())
}

/// A text as an SQL literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_cannot_end_the_literal_that_it_stands_in() {
        assert_eq!(quoted("x' OR '1'='1"), "'x'' OR ''1''=''1'");
    }
}
