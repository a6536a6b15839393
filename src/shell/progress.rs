//! A bar on stderr while a statement runs for longer than a second: rows read, share, and how long it will take.
//!
//! It is drawn on a terminal alone and goes before the first byte of the result is written.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration};

use super::messages::is_terminal_capable;
use crate::engine::{Read, Work};

/// Nothing is drawn for less.
const PATIENCE: Duration = Duration::from_secs(1);
const REDRAW: Duration = Duration::from_millis(125);
const BAR: usize = 24;
/// Cells that stay free at the end of the line: what the terminal echoes of Ctrl-C must not start another one.
const FREE: usize = 4;

/// The bar of one statement.
pub struct Progress {
    is_wanted: bool,
    is_shown: AtomicBool,
    is_over: AtomicBool,
    work: Work,
    start: Instant,
}

impl Progress {
    /// A bar that shows how far `work` has come; never drawn where nobody looks.
    pub fn of(work: Work, is_wanted: bool) -> Self {
        let is_wanted = is_wanted && io::stderr().is_terminal() && is_terminal_capable();
        Self { is_wanted, is_shown: AtomicBool::new(false), is_over: AtomicBool::new(false), work, start: Instant::now() }
    }

    /// Runs `future`, and draws as long as it takes.
    pub async fn during<T>(&self, future: impl Future<Output = T>) -> T {
        if !self.is_wanted {
            return future.await;
        }
        tokio::pin!(future);
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PATIENCE, REDRAW);
        loop {
            tokio::select! {
                biased;
                end = &mut future => {
                    self.hide();
                    return end;
                }
                _ = ticks.tick(), if !self.is_over.load(Ordering::Relaxed) => self.draw(),
            }
        }
    }

    /// Takes the bar away, for good.
    pub fn hide(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        if self.is_shown.swap(false, Ordering::Relaxed) {
            write("");
        }
    }

    fn draw(&self) {
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        self.is_shown.store(true, Ordering::Relaxed);
        write(&line(self.work.read(), self.start.elapsed(), width.saturating_sub(FREE)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.hide();
    }
}

/// Puts a text in place of the line that the cursor is on. A closed stderr is no reason to fail.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    let written = write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush());
    drop(written);
}

/// A bar and what stands behind it, as much as fits.
fn line(read: Read, elapsed: Duration, width: usize) -> String {
    let done = if read.of_rows == 0 { 0.0 } else { (read.rows as f64 / read.of_rows as f64).min(1.0) };
    let full = (done * BAR as f64) as usize;
    let text = format!("{}{} {}", "█".repeat(full), "░".repeat(BAR - full), said(read, elapsed));
    text.chars().take(width).collect()
}

/// What stands behind the bar.
fn said(read: Read, elapsed: Duration) -> String {
    let (rows, all) = (HumanCount(read.rows), HumanCount(read.of_rows));
    let time = HumanDuration(elapsed);
    match remaining(read, elapsed) {
        Some(left) => format!("{rows} of {all} rows, {time}, about {:#} left; Ctrl-C stops it", HumanDuration(left)),
        None if read.rows > 0 => format!("{rows} rows read, {time}; Ctrl-C stops it"),
        None => format!("{time}; Ctrl-C stops it"),
    }
}

/// How long the reading will take, once some of it is done and some is left: rows are read evenly, work above the scan is not known.
fn remaining(read: Read, elapsed: Duration) -> Option<Duration> {
    if read.rows == 0 || read.rows >= read.of_rows {
        return None;
    }
    let done = read.rows as f64 / read.of_rows as f64;
    Some(elapsed.mul_f64((1.0 - done) / done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_was_read() {
        let read = |rows, of_rows| Read { rows, bytes: 0, of_rows };
        assert_eq!(remaining(read(25, 100), Duration::from_secs(2)), Some(Duration::from_secs(6)));
        assert_eq!(remaining(read(0, 100), Duration::from_secs(2)), None);
        assert_eq!(remaining(read(100, 100), Duration::from_secs(2)), None);
        assert_eq!(said(read(1_500, 6_000), Duration::from_secs(2)), "1,500 of 6,000 rows, 2 seconds, about 6s left; Ctrl-C stops it");
        assert_eq!(said(read(7, 0), Duration::from_secs(2)), "7 rows read, 2 seconds; Ctrl-C stops it");
    }
}
