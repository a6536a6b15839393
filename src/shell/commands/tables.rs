//! `.tables`: what can be queried, with a line on each.

use async_trait::async_trait;

use super::{Command, Flow, text_rows};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Tables;

/// Lake tables and families, the session's own names, and `meta`. The other faces are told in a note: they would treble the list.
const LIST: &str = "\
SELECT name, kind, doc FROM meta.tables
UNION ALL
SELECT o.table_name, 'of this session', NULL
FROM   information_schema.tables o
WHERE  o.table_schema = 'main'
  AND NOT EXISTS (SELECT 1 FROM meta.tables t WHERE strpos(', ' || t.faces || ', ', ', ' || o.table_name || ', ') > 0)
UNION ALL
SELECT 'meta.' || name, 'meta', doc FROM meta.catalogue";

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
        let mut rows = shell.ask(LIST).await?;
        let rank = |kind: &str| ["table", "view family", "of this session", "meta"].iter().position(|known| *known == kind);
        rows.sort_by(|a, b| (rank(&a[1]), &a[0]).cmp(&(rank(&b[1]), &b[0])));
        let rows = rows.into_iter().map(|row| row.into_iter().map(|text| Some(text).filter(|text| !text.is_empty())).collect());
        shell.output.batch(&text_rows(&["name", "kind", "what it holds"], rows.collect()))?;
        shell.messages.note(
            "each table and most view families also show two more faces: `cot_vintages` (every value ever published), \
             `cot_readings` (what everyone quoted)",
        );
        Ok(Flow::Continue)
    }
}
