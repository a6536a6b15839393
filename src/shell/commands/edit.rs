//! `.edit`: write the last statement anew in the person's own editor, and run it.

use std::io::Write;
use std::process::Command as Process;

use async_trait::async_trait;

use super::{Command, Flow};
use crate::error::{Error, system_words};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Edit;

#[async_trait(?Send)]
impl Command for Edit {
    fn name(&self) -> &'static str {
        "edit"
    }
    fn argument(&self) -> &'static str {
        ""
    }
    fn doc(&self) -> &'static str {
        "write the last statement anew in $VISUAL or $EDITOR, and run it; what is left as it was does not run"
    }
    async fn run(&self, shell: &mut Shell, _: &str) -> Result<Flow, Stop> {
        let before = shell.memory.statement().map(|statement| format!("{};\n", statement.trim_end().trim_end_matches(';')));
        let before = before.unwrap_or_default();
        let after = edited(&before)?;
        if after.trim().is_empty() || after == before {
            shell.messages.note("nothing was changed, and nothing runs");
            return Ok(Flow::Continue);
        }
        shell.messages.line(after.trim_end());
        Box::pin(shell.run(None, &after)).await
    }
}

/// What the person makes of a text. It lies in the system's folder for temporary files, where no lake is.
fn edited(text: &str) -> Result<String, Error> {
    let cannot = |error: std::io::Error| Error::usage(format!("cannot edit the statement: {}", system_words(&error)));
    let mut file = tempfile::Builder::new().prefix("contango-").suffix(".sql").tempfile().map_err(cannot)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(cannot)?;
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty()));
    let editor = named.unwrap_or_else(|| "vi".to_string());
    // an editor may come with arguments of its own
    let status = Process::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file.path()).status().map_err(cannot)?;
    if !status.success() {
        return Err(Error::usage(format!("the editor `{editor}` failed: {status}")).hint("$EDITOR names another one"));
    }
    // by its path: an editor may have put another file there
    std::fs::read_to_string(file.path()).map_err(cannot)
}
