//! `.releases`: the last and the next releases of a source, around the clock or now.

use async_trait::async_trait;

use super::sql::literal;
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Releases;

/// Release calendars, by the names that a person may call them.
const CALENDARS: [(&str, &str); 11] = [
    ("cot", "cot"),
    ("cftc", "cot"),
    ("bcb", "bcb"),
    ("bea", "bea"),
    ("bls", "bls"),
    ("census", "census"),
    ("fed", "fed"),
    ("fgv", "fgv"),
    ("ibge", "ibge"),
    ("mte", "mte"),
    ("treasury", "treasury"),
];

/// Releases that are shown on each side.
const SHOWN: usize = 5;

#[async_trait(?Send)]
impl Command for Releases {
    fn name(&self) -> &'static str {
        "releases"
    }
    fn argument(&self) -> &'static str {
        "[SOURCE]"
    }
    fn doc(&self) -> &'static str {
        "last and next releases of a publisher: cot, bcb, bls, ibge, ..."
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["bcb", "bea", "bls", "census", "cot", "fed", "fgv", "ibge", "mte", "treasury"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let source = argument.to_lowercase();
        let calendar =
            if source.is_empty() { Some("cot") } else { CALENDARS.iter().find(|(name, _)| *name == source).map(|(_, name)| *name) };
        if let Some(calendar) = calendar {
            shell.show(&of_calendar(calendar), Texts::Wrapped).await?;
            return Ok(Flow::Continue);
        }
        if shell.show(&of_lake(&source), Texts::Wrapped).await? {
            shell.messages.note(&format!("no calendar of `{source}` is known: these are its last releases in the lake"));
            return Ok(Flow::Continue);
        }
        let rows = shell.ask("SELECT DISTINCT source FROM meta.series_metadata").await?;
        let known = rows.iter().filter_map(|row| row.first()).map(String::as_str).chain(CALENDARS.map(|(name, _)| name));
        let known: Vec<&str> = known.collect();
        let error = Error::usage(format!("no releases of `{argument}` are known"));
        Err(error
            .hint(match closest(&source, known.iter().copied()).filter(|near| *near != source) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("sources with releases are {}; `.sources` says what is held", known.join(", ")),
            })
            .into())
    }
}

fn of_calendar(calendar: &str) -> String {
    // a publisher's releases are of periods of every length
    let by = if calendar == "cot" { "as_of" } else { "released_at" };
    let part = |is_past: bool| {
        let (condition, order) = if is_past { ("released", " DESC") } else { ("NOT released", "") };
        format!("(SELECT * FROM releases({}) WHERE {condition} ORDER BY {by}{order} LIMIT {SHOWN})", literal(calendar))
    };
    format!("{}\nUNION ALL\n{}\nORDER  BY {by}", part(true), part(false))
}

fn of_lake(source: &str) -> String {
    format!(
        "SELECT available_at AS released_at, series_id, min(as_of) AS first_as_of, max(as_of) AS last_as_of, count(*) AS vintages\n\
         FROM   macro_series_vintages\nWHERE  source = {}\nGROUP  BY available_at, series_id\nORDER  BY released_at DESC, series_id\nLIMIT  {}",
        literal(source),
        2 * SHOWN
    )
}
