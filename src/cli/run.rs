//! `contango run FILE`: a script of statements, with parameters.

use std::path::{Path, PathBuf};

use clap::Args;

use super::global::Context;
use super::{Exit, help, query};
use crate::config::closest;
use crate::error::{Error, Result};
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

/// The examples, which travel with the program.
static EXAMPLES: &[(&str, &str)] = &[
    ("calendar", include_str!("../../sql/examples/calendar.sql")),
    ("crowded", include_str!("../../sql/examples/crowded.sql")),
    ("extremes", include_str!("../../sql/examples/extremes.sql")),
    ("leaky/cot_on_tuesday", include_str!("../../sql/examples/leaky/cot_on_tuesday.sql")),
    ("leaky/cot_on_tuesday_right", include_str!("../../sql/examples/leaky/cot_on_tuesday_right.sql")),
    ("leaky/rebased_gdp", include_str!("../../sql/examples/leaky/rebased_gdp.sql")),
    ("leaky/rebased_gdp_right", include_str!("../../sql/examples/leaky/rebased_gdp_right.sql")),
    ("leaky/revised_payrolls", include_str!("../../sql/examples/leaky/revised_payrolls.sql")),
    ("leaky/revised_payrolls_right", include_str!("../../sql/examples/leaky/revised_payrolls_right.sql")),
    ("leaky/roll_on_the_close", include_str!("../../sql/examples/leaky/roll_on_the_close.sql")),
    ("leaky/roll_on_the_close_right", include_str!("../../sql/examples/leaky/roll_on_the_close_right.sql")),
    ("leaky/zscore_of_revised_history", include_str!("../../sql/examples/leaky/zscore_of_revised_history.sql")),
    ("leaky/zscore_of_revised_history_right", include_str!("../../sql/examples/leaky/zscore_of_revised_history_right.sql")),
    ("outage", include_str!("../../sql/examples/outage.sql")),
    ("positioning", include_str!("../../sql/examples/positioning.sql")),
    ("release_second", include_str!("../../sql/examples/release_second.sql")),
    ("rolls", include_str!("../../sql/examples/rolls.sql")),
    ("tour", include_str!("../../sql/examples/tour.sql")),
];

/// The path and text of the example of this name.
pub fn example(name: &str) -> Option<(String, &'static str)> {
    EXAMPLES.iter().find(|(known, _)| *known == name).map(|(name, text)| (format!("sql/examples/{name}.sql"), *text))
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
    if let Some((name, text)) = example(bare) {
        return Ok((name, text.to_string()));
    }
    let hint = match closest(bare, EXAMPLES.iter().map(|(name, _)| *name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
            format!("give a path, or one of the examples: {}", names.join(", "))
        }
    };
    Err(Error::usage(format!("no script `{name}`")).hint(hint))
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))
}
