//! `.examples`: the scripts that travel with the program: their questions, their text, and what they answer.

use async_trait::async_trait;

use super::{Command, Completes, Flow, page, text_rows};
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::script::examples::{self, EXAMPLES, Example};
use crate::shell::Shell;
use crate::shell::messages::say;

pub struct Examples;

#[async_trait(?Send)]
impl Command for Examples {
    fn name(&self) -> &'static str {
        "examples"
    }
    fn argument(&self) -> &'static str {
        "[NAME | run NAME [PARAMETER=VALUE]...]"
    }
    fn doc(&self) -> &'static str {
        "scripts with the question that each answers; NAME shows one, `run NAME` runs it, `run NAME root=CL` for another root"
    }
    fn completes(&self) -> Completes {
        Completes::Names(|| std::iter::once("run").chain(examples::names()).collect())
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let words = examples::words(argument);
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => list(shell)?,
            ["run"] => return Err(Error::usage("`.examples run` needs a name").hint("`.examples` lists them").into()),
            ["run", name, values @ ..] => return run(shell, examples::meant(name)?, values).await,
            [name] => show(shell, examples::meant(name)?)?,
            [_, extra, ..] => {
                return Err(Error::usage(format!("`{extra}` is not understood")).hint(format!("write `.examples run {argument}`")).into());
            }
        }
        Ok(Flow::Continue)
    }
}

fn list(shell: &mut Shell) -> Result<(), Stop> {
    match page::width(&shell.output) {
        Some(width) => {
            let pairs: Vec<(String, String)> = EXAMPLES.iter().map(|one| (one.name.to_string(), one.question().to_string())).collect();
            let column = page::column(EXAMPLES.iter().map(|one| one.name), width);
            say(&page::pairs(&pairs, column, 0, width))?;
            shell.messages.note("`.examples NAME` shows one, `.examples run NAME` runs it");
            Ok(())
        }
        None => {
            let rows = EXAMPLES.iter().map(|one| vec![Some(one.name.to_string()), Some(one.question().to_string())]);
            shell.output.batch(&text_rows(&["name", "question"], rows.collect()))
        }
    }
}

fn show(shell: &mut Shell, example: &Example) -> Result<(), Stop> {
    match page::width(&shell.output) {
        Some(_) => say(example.text.trim_end()),
        None => {
            let row = vec![Some(example.name.to_string()), Some(example.text.to_string())];
            shell.output.batch(&text_rows(&["name", "text"], vec![row]))
        }
    }
}

/// Runs one with the given values, else those of the session, else those of its own line of use; the session's own come back afterwards.
async fn run(shell: &mut Shell, example: &'static Example, given: &[&str]) -> Result<Flow, Stop> {
    let before = shell.session.parameters();
    let values = values(example, given, &before)?;
    let assumed: Vec<String> = values.iter().filter(|one| one.is_assumed).map(|one| format!("{}={}", one.name, one.value)).collect();
    if !assumed.is_empty() {
        let assumed =
            assumed.iter().map(|one| if one.contains(' ') { format!("'{one}'") } else { one.clone() }).collect::<Vec<_>>().join(" ");
        shell.messages.note(&format!("with {assumed}; `.examples run {} {assumed}` takes other values", example.name));
    }
    for one in &values {
        shell.session.set_parameter(&one.name, &one.value)?;
    }
    let end = Box::pin(shell.run(Some(&example.path()), example.text)).await;
    for one in &values {
        match before.iter().find(|(name, _)| *name == one.name) {
            Some((name, value)) => shell.session.set_parameter(name, value)?,
            None => {
                shell.session.unset_parameter(&one.name);
            }
        }
    }
    end
}

#[derive(Debug, PartialEq, Eq)]
struct Given {
    name: String,
    value: String,
    /// Nobody said it.
    is_assumed: bool,
}

fn values(example: &Example, given: &[&str], session: &[(String, String)]) -> Result<Vec<Given>> {
    let own = example.parameters();
    let mut said = Vec::new();
    for word in given {
        let taken = word.split_once('=').filter(|(name, _)| own.iter().any(|(known, _)| known == name));
        let Some(pair) = taken else {
            let names: Vec<String> = own.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let hint = if own.is_empty() { "it takes none".to_string() } else { format!("it takes {}", names.join(" ")) };
            return Err(Error::usage(format!("`{word}` is no parameter of `{}`", example.name)).hint(hint));
        };
        said.push(pair);
    }
    let value = |(name, own): (String, String)| {
        let said = said.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_string());
        let kept = || session.iter().find(|(kept, _)| *kept == name).map(|(_, value)| value.clone());
        let known = said.or_else(kept);
        Given { is_assumed: known.is_none(), value: known.unwrap_or(own), name }
    };
    Ok(own.into_iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_the_one_given_else_the_sessions_else_the_examples_own() {
        let crowded = examples::find("crowded").expect("an example");
        let session = [("deviations".to_string(), "3".to_string())];
        let text = |given: &[&str], session: &[(String, String)]| {
            values(crowded, given, session).map_or_else(
                |error| error.to_string(),
                |all| {
                    all.iter()
                        .map(|one| format!("{}={}{}", one.name, one.value, if one.is_assumed { "?" } else { "" }))
                        .collect::<Vec<_>>()
                        .join(" ")
                },
            )
        };
        assert_eq!(text(&[], &[]), "root=ES? deviations=2?");
        assert_eq!(text(&["root=CL"], &session), "root=CL deviations=3");
        assert_eq!(text(&["rot=CL"], &[]), "`rot=CL` is no parameter of `crowded`\nhint: it takes root=ES deviations=2");
    }
}
