//! `.schema`: the columns of whatever stands after FROM: type, unit, meaning. A table, a face, a view, a file, a call of a function.

use std::collections::HashMap;

use async_trait::async_trait;

use super::sql::{fits, literal};
use super::{Command, Completes, Flow, text_rows};
use crate::engine::{Answer, sql_name};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::{Texts, without_place};

pub struct Schema;

const ALL: &str = "\
SELECT table_name, string_agg(column_name, ', ') AS columns
FROM   meta.columns
GROUP  BY table_name
ORDER  BY table_name";

#[async_trait(?Send)]
impl Command for Schema {
    fn name(&self) -> &'static str {
        "schema"
    }
    fn argument(&self) -> &'static str {
        "[TABLE|PATTERN]"
    }
    fn doc(&self) -> &'static str {
        "columns of a table, file or call: type, unit, meaning"
    }
    fn completes(&self) -> Completes {
        Completes::Tables
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            shell.show(ALL, Texts::Wrapped).await?;
            return Ok(Flow::Continue);
        }
        let is_pattern = argument.contains(['%', '*', '?']) && !argument.contains(['\'', '(', '"']);
        if is_pattern {
            return match shell.show(&of_pattern(argument), Texts::Wrapped).await? {
                true => Ok(Flow::Continue),
                false => Err(Error::usage(format!("no table fits `{argument}`")).hint("`.tables` lists them").into()),
            };
        }
        if let Some((table, doc, faces)) = described(shell, argument).await? {
            shell.show(&of_table(&table), Texts::Wrapped).await?;
            let also = if faces.contains(", ") { format!("; faces: {faces}") } else { String::new() };
            shell.messages.note(&format!("{table}: {doc}{also}"));
            return Ok(Flow::Continue);
        }
        of_relation(shell, argument).await?;
        Ok(Flow::Continue)
    }
}

fn of_table(table: &str) -> String {
    format!("SELECT column_name, type, unit, doc AS meaning\nFROM   meta.columns\nWHERE  table_name = {}", literal(table))
}

fn of_pattern(pattern: &str) -> String {
    format!("SELECT table_name, column_name, type, unit, doc AS meaning\nFROM   meta.columns\nWHERE  {}", fits(&["table_name"], pattern))
}

/// The lake table or family of which the name is a face: its own name, what it holds, its faces.
async fn described(shell: &mut Shell, name: &str) -> Result<Option<(String, String, String)>, Stop> {
    let sql = format!(
        "SELECT name, doc, faces FROM meta.tables WHERE strpos(', ' || faces || ', ', ', ' || {} || ', ') > 0",
        literal(&name.to_lowercase())
    );
    let row = shell.ask(&sql).await?.into_iter().next();
    Ok(row.and_then(|row| <[String; 3]>::try_from(row).ok()).map(|[name, doc, faces]| (name, doc, faces)))
}

/// What a relation shows is what a query of it shows.
async fn of_relation(shell: &mut Shell, relation: &str) -> Result<(), Stop> {
    let sql = format!("SELECT * FROM {relation} LIMIT 0");
    shell.echo(&sql);
    let shown = match shell.session.run(&sql).await {
        Ok(shown) => shown,
        Err(error) => return Err(function_hint(shell, relation, without_place(&error)).await?.into()),
    };
    let Answer::Rows { schema, .. } = shown else {
        return Err(Error::usage(format!("`{relation}` is no table")).into());
    };
    let mut meanings = meanings(shell).await?;
    let rows = schema.fields().iter().map(|field| {
        let (unit, doc) = meanings.remove(field.name()).unwrap_or_default();
        vec![Some(field.name().clone()), Some(sql_name(field.data_type())), said(unit), said(doc)]
    });
    shell.output.batch(&text_rows(&["column_name", "type", "unit", "meaning"], rows.collect()))
}

fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Unit and meaning by name: the glossary's, else what the name means in every lake table that has it.
const MEANINGS: &str = "\
SELECT column_name, coalesce(unit, ''), doc FROM meta.glossary
UNION ALL
SELECT column_name, coalesce(max(unit), ''), max(doc)
FROM   meta.columns
WHERE  column_name NOT IN (SELECT column_name FROM meta.glossary)
GROUP  BY column_name
HAVING count(DISTINCT doc) = 1 AND count(DISTINCT coalesce(unit, '')) = 1";

async fn meanings(shell: &mut Shell) -> Result<HashMap<String, (String, String)>, Stop> {
    let rows = shell.ask(MEANINGS).await?.into_iter();
    Ok(rows.filter_map(|row| <[String; 3]>::try_from(row).ok()).map(|[column, unit, doc]| (column, (unit, doc))).collect())
}

/// A function is called before it has columns.
async fn function_hint(shell: &mut Shell, typed: &str, error: Error) -> Result<Error, Stop> {
    let sql = format!("SELECT name FROM meta.functions WHERE name = {} AND kind = 'table function'", literal(&typed.to_lowercase()));
    Ok(match shell.ask(&sql).await?.first().and_then(|row| row.first()) {
        Some(name) => Error::usage(format!("`{name}` is a function: its columns are those of a call"))
            .hint(format!("write `.schema {name}(...)` with its arguments; `.manual {name}` tells them")),
        None => error,
    })
}
