//! `.tables`: what can be queried, how many rows each table holds and from when to when, as far as it was known at the clock.

use async_trait::async_trait;

use super::sql::{columns, fits_one_of};
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Tables;

/// What is told of each, and how wide a terminal it takes.
const COLUMNS: [(&str, usize); 7] = [
    ("t.name", 0),
    ("r.rows", 0),
    ("r.oldest_as_of AS first_as_of", 60),
    ("r.newest_as_of AS last_as_of", 48),
    ("CAST(r.oldest_available_at AS DATE) AS first_known", 92),
    ("CAST(r.newest_available_at AS DATE) AS last_known", 72),
    ("split_part(split_part(t.doc, ':', 1), ';', 1) AS what_it_holds", 110),
];

/// Names of the session and of the schema `meta` are told with nothing but themselves.
const LISTED: &str = "\
FROM   (SELECT name, faces, doc FROM meta.tables";

const OF_SESSION: &str = "
        UNION ALL
        SELECT o.table_name AS name, o.table_name AS faces, 'made in this session' AS doc
        FROM   information_schema.tables o
        WHERE  o.table_schema = 'main' AND o.table_name <> '_'
          AND  NOT EXISTS (SELECT 1 FROM meta.tables m WHERE strpos(', ' || m.faces || ', ', ', ' || o.table_name || ', ') > 0)";

const OF_META: &str = "
        UNION ALL
        SELECT 'meta.' || name AS name, 'meta.' || name AS faces, doc FROM meta.catalogue";

const RANGES: &str = ") t
LEFT   JOIN meta.table_ranges r ON r.table_name = t.name";

/// Tables that hold rows first, then the names that stand for others.
const ORDER: &str = "\nORDER  BY starts_with(t.name, 'meta.'), r.rows IS NULL, r.rows = 0, t.name";

#[async_trait(?Send)]
impl Command for Tables {
    fn name(&self) -> &'static str {
        "tables"
    }
    fn argument(&self) -> &'static str {
        "[PATTERN]"
    }
    fn doc(&self) -> &'static str {
        "what can be queried, with rows and ranges"
    }
    fn completes(&self) -> Completes {
        Completes::Tables
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let sql = statement(argument, shell.width());
        if !shell.show(&sql, Texts::Wrapped).await? {
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

fn statement(pattern: &str, width: Option<usize>) -> String {
    let columns = columns(&COLUMNS, width);
    match pattern {
        "" => format!("SELECT {columns}\n{LISTED}{OF_SESSION}{RANGES}{ORDER}"),
        // a face is found by its own name, and shown as the table that it belongs to
        pattern => {
            let fits = fits_one_of("t.faces", pattern);
            format!("SELECT {columns}\n{LISTED}{OF_SESSION}{OF_META}{RANGES}\nWHERE  {fits}{ORDER}")
        }
    }
}
