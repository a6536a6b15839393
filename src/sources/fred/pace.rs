//! How often the server is asked: a bucket of tokens that fills evenly, one of which each request takes. Time is given, never read.

use std::time::Duration;

/// Requests per minute that the provider allows a key.
const ALLOWED_PER_MINUTE: u32 = 120;

/// How fast the bucket fills, and how many tokens it holds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two tokens.
    pub every: Duration,
    pub burst: u32,
    /// How long to wait when the server says that it is asked too often.
    pub pause: Duration,
}

impl Default for Pace {
    /// Three quarters of what is allowed, so that another program with the same key does no harm.
    fn default() -> Self {
        let every = Duration::from_secs(60 * 4) / (ALLOWED_PER_MINUTE * 3);
        Self { every, burst: 5, pause: Duration::from_secs(60) }
    }
}

/// The bucket: full at first.
#[derive(Debug)]
pub(super) struct Bucket {
    pace: Pace,
    /// When it was or will be full, counted from its start.
    full_at: Duration,
}

impl Bucket {
    pub fn new(pace: Pace) -> Self {
        Self { pace, full_at: Duration::ZERO }
    }

    /// Takes a token `now`, counted from the bucket's start, and says how long to wait until it is there.
    pub fn take(&mut self, now: Duration) -> Duration {
        self.full_at = self.full_at.max(now) + self.pace.every;
        let room = self.pace.every.saturating_mul(self.pace.burst.max(1));
        self.full_at.saturating_sub(now + room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_requests_come_evenly() {
        let ms = Duration::from_millis;
        let mut bucket = Bucket::new(Pace { every: ms(500), burst: 3, pause: ms(0) });
        let waits: Vec<Duration> = (0..5).map(|_| bucket.take(Duration::ZERO)).collect();
        assert_eq!(waits, [ms(0), ms(0), ms(0), ms(500), ms(1000)]);
        assert_eq!(bucket.take(ms(2000)), ms(0), "the bucket has filled meanwhile");
        assert_eq!(bucket.take(ms(60_000)), ms(0));
    }

    #[test]
    fn no_minute_has_more_requests_than_the_provider_allows() {
        let (pace, minute) = (Pace::default(), Duration::from_secs(60));
        let mut bucket = Bucket::new(pace);
        let mut sent = Vec::new();
        let mut now = Duration::ZERO;
        for _ in 0..1_000 {
            now += bucket.take(now);
            sent.push(now);
        }
        for (first, start) in sent.iter().enumerate() {
            let n = sent[first..].iter().take_while(|at| **at < *start + minute).count();
            assert!(n <= ALLOWED_PER_MINUTE as usize, "{n} from {start:?} on");
        }
    }
}
