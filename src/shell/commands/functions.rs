//! `.functions`: our own functions in a line each; with a pattern, DataFusion's too.

use async_trait::async_trait;

use super::sql::fits;
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Functions;

const OWN: &str = "SELECT name, kind, split_part(split_part(summary, chr(10), 1), '. ', 1) AS what_it_does\nFROM   meta.functions";

const OTHERS: &str = "
SELECT routine_name, lower(min(function_type)) || ' function', min(split_part(split_part(description, chr(10), 1), '. ', 1))
FROM   information_schema.routines
WHERE  routine_name NOT IN (SELECT name FROM meta.functions)";

#[async_trait(?Send)]
impl Command for Functions {
    fn name(&self) -> &'static str {
        "functions"
    }
    fn argument(&self) -> &'static str {
        "[PATTERN]"
    }
    fn doc(&self) -> &'static str {
        "our functions in a line each; with a pattern DataFusion's too"
    }
    fn completes(&self) -> Completes {
        Completes::Functions
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !shell.show(&statement(argument), Texts::Cut).await? {
            let rows = shell.ask("SELECT DISTINCT name FROM meta.functions").await?;
            let names = rows.iter().filter_map(|row| row.first()).map(String::as_str);
            return Err(Error::usage(format!("no function fits `{argument}`"))
                .hint(match closest(argument, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a part of the name or of what it does will do; `.functions` alone lists our own".to_string(),
                })
                .into());
        }
        if argument.is_empty() {
            shell.messages.note("`.manual NAME` says more; `.functions date` looks among DataFusion's too");
        }
        Ok(Flow::Continue)
    }
}

fn statement(pattern: &str) -> String {
    match pattern {
        "" => OWN.to_string(),
        pattern => format!(
            "{OWN}\nWHERE  {}\nUNION ALL{OTHERS}\n  AND  {}\nGROUP  BY routine_name\nORDER  BY name, kind",
            fits(&["name", "summary"], pattern),
            fits(&["routine_name"], pattern)
        ),
    }
}
