//! Prints answers: rows to an output, everything else to stderr, with a bar while it takes long.
//!
//! The one way from a statement's answer to a person, for the shell and for the command line alike. The shell also has it remember the rows.

use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount};

use super::format::Asked;
use super::last::{Memory, Recorder};
use super::messages::Messages;
use super::output::Output;
use super::progress::Progress;
use crate::engine::{Answer, Hidden, Read, Session, StatementText, Work};
use crate::script::{Sink, Stop};
use crate::time::IngestTime;

/// What is told of each statement beside its rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Telling {
    /// How long it took, and what it read.
    pub timer: bool,
    /// How much the clock hid.
    pub hidden: bool,
    /// The SQL that a dot command runs.
    pub echo: bool,
}

pub struct Printer<'a> {
    pub output: &'a mut Output,
    pub messages: Messages,
    pub telling: Telling,
    /// Where the statement is remembered, if it is.
    pub memory: Option<&'a mut Memory>,
    read: Read,
}

impl<'a> Printer<'a> {
    pub fn new(output: &'a mut Output, messages: Messages, telling: Telling) -> Self {
        Self { output, messages, telling, memory: None, read: Read::default() }
    }

    async fn tell_hidden(&self, session: &Session, work: &Work) -> Result<(), Stop> {
        if self.telling.hidden
            && session.clock().is_some()
            && let Some(hidden) = work.hidden().await?
        {
            self.messages.line(&hidden_text(hidden));
        }
        Ok(())
    }
}

impl Sink for Printer<'_> {
    async fn take(&mut self, session: &mut Session, statement: &StatementText, answer: Answer) -> Result<(), Stop> {
        self.read = Read::default();
        let (schema, stream, notes, work, for_person) = match answer {
            Answer::Rows { schema, stream, notes, work, for_person } => (schema, stream, notes, work, for_person),
            Answer::Done { message, notes } => {
                if let Some(message) = message {
                    self.messages.note(&message);
                }
                self.messages.notes(&notes);
                return Ok(());
            }
        };
        let known_at = session.clock().unwrap_or_else(|| IngestTime::now().as_knowledge());
        self.output.layout_mut().zone = session.time_zone();
        self.output.layout_mut().asked = Asked { statement: statement.text.clone(), clock: session.clock() };
        let progress = Progress::of(work.clone(), !self.messages.is_quiet());
        let recorder = self.memory.as_ref().is_some_and(|memory| memory.keeps_rows).then(Recorder::default);
        let stream = match &recorder {
            Some(recorder) => recorder.over(stream),
            None => stream,
        };
        if let Some(memory) = &mut self.memory {
            memory.running = Some((work.clone(), Instant::now()));
        }
        let end = progress.during(self.output.rows(schema.clone(), stream, &|| progress.hide())).await;
        self.read = work.read();
        if let Some(memory) = &mut self.memory {
            memory.rows = notes.rows();
        }
        self.messages.notes(&notes);
        if let (Some(memory), Some(recorder)) = (&mut self.memory, recorder) {
            let is_kept = memory.keep(&statement.text, schema.clone(), recorder.recorded(), known_at, session.clock().is_some());
            match memory.last(None) {
                Ok(last) if is_kept && !for_person => session.keep_result(&schema, &last.batches, known_at)?,
                _ => session.drop_result(),
            }
        }
        end?;
        self.tell_hidden(session, &work).await
    }

    fn timed(&mut self, statement: &StatementText, elapsed: Duration) {
        if self.telling.timer {
            self.messages.line(&format!("time: line {}: {}{}", statement.line, elapsed_text(elapsed), read_text(self.read)));
        }
    }
}

/// A duration with three figures at most.
pub fn elapsed_text(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// What was read, where anything was.
pub fn read_text(read: Read) -> String {
    match read.rows {
        0 => String::new(),
        rows => format!("; {} rows, {} read", HumanCount(rows), HumanBytes(read.bytes)),
    }
}

fn hidden_text(hidden: Hidden) -> String {
    let Hidden { hidden, excluded, backcast } = hidden;
    let mut text = format!("hidden: {} vintages published after the clock", HumanCount(hidden));
    if excluded > 0 {
        text.push_str(&format!(", {} left out by settings", HumanCount(excluded)));
    }
    if backcast > 0 {
        text.push_str(&format!("; {} of those seen are backcast", HumanCount(backcast)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_rows_are_told_in_one_sentence() {
        let told = |hidden, excluded, backcast| hidden_text(Hidden { hidden, excluded, backcast });
        assert_eq!(told(0, 0, 0), "hidden: 0 vintages published after the clock");
        assert_eq!(
            told(1_234, 5, 6),
            "hidden: 1,234 vintages published after the clock, 5 left out by settings; 6 of those seen are backcast"
        );
    }

    #[test]
    fn time_has_three_figures_and_what_was_read() {
        assert_eq!(elapsed_text(Duration::from_micros(1_240)), "1.2 ms");
        assert_eq!(elapsed_text(Duration::from_millis(2_346)), "2.35 s");
        assert_eq!(read_text(Read::default()), "");
        assert_eq!(read_text(Read { rows: 1_000, bytes: 2_048, of_rows: 0 }), "; 1,000 rows, 2.00 KiB read");
    }
}
