//! `.manual`: what a function takes, gives and sees, with an example that runs; and what a dot command takes.
//!
//! What is known of our own functions stands in `meta.functions`, of DataFusion's in `information_schema.routines`. A beginning of a name
//! will do where it is one name's alone.

use async_trait::async_trait;

use super::sql::literal;
use super::{Command, Completes, Flow, find, page, text_rows};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Manual;

const NAMES: &str = "\
SELECT DISTINCT name, true FROM meta.functions UNION ALL \
SELECT DISTINCT routine_name, false FROM information_schema.routines WHERE routine_name NOT IN (SELECT name FROM meta.functions)";

/// What is told of an entry, in the order of the columns that are asked for.
const PARTS: [&str; 8] = ["name", "kind", "syntax", "arguments", "summary", "nulls", "causality", "example"];

#[async_trait(?Send)]
impl Command for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }
    fn argument(&self) -> &'static str {
        "FUNCTION"
    }
    fn doc(&self) -> &'static str {
        "what a function takes and gives: syntax, NULL rule, an example"
    }
    fn completes(&self) -> Completes {
        Completes::Functions
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.manual` needs a function").hint("write `.manual zscore`; `.functions` lists them").into());
        }
        if let Some(command) = argument.strip_prefix('.') {
            return of_command(shell, command).map(|()| Flow::Continue);
        }
        let typed = argument.split('(').next().unwrap_or(argument).trim();
        let names: Vec<(String, bool)> = shell.ask(NAMES).await?.into_iter().filter_map(name).collect();
        let name = match resolve(typed, &names) {
            Ok(name) => name,
            Err(error) => return Err(instead(shell, typed).await?.unwrap_or(error).into()),
        };
        let sql = statement(&name.0, name.1);
        if page::width(&shell.output).is_none() {
            shell.show(&sql, Texts::Wrapped).await?;
            return Ok(Flow::Continue);
        }
        shell.echo(&sql);
        let width = page::width(&shell.output).unwrap_or(80);
        let entries = shell.ask(&sql).await?;
        let pages: Vec<String> = entries.iter().map(|entry| text_of(entry, width)).collect();
        shell.output.text(&pages.join("\n\n"))?;
        if is_table(shell, &name.0).await? {
            shell.messages.note(&format!("`{0}` is a table too: `.schema {0}` tells about its columns", name.0));
        }
        Ok(Flow::Continue)
    }
}

fn name(row: Vec<String>) -> Option<(String, bool)> {
    let [name, is_own] = <[String; 2]>::try_from(row).ok()?;
    Some((name, is_own == "true"))
}

/// The function that a person means: of this name, else the only one that begins so, ours before others.
fn resolve(typed: &str, names: &[(String, bool)]) -> Result<(String, bool)> {
    let wanted = typed.to_lowercase();
    if let Some(exact) = names.iter().find(|(name, _)| name.to_lowercase() == wanted) {
        return Ok(exact.clone());
    }
    for is_own in [true, false] {
        let begun: Vec<&(String, bool)> =
            names.iter().filter(|(name, own)| *own == is_own && name.to_lowercase().starts_with(&wanted)).collect();
        match begun.as_slice() {
            [] => {}
            [only] => return Ok((*only).clone()),
            several => {
                let mut all: Vec<String> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
                all.sort();
                return Err(Error::usage(format!("`{typed}` may be {}", all.join(", "))).hint("write more of the name"));
            }
        }
    }
    let error = Error::usage(format!("there is no function `{typed}`"));
    Err(match closest(&wanted, names.iter().map(|(name, _)| name.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("`.functions {typed}` looks for a part of the name")),
    })
}

/// For a name that is no function's: a table has `.schema`, a command its dot.
async fn instead(shell: &mut Shell, typed: &str) -> Result<Option<Error>> {
    let error = || Error::usage(format!("`{typed}` is no function"));
    if find(typed).is_ok_and(|command| command.name() == typed) {
        return Ok(Some(error().hint(format!("`.manual .{typed}` tells about the dot command"))));
    }
    let hint = || format!("it is a table: `.schema {typed}` tells about its columns");
    Ok(is_table(shell, typed).await?.then(|| error().hint(hint())))
}

async fn is_table(shell: &mut Shell, name: &str) -> Result<bool> {
    let face = literal(&name.to_lowercase());
    let sql = format!("SELECT name FROM meta.tables WHERE strpos(', ' || faces || ', ', ', ' || {face} || ', ') > 0");
    Ok(!shell.ask(&sql).await?.is_empty())
}

fn statement(name: &str, is_own: bool) -> String {
    let name = literal(name);
    match is_own {
        true => format!("SELECT {} FROM meta.functions WHERE name = {name}", PARTS.join(", ")),
        false => format!(
            "SELECT routine_name AS name, lower(min(function_type)) || ' function of DataFusion' AS kind, min(syntax_example) AS syntax,\n       \
             min(description) AS summary\nFROM   information_schema.routines\nWHERE  routine_name = {name}\nGROUP  BY routine_name"
        ),
    }
}

/// The page of an entry: [`PARTS`], or the first of them for a function that is not ours.
fn text_of(entry: &[String], width: usize) -> String {
    let part = |name: &str| {
        let at = match (entry.len(), name) {
            (4, "summary") => Some(3),
            (4, "name" | "kind" | "syntax") | (8, _) => PARTS.iter().position(|part| *part == name),
            _ => None,
        };
        at.and_then(|at| entry.get(at)).map_or("", String::as_str)
    };
    let mut text = format!("{} ({})\n", part("name"), part("kind"));
    text.push_str(&format!("\n{}\n", page::paragraphs(part("syntax").trim(), 2, width)));
    text.push_str(&format!("\n{}\n", page::paragraphs(part("summary").trim(), 0, width)));
    let told = [("NULL", "nulls"), ("Sees", "causality"), ("Arguments", "arguments")];
    let told = told.into_iter().filter(|(_, name)| !part(name).is_empty());
    let told: Vec<(String, String)> = told.map(|(term, name)| (term.to_string(), part(name).to_string())).collect();
    if !told.is_empty() {
        let column = page::column(told.iter().map(|(term, _)| term.as_str()), width);
        text.push_str(&format!("\n{}\n", page::pairs(&told, column, 0, width)));
    }
    if !part("example").is_empty() {
        // to be pasted: as it stands
        text.push_str(&format!("\nExample\n  {};\n", part("example").replace('\n', "\n  ")));
    }
    text.trim_end().to_string()
}

fn of_command(shell: &mut Shell, typed: &str) -> Result<(), Stop> {
    let command = find(typed)?;
    let usage = format!(".{} {}", command.name(), command.argument());
    match page::width(&shell.output) {
        Some(width) => shell.output.text(&format!("{}\n\n{}", usage.trim_end(), page::paragraphs(command.doc(), 2, width))),
        None => {
            let row = vec![Some(usage.trim_end().to_string()), Some(command.doc().to_string())];
            shell.output.batch(&text_rows(&["command", "what it does"], vec![row]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<(String, bool)> {
        let all = [("zscore", true), ("now", true), ("ASOF JOIN", true), ("round", false), ("row_number", false), ("nullif", false)];
        all.map(|(name, own)| (name.to_string(), own)).to_vec()
    }

    fn resolved(typed: &str) -> String {
        resolve(typed, &names()).map_or_else(|error| error.to_string(), |(name, _)| name)
    }

    #[test]
    fn beginning_finds_the_function_that_it_can_only_mean() {
        assert_eq!(resolved("zsc"), "zscore");
        assert_eq!(resolved("ZSCORE"), "zscore");
        assert_eq!(resolved("asof"), "ASOF JOIN");
        assert_eq!(resolved("n"), "now", "ours comes before others");
        assert_eq!(resolved("ro"), "`ro` may be `round`, `row_number`\nhint: write more of the name");
        assert_eq!(resolved("zscroe"), "there is no function `zscroe`\nhint: did you mean `zscore`?");
    }

    #[test]
    fn page_tells_every_part_and_an_example_to_paste() {
        let entry = ["f", "table function", "f(x)", "x", "Gives x.", "NULL stays.", "The past.", "SELECT *\nFROM f(1)"].map(String::from);
        assert_eq!(
            text_of(&entry, 80),
            "f (table function)\n\n  f(x)\n\nGives x.\n\nNULL       NULL stays.\nSees       The past.\nArguments  x\n\n\
             Example\n  SELECT *\n  FROM f(1);"
        );
        let foreign = ["g", "scalar function of DataFusion", "g(x)", "Rounds."].map(String::from);
        assert_eq!(text_of(&foreign, 80), "g (scalar function of DataFusion)\n\n  g(x)\n\nRounds.");
    }
}
