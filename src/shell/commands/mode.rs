//! `.mode`: how rows are printed.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::format::{self, FORMATS};

pub struct Mode;

#[async_trait(?Send)]
impl Command for Mode {
    fn name(&self) -> &'static str {
        "mode"
    }
    fn argument(&self) -> &'static str {
        "[FORMAT]"
    }
    fn doc(&self) -> &'static str {
        "how rows are printed: table, csv, tsv, json, ndjson, markdown, parquet, arrow"
    }
    fn completes(&self) -> Completes {
        Completes::Names(|| FORMATS.iter().map(|format| format.name()).collect())
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            let format = format::find(argument).ok_or_else(|| {
                let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
                Error::usage(format!("unknown format `{argument}`")).hint(match closest(argument, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("one of {}", names.join(", ")),
                })
            })?;
            shell.output.set_format(format)?;
        }
        shell.messages.note(&format!("mode is {}", shell.output.format().name()));
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_format() {
        for format in FORMATS {
            assert!(Mode.doc().contains(format.name()), "{} is missing", format.name());
        }
    }
}
