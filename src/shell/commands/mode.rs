//! `.mode`: how rows are printed.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::format::{self, FORMATS, Format, insert};

pub struct Mode;

#[async_trait(?Send)]
impl Command for Mode {
    fn name(&self) -> &'static str {
        "mode"
    }
    fn argument(&self) -> &'static str {
        "[FORMAT | insert TABLE]"
    }
    fn doc(&self) -> &'static str {
        "how rows are printed: box, table (ASCII lines), csv, tsv, json, ndjson, markdown, line, html, insert; parquet, arrow, xlsx, svg, png to a file or pipe"
    }
    fn completes(&self) -> Completes {
        Completes::Names(|| FORMATS.iter().map(|format| format.name()).collect())
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> std::result::Result<Flow, Stop> {
        let (name, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
        let table = rest.trim();
        if !name.is_empty() {
            let format = find(name)?;
            let takes_table = format.name() == insert::NAME;
            if !table.is_empty() && !takes_table {
                return Err(Error::usage(format!("`.mode {}` takes nothing more", format.name())).into());
            }
            shell.output.set_format(format)?;
            if takes_table {
                shell.output.layout_mut().table = Some(table).filter(|table| !table.is_empty()).map(str::to_string);
            }
        }
        let mode = shell.output.format().name();
        let into = match &shell.output.layout_mut().table {
            _ if mode != insert::NAME => String::new(),
            Some(table) => format!(" into `{table}`"),
            None => format!(" into `{}`; `.mode insert NAME` names the table", insert::TABLE),
        };
        shell.messages.note(&format!("mode is {mode}{into}"));
        Ok(Flow::Continue)
    }
}

/// The format of this name or unambiguous beginning of one.
fn find(name: &str) -> Result<&'static dyn Format> {
    let name = name.to_lowercase();
    if let Some(format) = format::find(&name) {
        return Ok(format);
    }
    let names = || FORMATS.iter().map(|format| format.name());
    let begun: Vec<&'static dyn Format> = FORMATS.iter().copied().filter(|format| format.name().starts_with(&name)).collect();
    match begun.as_slice() {
        [only] => Ok(*only),
        _ => Err(Error::usage(format!("unknown format `{name}`")).hint(match closest(&name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
        })),
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

    #[test]
    fn beginning_of_one_name_will_do() {
        assert_eq!(find("mark").map(Format::name).ok(), Some("markdown"));
        assert_eq!(find("CSV").map(Format::name).ok(), Some("csv"));
        assert!(find("t").is_err());
    }
}
