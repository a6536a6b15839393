//! Runs texts of statements and prints their results: what `-c`, `run` and a piped stdin have in common.

use super::Exit;
use super::global::Context;
use crate::error::Error;
use crate::script::{self, Script, Stop};
use crate::shell::printer::Printer;

/// Runs the scripts in one session, one output for all of them.
///
/// # Errors
/// The first statement that fails, the output, or Ctrl-C.
pub async fn run(context: &Context, scripts: &[Script<'_>], parameters: &[(String, String)]) -> Result<Exit, Stop> {
    let mut session = context.session()?;
    for (name, value) in parameters {
        session.set_parameter(name, value);
    }
    let mut output = context.output(None)?;
    let mut printer = Printer::new(&mut output, context.messages, context.telling());
    let work = async {
        for script in scripts {
            script::run(&mut session, *script, &mut printer).await?;
        }
        Ok::<(), Stop>(())
    };
    // Stopped here and not by the signal itself, so that an unfinished output file is taken away.
    tokio::select! {
        end = work => end?,
        _ = tokio::signal::ctrl_c() => return Err(Error::cancelled().into()),
    }
    context.finish(output)?;
    Ok(Exit::Success)
}
