//! Runs texts of statements and dot commands and prints their results: what `-c`, `-f`, `run` and a piped stdin have in common.

use super::Exit;
use super::global::Context;
use crate::script::{Script, Stop};
use crate::shell::Flow;

/// Runs the scripts in one session, one output for all of them.
///
/// # Errors
/// The first statement that fails, the output, or Ctrl-C.
pub async fn run(context: &Context, scripts: &[Script<'_>]) -> Result<Exit, Stop> {
    let mut shell = context.shell(None)?;
    let work = async {
        context.read_init(&mut shell, false).await?;
        shell.expect(scripts.iter().map(|script| script.text));
        for script in scripts {
            if shell.run(script.file, script.text).await? == Flow::Leave {
                break;
            }
        }
        Ok::<(), Stop>(())
    };
    // Stopped here and not by the signal itself, so that an unfinished output file is taken away.
    let end = tokio::select! {
        end = work => Some(end),
        _ = tokio::signal::ctrl_c() => None,
    };
    end.unwrap_or_else(|| Err(shell.cancelled().into()))?;
    let end = match shell.has_failed {
        true => Exit::Failed,
        false if context.fails_if_rows && shell.last_rows() > 0 => Exit::Violations,
        false => Exit::Success,
    };
    context.finish(shell.output)?;
    Ok(end)
}
