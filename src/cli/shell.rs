//! No command: the shell on a terminal; otherwise the statements and dot commands on stdin, up to the first error.

use std::io::{self, IsTerminal, Read};

use super::Exit;
use super::global::Context;
use crate::error::{Error, system_words};
use crate::script::Stop;
use crate::shell::{MAX_ROWS, Shell, repl};

pub async fn run(context: &Context) -> Result<Exit, Stop> {
    let is_terminal = io::stdin().is_terminal();
    let output = context.output(is_terminal.then_some(MAX_ROWS))?;
    let mut shell = Shell::new(context.session()?, output, context.messages);
    shell.telling.timer = context.is_verbose;
    if is_terminal {
        repl::run(&mut shell).await?;
    } else {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        tokio::select! {
            end = shell.run(None, &text) => drop(end?),
            _ = tokio::signal::ctrl_c() => return Err(Error::cancelled().into()),
        }
    }
    context.finish(shell.output)?;
    Ok(Exit::Success)
}

fn unreadable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::usage("the statements on stdin are no UTF-8 text"),
        _ => Error::usage(format!("cannot read statements from stdin: {}", system_words(&error))),
    }
}
