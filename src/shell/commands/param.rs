//! `.param`: values for `:name` (and `$name`) in later statements.

use async_trait::async_trait;

use super::{Command, Completes, Flow, text_rows};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;

pub struct Param;

#[async_trait(?Send)]
impl Command for Param {
    fn name(&self) -> &'static str {
        "param"
    }
    fn argument(&self) -> &'static str {
        "[set NAME VALUE | unset NAME]"
    }
    fn doc(&self) -> &'static str {
        "list, set or unset the values that `:name` (or `$name`) stands for in statements; a plain number is one, all else a text"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["set", "unset"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let (action, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
        let (name, value) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        match (action, name, value.trim()) {
            ("", ..) => {
                let rows = shell.session.parameters().into_iter().map(|(name, value)| vec![Some(name), Some(value)]);
                let rows = text_rows(&["name", "value"], rows.collect());
                shell.output.batch(&rows)?;
            }
            ("set", name, value) if !name.is_empty() && !value.is_empty() => {
                shell.session.set_parameter(name, unquoted(value))?;
            }
            ("unset", name, "") if !name.is_empty() => {
                if !shell.session.unset_parameter(name) {
                    return Err(Error::usage(format!("no value was set for `{name}`")).hint("`.param` lists those that are").into());
                }
            }
            _ => return Err(Error::usage(format!("`.param {argument}` is not understood")).hint("write `.param set root ES`").into()),
        }
        Ok(Flow::Continue)
    }
}

/// A value without the quotes that people put around texts out of habit.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(value)
}
