//! The body of an answer, read piece by piece within limits of size, time and pace: a server that sends without end, or a byte a minute, is
//! given up, and nothing it does fills the memory. What the body is, and what a failure costs, is for who asked to say.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::memory;

/// What a body may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub most: u64,
    /// From its first byte to its last.
    pub time: Duration,
    /// Each span of this length must bring [`LEAST`].
    pub pace: Duration,
}

/// Less than this in a span of the pace is a trickle.
const LEAST: usize = 4 << 10;
/// As much as is read of the body of a refusal.
const LONGEST_REFUSAL: usize = 64 << 10;

/// Why a body was not had.
#[derive(Debug)]
pub(super) enum Broken {
    /// It is larger than any answer, or than there is room for.
    TooLarge(String),
    /// It takes longer than any answer.
    TooSlow(String),
    Cut(reqwest::Error),
}

/// A body, to its end. `told` is called with the bytes so far.
pub(super) async fn body(response: &mut Response, limits: Limits, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Bytes, Broken> {
    let start = Instant::now();
    let end = start.checked_add(limits.time);
    let (mut body, mut span, mut before) = (BytesMut::new(), start, 0);
    loop {
        let of_span = span.checked_add(limits.pace);
        let until = [end, of_span].into_iter().flatten().min();
        let next = match until {
            Some(until) => timeout_at(until, response.chunk()).await,
            None => Ok(response.chunk().await),
        };
        if let Ok(chunk) = next {
            let Some(chunk) = chunk.map_err(Broken::Cut)? else { return Ok(body.freeze()) };
            if (body.len() + chunk.len()) as u64 > limits.most {
                return Err(Broken::TooLarge(format!("it sends more than {} MiB", limits.most >> 20)));
            }
            memory::ensure_room_for((body.len() + chunk.len()) as u64).map_err(|error| Broken::TooLarge(error.message().to_string()))?;
            body.extend_from_slice(&chunk);
            told(body.len() as u64);
        }
        let now = Instant::now();
        if end.is_some_and(|end| now >= end) {
            return Err(Broken::TooSlow(format!("it does not finish within {} s", limits.time.as_secs_f64())));
        }
        if of_span.is_some_and(|end| now >= end) {
            if body.len() - before < LEAST {
                let sent = body.len() - before;
                return Err(Broken::TooSlow(format!("it trickles: {sent} bytes in {} s", limits.pace.as_secs_f64())));
            }
            (span, before) = (now, body.len());
        }
    }
}

/// As much of an error's page as says what is wrong, within the time.
pub(super) async fn opening(response: &mut Response, time: Duration) -> Bytes {
    let mut body = BytesMut::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(LONGEST_REFUSAL - body.len())]);
            if body.len() == LONGEST_REFUSAL {
                break;
            }
        }
    };
    // what came until then says enough
    let _ = tokio::time::timeout(time, read).await;
    body.freeze()
}
