//! `.tables`: what can be queried, how many rows each table holds and from when to when, as far as it was known at the clock.

use async_trait::async_trait;

use super::sql::{fits, fits_one_of};
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Tables;

/// Lake tables and families with their ranges, then the session's own names, of which only the name is known here.
const LISTED: &str = "\
SELECT t.name, r.rows, r.oldest_as_of AS first_as_of, r.newest_as_of AS last_as_of,
       CAST(r.oldest_available_at AS DATE) AS first_known, CAST(r.newest_available_at AS DATE) AS last_known, t.doc AS what_it_holds
FROM   meta.tables t LEFT JOIN meta.table_ranges r ON r.table_name = t.name";

const OF_SESSION: &str = "
UNION ALL
SELECT o.table_name, NULL, NULL, NULL, NULL, NULL, 'made in this session'
FROM   information_schema.tables o
WHERE  o.table_schema = 'main' AND o.table_name <> '_'
  AND  NOT EXISTS (SELECT 1 FROM meta.tables t WHERE strpos(', ' || t.faces || ', ', ', ' || o.table_name || ', ') > 0)";

const OF_META: &str = "
UNION ALL
SELECT 'meta.' || m.name, NULL, NULL, NULL, NULL, NULL, m.doc FROM meta.catalogue m";

/// Tables that hold rows first, then the names that stand for others.
const ORDER: &str = "\nORDER  BY starts_with(name, 'meta.'), rows IS NULL, name";

#[async_trait(?Send)]
impl Command for Tables {
    fn name(&self) -> &'static str {
        "tables"
    }
    fn argument(&self) -> &'static str {
        "[PATTERN]"
    }
    fn doc(&self) -> &'static str {
        "what can be queried: rows and ranges, as known at the clock"
    }
    fn completes(&self) -> Completes {
        Completes::Tables
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !shell.show(&statement(argument)).await? {
            let rows = shell.ask("SELECT name FROM meta.tables UNION ALL SELECT 'meta.' || name FROM meta.catalogue").await?;
            let names = rows.iter().filter_map(|row| row.first()).map(String::as_str);
            return Err(Error::usage(format!("no table fits `{argument}`"))
                .hint(match closest(argument, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`.tables` alone lists them, `.tables meta.` those of the engine itself".to_string(),
                })
                .into());
        }
        if argument.is_empty() {
            shell.messages.note(
                "a table has two more faces, `cot_vintages` (every value ever published) and `cot_readings` (what everyone quoted); a view \
                 without rows here is computed when asked; `.tables meta.` lists the tables of the engine itself",
            );
        }
        Ok(Flow::Continue)
    }
}

fn statement(pattern: &str) -> String {
    if pattern.is_empty() {
        return format!("{LISTED}{OF_SESSION}{ORDER}");
    }
    // a face is found by its own name, and shown as the table that it belongs to
    let table = fits_one_of("t.faces", pattern);
    let (own, meta) = (fits(&["o.table_name"], pattern), fits(&["'meta.' || m.name"], pattern));
    format!("{LISTED}\nWHERE  {table}{OF_SESSION}\n  AND  {own}{OF_META}\nWHERE  {meta}{ORDER}")
}
