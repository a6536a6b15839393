//! `.sources`: what is held of each provider, when it was last taken in, and what comes next.

use async_trait::async_trait;

use super::sql::columns;
use super::{Command, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Sources;

/// What is told of each, and how wide a terminal it takes.
const COLUMNS: [(&str, usize); 7] = [
    ("s.source", 0),
    ("s.vintages", 100),
    ("s.oldest_as_of AS first_as_of", 88),
    ("s.newest_as_of AS last_as_of", 0),
    ("CAST(s.newest_available_at AS DATE) AS last_known", 116),
    ("s.next_release", 50),
    (
        "\n       CASE WHEN s.vintages = 0 THEN 'nothing known' WHEN s.behind = 0 THEN 'up to date' WHEN s.behind > 0 THEN s.behind || ' behind' END \
         AS state",
        0,
    ),
];

/// When a payload was taken in is the history of this installation: it is told only where no clock is set.
const INGESTED: &str = ", CAST(i.last_ingest AS DATE) AS last_ingest
FROM   meta.sources s
LEFT   JOIN (SELECT dataset, max(ingested_at) AS last_ingest FROM meta.ingest_files GROUP BY dataset) i ON i.dataset = s.source";

#[async_trait(?Send)]
impl Command for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "what is held, last ingest, next release"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let is_clocked = shell.session.clock().is_some();
        let has_room = shell.width().is_none_or(|width| width >= 60);
        let from = if is_clocked || !has_room { "\nFROM   meta.sources s" } else { INGESTED };
        let sql = format!("SELECT {}{from}\nORDER  BY s.source", columns(&COLUMNS, shell.width()));
        if !shell.show(&sql, Texts::Wrapped).await? {
            return Err(Error::usage("nothing is known of any source")
                .hint("`contango demo` makes a lake to try; `contango ingest --help`")
                .into());
        }
        if is_clocked {
            shell.messages.note("the last ingest is told without a clock: it says what this installation did, not what the world knew");
        }
        Ok(Flow::Continue)
    }
}
