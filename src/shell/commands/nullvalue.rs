//! `.nullvalue`: what is written for NULL.

use async_trait::async_trait;

use super::{Command, Completes, Flow, unquoted};
use crate::script::Stop;
use crate::shell::Shell;

pub struct NullValue;

#[async_trait(?Send)]
impl Command for NullValue {
    fn name(&self) -> &'static str {
        "nullvalue"
    }
    fn argument(&self) -> &'static str {
        "[TEXT|default]"
    }
    fn doc(&self) -> &'static str {
        "what is written for NULL where that is a text; '' for nothing at all; default: NULL in tables, nothing in csv and tsv"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["default"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let layout = shell.output.layout_mut();
        match argument {
            "" => {}
            "default" => layout.null = None,
            text => layout.null = Some(unquoted(text).to_string()),
        }
        let told = match layout.null.as_deref() {
            None => "NULL is written as `NULL` in tables, and as nothing in csv and tsv".to_string(),
            Some("") => "nothing is written for NULL".to_string(),
            Some(text) => format!("NULL is written as `{text}`"),
        };
        shell.messages.note(&told);
        Ok(Flow::Continue)
    }
}
