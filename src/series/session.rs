//! The engine as the saved series use it: without a clock, on our own SQL.

use super::Place;
use crate::engine::{Options, Session, without_place};
use crate::error::Result;

/// A session without a clock.
///
/// # Errors
/// The data folder is no folder.
pub fn open(place: &Place<'_>) -> Result<Session> {
    Session::new(Options { data: place.data.to_path_buf(), config: place.config.clone(), now: None })
}

/// Whether a query plans; it is not run.
///
/// # Errors
/// It does not.
pub async fn check(session: &mut Session, query: &str) -> Result<()> {
    session.run(&format!("CREATE OR REPLACE VIEW checked AS {query}")).await.map(drop).map_err(without_place)
}

/// A text as SQL writes it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
