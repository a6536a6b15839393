//! `contango run FILE`: a script of statements, with parameters.

use std::path::{Path, PathBuf};

use clap::Args;

use super::global::Context;
use super::{Exit, help, query};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::script::examples::{self, EXAMPLES};
use crate::script::{Script, Stop};
use crate::shell::{saved, unreadable};

/// Run a script of SQL statements
#[derive(Args)]
#[command(after_help = help::RUN)]
pub struct Run {
    /// A file, or the name of a script in sql/saved or sql/examples
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let (name, text) = find(&self.file)?;
        query::run(context, &[Script { file: Some(&name), text: &text }]).await
    }
}

/// The script's name for messages, and its text: a file of that path, else a saved script, else an example of that name.
pub(super) fn find(file: &Path) -> Result<(String, String)> {
    let name = file.display().to_string();
    if file.is_file() {
        return Ok((name, read(file)?));
    }
    let bare = name.strip_suffix(".sql").unwrap_or(&name);
    let saved = saved::path(bare);
    if saved.is_file() {
        return Ok((saved.display().to_string(), read(&saved)?));
    }
    let bare = bare.strip_prefix("sql/examples/").unwrap_or(bare);
    if let Some(example) = examples::find(bare) {
        return Ok((example.path(), example.text.to_string()));
    }
    let own = saved::list().unwrap_or_default().into_iter().map(|script| script.name);
    let names: Vec<String> = own.chain(examples::names().map(str::to_string)).collect();
    let hint = match closest(bare, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("give a path, or one of the examples: {}", EXAMPLES.iter().map(|one| one.name).collect::<Vec<_>>().join(", ")),
    };
    Err(Error::usage(format!("no script `{name}`")).hint(hint))
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))
}
