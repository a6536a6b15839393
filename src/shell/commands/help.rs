//! `.help`: the dot commands by purpose, or one of them.

use async_trait::async_trait;

use super::{COMMANDS, Command, Completes, Flow, find, page, text_rows};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Help;

/// What commands are for, in the order in which a person comes to need them. A command that stands nowhere here is told last.
const PURPOSES: [(&str, &[&str]); 7] = [
    ("Clock", &["clock", "hidden", "audit"]),
    ("Finding", &["tables", "schema", "series", "contracts", "sources", "releases", "functions", "manual", "examples", "echo", "help"]),
    ("Output", &["mode", "maxrows", "maxwidth", "nullvalue", "thousands", "pager", "last", "once", "output", "export", "pivot"]),
    ("Pictures", &["chart", "spark"]),
    ("Running", &["timer", "explain", "watch", "edit", "shell", "cd", "open", "quit"]),
    ("Scripts", &["read", "import", "param", "print", "bail"]),
    ("Saving", &["save", "saved"]),
];
const OTHERS: &str = "Others";

#[async_trait(?Send)]
impl Command for Help {
    fn name(&self) -> &'static str {
        "help"
    }
    fn argument(&self) -> &'static str {
        "[COMMAND]"
    }
    fn doc(&self) -> &'static str {
        "this list, or one command"
    }
    fn completes(&self) -> Completes {
        Completes::Names(|| COMMANDS.iter().map(|command| command.name()).collect())
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let chosen = match argument.trim_start_matches('.') {
            "" => grouped(),
            name => {
                let command = find(name)?;
                vec![(purpose(command), vec![command])]
            }
        };
        let doc: fn(&dyn Command) -> &'static str = if argument.is_empty() { brief } else { |command| command.doc() };
        match page::width(&shell.output) {
            Some(width) => {
                let mut told = text(&chosen, doc, width);
                if let [(_, commands)] = chosen.as_slice()
                    && let [only] = commands.as_slice()
                    && !only.details().is_empty()
                {
                    told.push_str(&format!("\n\n{}", page::paragraphs(only.details(), 2, width)));
                }
                shell.output.text(&told)?;
            }
            None => {
                let rows = chosen.iter().flat_map(|(purpose, commands)| {
                    commands
                        .iter()
                        .map(|command| vec![Some((*purpose).to_string()), Some(usage(*command)), Some(command.doc().to_string())])
                });
                shell.output.batch(&text_rows(&["purpose", "command", "what it does"], rows.collect()))?;
            }
        }
        Ok(Flow::Continue)
    }
}

fn usage(command: &dyn Command) -> String {
    format!(".{} {}", command.name(), command.argument()).trim_end().to_string()
}

fn purpose(command: &dyn Command) -> &'static str {
    let own = PURPOSES.iter().find(|(_, names)| names.contains(&command.name()));
    own.map_or(OTHERS, |(purpose, _)| purpose)
}

/// Every command under its purpose.
fn grouped() -> Vec<(&'static str, Vec<&'static dyn Command>)> {
    let place = |command: &dyn Command| {
        PURPOSES.iter().find_map(|(_, names)| names.iter().position(|name| *name == command.name())).unwrap_or(usize::MAX)
    };
    let purposes = PURPOSES.iter().map(|(purpose, _)| *purpose).chain([OTHERS]);
    let groups = purposes.map(|wanted| {
        let mut commands: Vec<&dyn Command> = COMMANDS.iter().copied().filter(|command| purpose(*command) == wanted).collect();
        commands.sort_by_key(|command| place(*command));
        (wanted, commands)
    });
    groups.filter(|(_, commands)| !commands.is_empty()).collect()
}

/// What a command does, without the particulars, which `.help COMMAND` tells.
fn brief(command: &dyn Command) -> &'static str {
    let doc = command.doc();
    let end = ["; ", ": "].iter().filter_map(|mark| doc.find(mark)).min();
    &doc[..end.unwrap_or(doc.len())]
}

fn text(groups: &[(&'static str, Vec<&'static dyn Command>)], doc: fn(&dyn Command) -> &'static str, width: usize) -> String {
    let terms: Vec<String> = groups.iter().flat_map(|(_, commands)| commands.iter().map(|command| usage(*command))).collect();
    let column = page::column(terms.iter().map(String::as_str), width);
    let group = |(purpose, commands): &(&str, Vec<&dyn Command>)| {
        let pairs: Vec<(String, String)> = commands.iter().map(|command| (usage(*command), doc(*command).to_string())).collect();
        format!("{purpose}\n{}", page::pairs(&pairs, column, 2, width))
    };
    groups.iter().map(group).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_told_once() {
        let told: usize = grouped().iter().map(|(_, commands)| commands.len()).sum();
        assert_eq!(told, COMMANDS.len());
    }

    #[test]
    fn lines_fit_a_narrow_terminal() {
        let text = text(&grouped(), brief, 80);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("\n  .schema "), "{text}");
    }
}
