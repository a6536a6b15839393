//! The inputs of everything about futures: which lake tables are scanned, with what filters, and which columns are kept.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;

use crate::time::KnowledgeTime;

/// What a reader needs of the contracts of some roots.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Exchange roots, resolved; `None` is all.
    pub roots: Option<Vec<String>>,
    pub dataset: Option<String>,
    pub open_high_low: bool,
    pub volume: bool,
    pub sessions: bool,
    pub settlement: bool,
    pub cleared_volume: bool,
    pub open_interest: bool,
}

/// The scans of a reader, each in order of its table.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub ohlcv: Arc<dyn ExecutionPlan>,
    pub statistics: Arc<dyn ExecutionPlan>,
    pub definitions: Arc<dyn ExecutionPlan>,
}

/// Plans the scans at the clock, or at an earlier instant.
///
/// # Errors
/// The lake cannot be read.
pub async fn inputs(_state: &dyn Session, _instant: Option<KnowledgeTime>, _wanted: &Wanted) -> Result<Inputs> {
    Err(crate::error::Error::internal("not yet").into())
}
