//! `.sources`: what is held of each provider, when it was last taken in, and what comes next.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Sources;

const COLUMNS: &str = "\
SELECT s.source, s.table_name, s.vintages, s.oldest_as_of AS first_as_of, s.newest_as_of AS last_as_of, s.newest_available_at AS last_known,
       s.next_release,
       CASE WHEN s.vintages = 0 THEN 'nothing known' WHEN s.behind = 0 THEN 'up to date' WHEN s.behind > 0 THEN s.behind || ' reports behind' END
         AS state";

/// When a payload was taken in is the history of this installation: it is told only where no clock is set.
const INGESTED: &str = ", i.last_ingest
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
        "providers: what is held, last ingest, next release"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let is_clocked = shell.session.clock().is_some();
        let from = if is_clocked { "\nFROM   meta.sources s" } else { INGESTED };
        if !shell.show(&format!("{COLUMNS}{from}\nORDER  BY s.source")).await? {
            return Err(Error::usage("nothing is known of any source").hint("`contango demo` makes a lake to try; `contango ingest --help`").into());
        }
        if is_clocked {
            shell.messages.note("the last ingest is told without a clock: it says what this installation did, not what the world knew");
        }
        Ok(Flow::Continue)
    }
}
