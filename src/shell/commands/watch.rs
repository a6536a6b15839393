//! `.watch`: run the last statement again and again.

use std::time::Duration;

use async_trait::async_trait;

use super::{Command, Flow};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::time::IngestTime;

pub struct Watch;

/// Seconds between two runs where none are given.
const PAUSE: f64 = 2.0;
/// A day: a longer pause is a schedule, which is cron's.
const LONGEST: f64 = 86_400.0;

#[async_trait(?Send)]
impl Command for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }
    fn argument(&self) -> &'static str {
        "[SECONDS [TIMES]]"
    }
    fn doc(&self) -> &'static str {
        "run the last statement again every few seconds (2), until Ctrl-C or so many times"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let (pause, times) = parse(argument)?;
        let statement = shell.memory.statement()?.to_string();
        let unpaged = Unpaged::from(shell);
        let shell = &mut *unpaged.shell;
        for run in 1.. {
            shell.messages.line(&format!("{}, every {} s, Ctrl-C stops it", seconds_now(), pause.as_secs_f64()));
            shell.output.refit();
            shell.run(None, &statement).await?;
            if times.is_some_and(|times| run >= times) {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Ok(Flow::Continue)
    }
}

/// A shell without its pager, which would stand still until somebody leaves it; also when Ctrl-C ends the watching.
struct Unpaged<'a> {
    shell: &'a mut Shell,
    before: bool,
}

impl<'a> From<&'a mut Shell> for Unpaged<'a> {
    fn from(shell: &'a mut Shell) -> Self {
        let before = shell.output.is_paged();
        shell.output.page(false);
        Self { shell, before }
    }
}

impl Drop for Unpaged<'_> {
    fn drop(&mut self) {
        self.shell.output.page(self.before);
    }
}

/// The moment, without a fraction.
fn seconds_now() -> IngestTime {
    let micros = IngestTime::now().micros();
    IngestTime::from_micros(micros - micros.rem_euclid(1_000_000))
}

fn parse(argument: &str) -> Result<(Duration, Option<u64>), Error> {
    let unreadable = |what: &str| Error::usage(format!("`{what}` is no number")).hint("write `.watch 5` or `.watch 5 10`");
    let mut words = argument.split_whitespace();
    let seconds = match words.next() {
        Some(word) => word.parse::<f64>().map_err(|_| unreadable(word))?,
        None => PAUSE,
    };
    if !(0.1..=LONGEST).contains(&seconds) {
        return Err(Error::usage(format!("`.watch` waits for 0.1 to {LONGEST} seconds, not {seconds}")));
    }
    let times = words.next().map(|word| word.parse::<u64>().map_err(|_| unreadable(word))).transpose()?;
    match (times, words.next()) {
        (Some(0), _) => Err(Error::usage("`.watch` runs at least once")),
        (_, Some(more)) => Err(Error::usage(format!("`{more}` is one argument too many for `.watch`"))),
        (times, None) => Ok((Duration::from_secs_f64(seconds), times)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_and_times_are_numbers() {
        assert_eq!(parse("").ok(), Some((Duration::from_secs(2), None)));
        assert_eq!(parse("0.5 3").ok(), Some((Duration::from_millis(500), Some(3))));
        for wrong in ["x", "0", "-1", "1 x", "1 0", "1 2 3", "inf", "NaN", "1e9"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
