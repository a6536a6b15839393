//! No command: the shell on a terminal; otherwise the statements and dot commands on stdin, up to the first error.

use std::io::{self, IsTerminal, Read};

use super::global::Context;
use super::{Exit, query};
use crate::error::{Error, Result, system_words};
use crate::script::{Script, Stop};
use crate::shell::{MAX_ROWS, repl};

pub async fn run(context: &Context) -> Result<Exit, Stop> {
    if !io::stdin().is_terminal() {
        let text = stdin()?;
        return query::run(context, &[Script { file: None, text: &text }]).await;
    }
    let mut shell = context.shell(Some(MAX_ROWS))?;
    shell.is_interactive = true;
    if let Err(Stop::Failed { error, excerpt }) = context.read_init(&mut shell, true).await {
        shell.messages.error(&error, excerpt.as_deref());
    }
    repl::run(&mut shell).await?;
    context.finish(shell.output)?;
    Ok(Exit::Success)
}

/// The whole text on stdin.
///
/// # Errors
/// It is no text, or cannot be read.
pub fn stdin() -> Result<String> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn unreadable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::usage("the statements on stdin are no UTF-8 text"),
        _ => Error::usage(format!("cannot read statements from stdin: {}", system_words(&error))),
    }
}
