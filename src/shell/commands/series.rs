//! `.series`: economic and positioning series by name or title, with what of each was known at the clock.

use async_trait::async_trait;

use super::sql::fits;
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Series;

#[async_trait(?Send)]
impl Command for Series {
    fn name(&self) -> &'static str {
        "series"
    }
    fn argument(&self) -> &'static str {
        "[PATTERN]"
    }
    fn doc(&self) -> &'static str {
        "series of macro_series and flow_data: title, unit, known range"
    }
    fn completes(&self) -> Completes {
        Completes::Series
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if shell.show(&statement(argument)).await? {
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

fn statement(pattern: &str) -> String {
    let chosen = match pattern {
        "" => String::new(),
        pattern => format!("\nWHERE  {}", fits(&["series_id", "title"], pattern)),
    };
    format!(
        "SELECT series_id, title, unit, frequency, observations, oldest_as_of AS first_as_of, newest_as_of AS last_as_of,\n       \
         newest_available_at AS last_known\nFROM   meta.series{chosen}\nORDER  BY table_name DESC, observations = 0, series_id"
    )
}
