//! sqllogictest over a session: how SQL tests are run, and how their expectations are written.

use contango::engine::Session;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

pub struct Shell(Session);

#[async_trait::async_trait]
impl AsyncDB for Shell {
    type Error = contango::error::Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Self::Error> {
        let rows = super::rows(&mut self.0, sql).await?;
        let n_columns = rows.first().map_or(1, Vec::len);
        let is_query = ["select", "with", "show", "explain", "execute", "describe", "from", "values", "pivot", "unpivot", "summarize"]
            .iter()
            .any(|word| sql.trim().to_lowercase().starts_with(word));
        if !is_query {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; n_columns], rows })
    }
    async fn shutdown(&mut self) {}
}

/// A statement under `onlyif clock` runs only where the session stands at a clock, not in a lake that was cut at one.
pub fn runner(session: impl Fn() -> Session) -> Runner<Shell, impl sqllogictest::MakeConnection<Conn = Shell>> {
    let has_clock = session().clock().is_some();
    let mut runner = Runner::new(move || {
        let session = session();
        async move { Ok(Shell(session)) }
    });
    runner.with_column_validator(|_, _| true);
    if has_clock {
        runner.add_label("clock");
    }
    runner
}
