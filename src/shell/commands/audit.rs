//! `.audit`: does the query of a file know the future?

use std::path::Path;

use async_trait::async_trait;

use super::{Command, Flow};
use crate::audit::{self, INSTANTS, Lag, Request};
use crate::error::Error;
use crate::script::{Script, Stop};
use crate::shell::{Shell, unreadable};

pub struct Audit;

#[async_trait(?Send)]
impl Command for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }
    fn argument(&self) -> &'static str {
        "FILE COLUMN [LAG]"
    }
    fn doc(&self) -> &'static str {
        "whether the query of a file knows the future; COLUMN has the time of a row, LAG is such as '1 session'"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let mut words = argument.split_whitespace();
        let (Some(file), Some(time_column)) = (words.next(), words.next()) else {
            return Err(Error::usage("`.audit` needs a file and a time column").hint("write `.audit FILE COLUMN`").into());
        };
        let lag = words.collect::<Vec<_>>().join(" ");
        let lag = match lag.trim_matches('\'') {
            "" => Lag::default(),
            lag => Lag::parse(lag, shell.session.config())?,
        };
        let request = Request { time_column: time_column.to_string(), lag, instants: INSTANTS, from: None, to: None };
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(Path::new(file), &error))?;
        let report = audit::run(&shell.session, Script { file: Some(file), text: &text }, &request, &|_, _, _| {}).await?;
        if let Some(finding) = &report.finding {
            shell.output.batch(&report.differences())?;
            for table in &finding.tables {
                shell.messages.note(table);
            }
        }
        shell.messages.note(&report.sentence());
        Ok(Flow::Continue)
    }
}
