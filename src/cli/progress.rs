//! How long work is shown: a bar on a terminal, a line per step otherwise, nothing when quiet. Always on stderr.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::ingest::Progress;
use crate::ingest::backfill::Watch;
use crate::shell::messages::Messages;

/// The way that fits stderr.
pub fn progress(messages: Messages, is_quiet: bool) -> Box<dyn Progress> {
    if !is_quiet && io::stderr().is_terminal() { Box::new(Bar::new(messages)) } else { Box::new(Lines { messages }) }
}

/// One line per step.
struct Lines {
    messages: Messages,
}

impl Progress for Lines {
    fn step(&self, label: &str) {
        self.messages.line(label);
    }
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        self.messages.warn(warning);
    }
}

/// One bar, or a spinner while the total is unknown; it goes when the work ends.
struct Bar {
    bar: ProgressBar,
    total: Mutex<Option<u64>>,
    messages: Messages,
}

/// Redraws of the spinner per second: eight.
const TICK: Duration = Duration::from_millis(125);

impl Bar {
    fn new(messages: Messages) -> Self {
        let bar = ProgressBar::no_length().with_style(spinner());
        bar.enable_steady_tick(TICK);
        Self { bar, total: Mutex::new(None), messages }
    }
}

impl Progress for Bar {
    fn step(&self, label: &str) {
        *self.total.lock().expect("no panic while drawing") = None;
        self.bar.reset();
        self.bar.unset_length();
        self.bar.set_style(spinner());
        self.bar.set_message(label.to_string());
    }
    fn advance(&self, done: u64, total: Option<u64>) {
        let mut known = self.total.lock().expect("no panic while drawing");
        if *known != total {
            *known = total;
            match total {
                Some(total) => {
                    self.bar.set_length(total);
                    self.bar.set_style(counted());
                }
                None => self.bar.set_style(spinner()),
            }
        }
        self.bar.set_position(done);
    }
    fn warn(&self, warning: &str) {
        self.bar.suspend(|| self.messages.warn(warning));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Many sources at once: one bar over all windows with the time left, a line per window otherwise.
pub struct Overall {
    bar: Option<ProgressBar>,
    messages: Messages,
}

impl Overall {
    pub fn new(messages: Messages, is_quiet: bool) -> Self {
        let is_drawn = !is_quiet && io::stderr().is_terminal();
        let bar = is_drawn.then(|| {
            let bar = ProgressBar::no_length().with_style(overall());
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar, messages }
    }
}

impl Watch for Overall {
    fn begin(&self, windows: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(windows as u64);
        }
    }
    fn asking(&self, source: &str, label: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("{source}: {label}")),
            None => self.messages.line(&format!("{source}: {label}")),
        }
    }
    fn over(&self, windows: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(windows as u64);
        }
    }
    fn warn(&self, warning: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.messages.warn(warning)),
            None => self.messages.warn(warning),
        }
    }
}

/// Of work that belongs to no source.
impl Progress for Overall {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        Watch::warn(self, warning);
    }
}

impl Drop for Overall {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn overall() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {pos} of {len} [{bar:24}] {eta} left  {wide_msg}").expect("the template is a literal")
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("the template is a literal")
}

fn counted() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {percent}% {eta} left").expect("the template is a literal")
}
