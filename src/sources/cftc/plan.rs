//! What to download for a request.
use crate::config::Config;
use crate::error::Result;
use crate::sources::{Download, Request};
use chrono::NaiveDate;
pub fn plan(_: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
    Ok(Vec::new())
}
