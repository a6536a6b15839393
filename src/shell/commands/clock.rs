//! `.clock`: show, set, move or reset the instant of knowledge.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::Shell;
use crate::time::{KnowledgeTime, Step};

pub struct Clock;

#[async_trait(?Send)]
impl Command for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }
    fn argument(&self) -> &'static str {
        "[INSTANT | +1w | next cot | off]"
    }
    fn doc(&self) -> &'static str {
        "show, set or reset the instant of knowledge, as `SET clock` does; `+1w` moves it, `next cot` to the next release, `previous cot` back"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["off", "next cot", "previous cot", "+1d", "+1w", "+1mo", "-1d", "-1w", "-1mo"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let words: Vec<&str> = argument.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["off"] => shell.session.set_clock(None),
            [direction @ ("next" | "previous"), rest @ ..] => {
                let instant = release(shell, *direction == "next", rest).await?;
                shell.session.set_clock(Some(instant));
            }
            _ if Step::is_one(argument) => {
                let step = Step::parse(argument)?;
                let instant = step.from(standing(shell, argument)?)?;
                shell.session.set_clock(Some(instant));
            }
            _ => shell.session.set_clock(Some(KnowledgeTime::parse(argument.trim_matches('\''))?)),
        }
        shell.messages.note(&match shell.session.clock() {
            Some(clock) => format!("clock is {clock}"),
            None => "no clock is set: everything is known".to_string(),
        });
        Ok(Flow::Continue)
    }
}

/// The clock, which a move starts from.
fn standing(shell: &Shell, argument: &str) -> Result<KnowledgeTime> {
    shell.session.clock().ok_or_else(|| {
        Error::usage(format!("`.clock {argument}` moves the clock, and none is set")).hint("set one first: `.clock 2019-02-04`")
    })
}

/// The release after or before the clock, as the calendar of that moment has it: one that is not announced yet is not known.
async fn release(shell: &mut Shell, is_next: bool, calendar: &[&str]) -> Result<KnowledgeTime> {
    let direction = if is_next { "next" } else { "previous" };
    let [calendar] = calendar else {
        return Err(Error::usage(format!("`.clock {direction}` needs a calendar")).hint(format!("write `.clock {direction} cot`")));
    };
    let clock = standing(shell, &format!("{direction} {calendar}"))?;
    let (chosen, sign) = if is_next { ("min", ">") } else { ("max", "<") };
    let calendar = calendar.trim_matches('\'').to_lowercase();
    let sql = format!(
        "SELECT {chosen}(released_at) FROM releases('{}') WHERE released_at {sign} CAST('{clock}' AS TIMESTAMP)",
        calendar.replace('\'', "''")
    );
    let found = shell.ask(&sql).await?.into_iter().next().and_then(|row| row.into_iter().next()).filter(|text| !text.is_empty());
    match found {
        Some(instant) => KnowledgeTime::parse(&instant),
        None => Err(Error::usage(format!("the calendar `{calendar}` has no {direction} release that is known at {clock}"))
            .hint("`.clock +1w` moves on")),
    }
}
