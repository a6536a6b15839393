//! `.series`: economic and positioning series by name or title, with what of each was known at the clock.

use async_trait::async_trait;

use super::sql::{columns, fits};
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Series;

/// What is told of each, and how wide a terminal it takes.
const COLUMNS: [(&str, usize); 8] = [
    ("series_id", 0),
    ("title", 60),
    ("unit", 140),
    ("frequency", 92),
    ("observations", 128),
    ("oldest_as_of AS first_as_of", 80),
    ("newest_as_of AS last_as_of", 0),
    ("CAST(newest_available_at AS DATE) AS last_known", 110),
];

#[async_trait(?Send)]
impl Command for Series {
    fn name(&self) -> &'static str {
        "series"
    }
    fn argument(&self) -> &'static str {
        "[PATTERN]"
    }
    fn doc(&self) -> &'static str {
        "series by id or title: unit, range known"
    }
    fn completes(&self) -> Completes {
        Completes::Series
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let sql = statement(argument, shell.width());
        if shell.show(&sql, Texts::Wrapped).await? {
            return Ok(Flow::Continue);
        }
        let rows = shell.ask("SELECT series_id FROM meta.series_metadata UNION ALL SELECT series_id FROM meta.flow_series").await?;
        let names = rows.iter().filter_map(|row| row.first()).map(String::as_str);
        Err(Error::usage(format!("no series fits `{argument}`"))
            .hint(match closest(argument, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a part of the id or of the title will do; `.series` alone lists them all".to_string(),
            })
            .into())
    }
}

fn statement(pattern: &str, width: Option<usize>) -> String {
    let chosen = match pattern {
        "" => String::new(),
        pattern => format!("\nWHERE  {}", fits(&["series_id", "title"], pattern)),
    };
    let columns = columns(&COLUMNS, width);
    format!("SELECT {columns}\nFROM   meta.series{chosen}\nORDER  BY observations = 0, table_name DESC, series_id")
}
