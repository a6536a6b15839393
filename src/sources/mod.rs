//! `SOURCES`: every provider. A source turns a request into downloads, and a payload (bytes) into batches and rejections.
//!
//! Parsing is pure: bytes and configuration in, [`Parsed`] out, no I/O and no clock. A source knows nothing of the lake: whether a row is
//! new, repeated or a revision is decided in `ingest`. Adding a source is one file here, one line in [`SOURCES`] and one fixture folder.

/// Tesouro Direto's bonds and B3's DI futures.
pub mod b3_tesouro;
/// What cannot be right about a bar.
pub mod bar_checks;
/// Contract bars of any vendor.
pub mod bars;
/// BCB Focus: surveys of expectations.
pub mod bcb_focus;
/// Exchange flow of the Banco Central do Brasil.
pub mod bcb_fx_flow;
/// Closing rates of the Banco Central do Brasil.
pub mod bcb_ptax;
/// Time series of the Banco Central do Brasil.
pub mod bcb_sgs;
/// CFTC Commitments of Traders.
pub mod cftc;
mod chance;
/// Databento's bars, definitions and statistics.
pub mod databento;
/// Days as providers and people write them.
pub mod day;
mod days;
/// The edge that every parser runs behind.
pub mod edge;
/// Parsed rows, column by column.
pub mod frame;
/// FRED and ALFRED: economic series.
pub mod fred;
mod grid;
/// The one place that downloads.
pub mod http;
/// IBGE SIDRA: consumer prices in Brazil.
pub mod ibge_sidra;
mod json;
/// Numbers as providers write them.
pub mod number;
/// How often a server is asked.
pub mod pace;
/// Tables as someone sent them, whatever kind of file.
pub mod received;
mod records;
mod secret;
/// The interface of the Banco Central do Brasil that three sources are read from.
pub mod sgs;
/// Public finances of Brazil.
pub mod stn_fiscal;
/// The body of an answer, within limits.
pub mod stream;
/// The US Treasury's par yield curves.
pub mod us_treasury;
/// Vintages of one's own, the Philadelphia Fed's, FRED-MD.
pub mod vintages;
/// Yahoo's daily prices.
pub mod yahoo;

use bytes::Bytes;
use chrono::{Duration, NaiveDate};
use datafusion::arrow::record_batch::RecordBatch;

use crate::config::Config;
use crate::error::Result;
use crate::tables::Table;
use crate::time::{IngestTime, KnowledgeTime};

/// A file as received.
#[derive(Debug, Clone)]
pub struct Payload {
    /// File name, or the last part of the URL; only shown and used as an extension, never to recognise a kind.
    pub name: String,
    pub bytes: Bytes,
    pub observed_at: IngestTime,
    /// URL or the path that the user gave; kept in the sidecar.
    pub origin: String,
    /// What the user or the plan says of a payload where its content does not (the scope of a legacy COT file); kept in the sidecar, so that
    /// a rebuild reads the payload as it was read the first time.
    pub hint: Option<String>,
}

/// What a parser made of one payload.
#[derive(Debug, Default)]
pub struct Parsed {
    /// What the payload is, for the summary: `tff futures_only 2023-01-03..2023-10-10`.
    pub kind: String,
    /// Data rows of the file, taken or not.
    pub rows_read: usize,
    /// One batch per table, in `Table::parsed_schema()`; several for one table are allowed. No (key, as_of) twice within a payload.
    pub batches: Vec<(&'static Table, RecordBatch)>,
    /// Rows of the file that could not be taken.
    pub rejections: Vec<Rejection>,
    /// Rows of the file that stand in it twice with equal content.
    pub repeats_within: usize,
    /// Things that a person should know and that stop nothing: unknown columns, `Change_in_*` that does not add up.
    pub warnings: Vec<String>,
    /// The folder below the source's that the payload is archived in, `ohlcv-1d/ES`; the source's own where it has no such order.
    pub shelf: Option<String>,
    /// Whether the figures may have been changed since their release; `None`: as [`Source::revises`] says.
    pub revises: Option<bool>,
    /// What part of the provider's data the payload has whole, in the source's words; `None` where that is not known.
    pub covers: Option<String>,
    /// The payload goes on from here: the archive has whole what came up to this release, so that a row of it whose values stand in the lake
    /// already says nothing. For a stamped table, where such a row is a vintage otherwise.
    pub continues: Option<KnowledgeTime>,
    /// Columns of values that the payload does not have: it says nothing about them, so what is known of them stays.
    pub silent: Vec<(&'static Table, &'static str)>,
    /// Days whose figures were corrected after their release, and when: a payload of later carries what was not released then.
    pub corrected: Vec<(NaiveDate, KnowledgeTime)>,
}

/// A row that could not be taken: it goes to quarantine as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// One-based line in the (decompressed) file.
    pub line: u64,
    pub column: Option<String>,
    pub reason: String,
    /// The row as received.
    pub raw: String,
}

/// What the user asked to download.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Source-specific choices in the user's words (`report` → [tff], `series` → [432, 433]); checked by the source.
    pub choices: Vec<(String, Vec<String>)>,
    /// First and last year or day, inclusive.
    pub from: Option<chrono::NaiveDate>,
    pub to: Option<chrono::NaiveDate>,
}

/// One thing to fetch, and where else it can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// What it is, for progress and warnings.
    pub label: String,
    pub url: String,
    /// Tried in order when `url` fails; using one is a warning.
    pub fallback: Vec<String>,
    /// The day from which on the file no longer changes: one that was read since and is in the archive is not asked for again. `None`: it
    /// always may.
    pub settled_on: Option<chrono::NaiveDate>,
    pub timeout: std::time::Duration,
    /// Becomes [`Payload::hint`].
    pub hint: Option<String>,
    /// The answer may hold a part of what was asked for: [`Source::next`] says what to ask then.
    pub is_paged: bool,
}

impl Download {
    /// One that may change at any time, from one address, within a minute.
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            url: url.into(),
            fallback: Vec::new(),
            settled_on: None,
            timeout: std::time::Duration::from_secs(60),
            hint: None,
            is_paged: false,
        }
    }
}

/// What an answer of a server is, in its provider's ways of saying so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What was asked for.
    Body,
    /// That there is nothing: no payload, and no failure. What the server said.
    Nothing(String),
    /// That it should be asked again later.
    Busy(String),
    /// That it will not answer this.
    Refused(String),
}

/// How the payloads of a source are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// By the windows of [`Source::plan`].
    Windows,
    /// By series, from what the archive lacks on.
    Series,
    /// For money.
    Paid,
    /// As files alone.
    Files,
}

impl Request {
    /// The values of a choice; none where it was not made.
    pub fn chosen(&self, name: &str) -> &[String] {
        self.choices.iter().find(|(choice, _)| choice == name).map_or(&[], |(_, values)| values)
    }
}

pub trait Source: Sync {
    /// Name on the command line and in `data/raw/<name>/`.
    fn name(&self) -> &'static str;
    /// One line for `--help`.
    fn doc(&self) -> &'static str;
    /// The lake tables that a payload may feed.
    fn tables(&self) -> &'static [&'static Table];
    /// Whether the provider ever changes what it has published.
    fn revises(&self, config: &Config) -> bool {
        config.source(self.name()).is_ok_and(|source| source.revises)
    }
    /// How long after its release a value may be read and still count as the original print.
    fn release_window(&self, config: &Config) -> Duration {
        config.source(self.name()).map_or(Duration::zero(), |source| source.release_window)
    }
    /// Bytes to batches and rejections.
    ///
    /// # Errors
    /// The payload as a whole is unusable: not this provider's, truncated, a column missing.
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed>;
    /// What to download for a request made on `today`.
    ///
    /// # Errors
    /// A choice that the source does not know.
    fn plan(&self, request: &Request, today: chrono::NaiveDate, config: &Config) -> Result<Vec<Download>>;
    /// Whether rows of this table come with stamps of the provider: `release_at` is `available_at` then, in whatever order payloads come.
    fn stamps(&self, table: &'static Table) -> bool {
        table.stamped
    }
    /// What of the hint is part of what a payload is: two series may have equal figures, and a file that is read in another way is another.
    fn name_in_hint(&self, hint: Option<&str>) -> Option<String> {
        hint.map(str::to_string)
    }
    /// Whether rows of this table say from which day on something holds, and a payload has one only where it changes its mind.
    fn says_states(&self, _: &'static Table) -> bool {
        false
    }
    /// Whether payloads commonly lack columns that others have ([`Parsed::silent`]).
    fn may_be_silent(&self) -> bool {
        false
    }
    fn reach(&self) -> Reach {
        Reach::Windows
    }
    /// What an answer is; `None`: what its status and its kind say.
    fn judge(&self, _status: u16, _body: &[u8]) -> Option<Answer> {
        None
    }
    /// What to ask after a paged download's payload, where there is more.
    ///
    /// # Errors
    /// The payload cannot be read.
    fn next(&self, _download: &Download, _payload: &Payload) -> Result<Option<Download>> {
        Ok(None)
    }
}

/// Every source.
pub static SOURCES: &[&dyn Source] = &[
    &b3_tesouro::B3Tesouro,
    &bars::Bars,
    &bcb_focus::BcbFocus,
    &bcb_fx_flow::BCB_FX_FLOW,
    &bcb_ptax::BcbPtax,
    &bcb_sgs::BCB_SGS,
    &cftc::Cftc,
    &databento::Databento,
    &fred::Fred,
    &ibge_sidra::IbgeSidra,
    &stn_fiscal::STN_FISCAL,
    &us_treasury::UsTreasury,
    &vintages::Vintages,
    &yahoo::Yahoo,
];

/// The source of this name.
pub fn find(name: &str) -> Option<&'static dyn Source> {
    SOURCES.iter().copied().find(|source| source.name() == name)
}
