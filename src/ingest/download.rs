//! Downloading what a request names, one window after another, and taking it.

use super::window::Windows;
use super::{PayloadSummary, Workplace};
use crate::error::Result;
use crate::lake::{Lake, compact};
use crate::sources::http::Patience;
use crate::sources::{Request, Source};
use crate::time::IngestTime;

/// Downloads what is missing or may have changed, and takes it; `patience` is what servers are given.
///
/// # Errors
/// A download failed after its retries and fallbacks; what came before it stays.
pub async fn download(place: &Workplace<'_>, source: &dyn Source, request: &Request, patience: Patience) -> Result<Vec<PayloadSummary>> {
    let downloads = source.plan(request, IngestTime::now().date(), place.config)?;
    let lake = Lake::new(place.data)?;
    let mut windows = Windows::open(place, &lake, source, patience).await?;
    let mut summaries = Vec::new();
    for download in &downloads {
        summaries.extend(windows.take(download).await?);
    }
    compact::compact_where_many(&lake, source.tables()).await?;
    Ok(summaries)
}
