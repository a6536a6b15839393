//! `.explain`: how a statement is run, by default the last one.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Explain;

#[async_trait(?Send)]
impl Command for Explain {
    fn name(&self) -> &'static str {
        "explain"
    }
    fn argument(&self) -> &'static str {
        "[analyze|pit] [STATEMENT]"
    }
    fn doc(&self) -> &'static str {
        "the plan of a statement, by default of the last one; `pit` says what the clock hides from it, `analyze` runs it and counts"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["analyze", "pit"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let (first, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
        let (way, statement) = match first.to_lowercase().as_str() {
            "analyze" => ("EXPLAIN ANALYZE", rest),
            "pit" => ("EXPLAIN PIT", rest),
            _ => ("EXPLAIN", argument),
        };
        let statement = match statement.trim() {
            "" => shell.memory.statement()?.to_string(),
            given => given.to_string(),
        };
        let text = format!("{way} {statement}");
        if way == "EXPLAIN PIT" {
            return shell.show(&text, Texts::Wrapped).await.map(|_| Flow::Continue);
        }
        // a plan is read as a text: in a table its lines would be cut
        let rows = shell.ask(&text).await?;
        let plans = rows.iter().filter_map(|row| match row.as_slice() {
            [kind, plan] => Some(format!("{}\n{}", kind.to_lowercase().replace('_', " "), indented(plan))),
            _ => None,
        });
        shell.output.text(&plans.collect::<Vec<_>>().join("\n"))?;
        Ok(Flow::Continue)
    }
}

fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("  {line}\n")).collect()
}
