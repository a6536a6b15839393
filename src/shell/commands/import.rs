//! `.import`: a file of rows as a table of the session.

use async_trait::async_trait;

use super::sql::literal;
use super::{Command, Completes, Flow, unquoted};
use crate::engine::Answer;
use crate::error::Error;
use crate::script::Stop;
use crate::script::examples::words;
use crate::shell::Shell;
use crate::shell::show::without_place;

pub struct Import;

#[async_trait(?Send)]
impl Command for Import {
    fn name(&self) -> &'static str {
        "import"
    }
    fn argument(&self) -> &'static str {
        "FILE TABLE"
    }
    fn doc(&self) -> &'static str {
        "read a CSV, JSON or Parquet file into a new table of the session; `contango ingest` takes files into the lake"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let given = words(argument);
        let [file, table] = given.as_slice() else {
            return Err(Error::usage("`.import` needs a file and the name of a table").hint("write `.import prices.csv prices`").into());
        };
        let table = format!("\"{}\"", unquoted(table).to_lowercase().replace('"', "\"\""));
        let sql = format!("CREATE TABLE {table} AS SELECT * FROM {}", literal(file));
        shell.echo(&sql);
        if let Answer::Done { message, notes } = shell.session.run(&sql).await.map_err(|error| without_place(&error))? {
            shell.messages.note(&message.unwrap_or_default());
            shell.messages.notes(&notes);
        }
        Ok(Flow::Continue)
    }
}
