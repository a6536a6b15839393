//! How often the server is asked: a bucket of tokens that fills evenly, one of which each request takes. Time is given, never read.

use std::time::Duration;

/// How fast the bucket fills, and how many tokens it holds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two tokens.
    pub every: Duration,
    pub burst: u32,
    /// How long to wait when the server says that it is asked too often.
    pub pause: Duration,
}

impl Pace {
    /// So many requests a minute, two at once at most.
    pub fn per_minute(requests: u32) -> Self {
        Self { every: Duration::from_secs(60) / requests.max(1), burst: 2, pause: Duration::from_secs(60) }
    }
}

/// The bucket: full at first.
#[derive(Debug)]
pub struct Bucket {
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
}
