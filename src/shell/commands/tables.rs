//! `.tables`: what can be queried, with a line on each.

use async_trait::async_trait;

use super::{Command, DEFAULT_SCHEMA, Flow, text_rows};
use crate::engine::FAMILIES;
use crate::script::Stop;
use crate::shell::Shell;
use crate::tables;

pub struct Tables;

/// The faces of a vintaged table beside the table itself, and what they show.
const FACES: &[(&str, &str)] = &[
    ("_vintages", "every value that was ever published: one row per vintage"),
    ("_readings", "the number that everyone quoted: one row per publication"),
];

#[async_trait(?Send)]
impl Command for Tables {
    fn name(&self) -> &'static str {
        "tables"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "what can be queried"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let sql = "SELECT table_schema, table_name, table_type FROM information_schema.tables \
                   WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name";
        let described = shell.ask(sql).await?.into_iter().filter_map(|row| {
            let [schema, name, kind] = row.try_into().ok()?;
            let name = if schema == DEFAULT_SCHEMA { name } else { format!("{schema}.{name}") };
            let doc = doc(&name);
            Some(vec![Some(name), Some(kind.to_lowercase()), doc])
        });
        let rows = described.collect();
        shell.output.batch(&text_rows(&["name", "kind", "what it holds"], rows))?;
        Ok(Flow::Continue)
    }
}

fn doc(name: &str) -> Option<String> {
    if let Some(table) = tables::find(name) {
        return Some(table.doc.to_string());
    }
    if let Some(family) = FAMILIES.iter().find(|family| family.name == name) {
        return Some(family.doc.to_string());
    }
    FACES.iter().find(|(suffix, _)| name.ends_with(suffix)).map(|(_, doc)| (*doc).to_string())
}
