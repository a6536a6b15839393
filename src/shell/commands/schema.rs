//! `.schema`: the columns of a table, with types, units and what they mean.

use async_trait::async_trait;

use super::{Command, DEFAULT_SCHEMA, Flow, text_rows};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::tables;

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
        let name = argument.trim_matches('"');
        if name.is_empty() {
            return Err(Error::usage("`.schema` needs a table").hint("`.tables` lists them").into());
        }
        let (schema, table) = name.split_once('.').unwrap_or((DEFAULT_SCHEMA, name));
        let sql = format!(
            "SELECT column_name, data_type FROM information_schema.columns \
             WHERE table_schema = {} AND table_name = {} ORDER BY ordinal_position",
            quoted(schema),
            quoted(table)
        );
        let mut rows = Vec::new();
        for row in shell.ask(&sql).await? {
            let [column, kind] = row.try_into().unwrap_or_default();
            let (unit, doc) = meaning(table, &column);
            rows.push(vec![Some(column), Some(kind), unit, doc]);
        }
        if rows.is_empty() {
            return Err(unknown(shell, name).await?.into());
        }
        shell.output.batch(&text_rows(&["column", "type", "unit", "meaning"], rows))?;
        Ok(Flow::Continue)
    }
}

async fn unknown(shell: &mut Shell, name: &str) -> Result<Error, Stop> {
    let known = shell.ask("SELECT table_name FROM information_schema.tables").await?;
    let hint = match closest(name, known.iter().flatten().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`.tables` lists them".to_string(),
    };
    Ok(Error::usage(format!("no table `{name}`")).hint(hint))
}

/// Unit and meaning of a column, where the list of tables knows them: of the table itself, or of the one that it is a face or view of.
fn meaning(table: &str, column: &str) -> (Option<String>, Option<String>) {
    let of = |table: &'static tables::Table| table.column(column);
    let own = tables::TABLES.iter().copied().find(|known| known.name == table).and_then(of);
    let base = || {
        let mut bases: Vec<_> = tables::TABLES.iter().copied().filter(|known| table.starts_with(known.name)).collect();
        bases.sort_by_key(|known| std::cmp::Reverse(known.name.len()));
        bases.into_iter().find_map(of)
    };
    match own.or_else(base) {
        Some(column) => (Some(column.unit.to_string()).filter(|unit| !unit.is_empty()), Some(column.doc.to_string())),
        None => (None, None),
    }
}

/// A text as an SQL literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_and_views_borrow_the_meaning_of_their_table() {
        assert_eq!(meaning("cot", "long").0.as_deref(), Some("contracts"));
        assert_eq!(meaning("cot_vintages", "long").0.as_deref(), Some("contracts"));
        assert_eq!(meaning("cot_markets_readings", "gross_4_long").0.as_deref(), Some("percent of open interest"));
        assert_eq!(meaning("mine", "long"), (None, None));
    }

    #[test]
    fn name_cannot_end_the_literal_that_it_stands_in() {
        assert_eq!(quoted("x' OR '1'='1"), "'x'' OR ''1''=''1'");
    }
}
