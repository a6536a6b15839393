//! The loop: reads an input, runs it, and goes on whatever happened.
//!
//! Ctrl-C clears the line at the prompt and cancels the query while one runs; Ctrl-D leaves. An error is told and never ends the loop.

use tokio::signal::unix::{SignalKind, signal};

use super::Shell;
use super::commands::Flow;
use super::editor::{LineEditor, Typed};
use crate::error::Error;
use crate::script::Stop;
use crate::time::KnowledgeTime;

/// Reads from the terminal until the person leaves.
///
/// # Errors
/// The terminal cannot be read, or nobody reads the output any more.
pub async fn run(shell: &mut Shell) -> Result<(), Stop> {
    let mut editor = LineEditor::open(shell.messages)?;
    shell.messages.line("contango: `.help` lists the commands; a statement ends with `;`; Ctrl-D leaves");
    match super::banner::lake(shell).await {
        Ok(line) => shell.messages.line(&line),
        Err(Stop::OutputClosed) => return Err(Stop::OutputClosed),
        Err(Stop::Failed { error, excerpt }) => shell.messages.error(&error, excerpt.as_deref()),
    }
    // a terminal that cannot be edited sends Ctrl-C as a signal: there it drops the line as well, and never the shell
    let _caught = signal(SignalKind::interrupt()).map_err(|error| Error::usage(format!("cannot listen to Ctrl-C: {error}")))?;
    loop {
        let last = columns_of_last(shell);
        let input = match editor.read(&prompt(shell.session.clock()), &shell.session, last)? {
            Typed::Input(input) => input,
            Typed::Cleared => continue,
            Typed::Left => break,
        };
        if input.trim().is_empty() {
            continue;
        }
        editor.give(&input);
        match interruptible(shell, &input).await {
            Ok(Flow::Continue) => {}
            Ok(Flow::Leave) => break,
            Err(Stop::OutputClosed) => return Err(Stop::OutputClosed),
            Err(Stop::Failed { error, excerpt }) => shell.messages.error(&error, excerpt.as_deref()),
        }
    }
    Ok(())
}

/// The columns of the last result, if there is one that is known at the clock.
fn columns_of_last(shell: &Shell) -> Vec<String> {
    let names = |last: &super::Last| last.schema.fields().iter().map(|field| field.name().clone()).collect();
    shell.last().map(names).unwrap_or_default()
}

/// Runs an input; Ctrl-C drops it where it stands, and with it the query's stream.
async fn interruptible(shell: &mut Shell, text: &str) -> Result<Flow, Stop> {
    shell.output.refit();
    let end = tokio::select! {
        end = shell.run(None, text) => Some(end),
        _ = tokio::signal::ctrl_c() => None,
    };
    end.unwrap_or_else(|| Err(shell.cancelled().into()))
}

/// The clock is part of the prompt: what it hides must not be forgotten.
fn prompt(clock: Option<KnowledgeTime>) -> String {
    match clock {
        None => "contango> ".to_string(),
        Some(clock) => {
            let instant = clock.to_string();
            format!("contango @{}> ", instant.replace(":00Z", "Z"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompt_shows_the_clock_without_needless_seconds() {
        assert_eq!(prompt(None), "contango> ");
        let clock = |text: &str| prompt(Some(KnowledgeTime::parse(text).expect("an instant")));
        assert_eq!(clock("2019-02-04"), "contango @2019-02-04 00:00Z> ");
        assert_eq!(clock("2019-02-04 20:30:01Z"), "contango @2019-02-04 20:30:01Z> ");
    }
}
