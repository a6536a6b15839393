//! `.tables`: what can be queried, with a line on each.

use async_trait::async_trait;
use datafusion::arrow::array::AsArray;

use super::{Command, Flow, text_rows};
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
        let sql = "SELECT CAST(table_schema AS VARCHAR), CAST(table_name AS VARCHAR), CAST(table_type AS VARCHAR) \
                   FROM information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2";
        let mut rows = Vec::new();
        for batch in shell.ask(sql).await? {
            let [schema, name, kind] = [0, 1, 2].map(|column| batch.column(column).as_string::<i32>().clone());
            for row in 0..batch.num_rows() {
                let name = match schema.value(row) {
                    "public" => name.value(row).to_string(),
                    schema => format!("{schema}.{}", name.value(row)),
                };
                let doc = doc(&name);
                rows.push(vec![Some(name), Some(kind.value(row).to_lowercase()), doc]);
            }
        }
        shell.output.batch(&text_rows(&["name", "kind", "what it holds"], rows))?;
        Ok(Flow::Continue)
    }
}

fn doc(name: &str) -> Option<String> {
    if let Some(table) = tables::find(name) {
        return Some(table.doc.to_string());
    }
    FACES.iter().find(|(suffix, _)| name.ends_with(suffix)).map(|(_, doc)| (*doc).to_string())
}
