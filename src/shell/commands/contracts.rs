//! `.contracts`: the contracts of a root that are listed, with their last days and their newest figures, as known at the clock.

use async_trait::async_trait;

use super::sql::{columns, literal};
use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::show::Texts;

pub struct Contracts;

/// What is told of each, and how wide a terminal it takes.
const COLUMNS: [(&str, usize); 10] = [
    ("c.symbol", 0),
    ("c.contract_id", 100),
    ("c.expiration", 0),
    ("c.first_notice", 78),
    ("b.as_of AS session", 92),
    ("b.settlement", 0),
    ("b.close", 128),
    ("b.volume", 64),
    ("b.open_interest", 52),
    ("c.dataset", 140),
];

#[async_trait(?Send)]
impl Command for Contracts {
    fn name(&self) -> &'static str {
        "contracts"
    }
    fn argument(&self) -> &'static str {
        "ROOT [all]"
    }
    fn doc(&self) -> &'static str {
        "listed contracts of a root: last days, newest figures"
    }
    fn completes(&self) -> Completes {
        Completes::Roots
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let mut words = argument.split_whitespace();
        let Some(typed) = words.next() else {
            return Err(Error::usage("`.contracts` needs a root").hint("write `.contracts ES`").into());
        };
        let are_all_asked = match words.next() {
            None => false,
            Some("all") => true,
            Some(other) => {
                return Err(Error::usage(format!("`{other}` is no choice of contracts"))
                    .hint(format!("write `.contracts {typed} all`"))
                    .into());
            }
        };
        let root = shell.session.config().find_root(typed).map_or_else(|| typed.to_uppercase(), |root| root.root.clone());
        let sql = statement(&root, are_all_asked, shell.width());
        if shell.show(&sql, Texts::Wrapped).await? {
            return Ok(Flow::Continue);
        }
        let rows = shell.ask("SELECT DISTINCT root FROM contracts ORDER BY root").await?;
        let known: Vec<&str> = rows.iter().filter_map(|row| row.first()).map(String::as_str).collect();
        if known.contains(&root.as_str()) {
            return Err(Error::usage(format!("every known contract of `{root}` has expired"))
                .hint(format!("`.contracts {root} all` lists them"))
                .into());
        }
        let error = Error::usage(format!("no contracts of `{root}` are known"));
        Err(error
            .hint(match closest(&root, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "the lake holds no futures that were known by then".to_string(),
                None => format!("roots with contracts are {}", known.join(", ")),
            })
            .into())
    }
}

/// Listed are the contracts that had not expired on the newest day with a bar: a lake that ends years ago has listed ones too.
fn statement(root: &str, are_all_asked: bool, width: Option<usize>) -> String {
    let root = literal(root);
    let listed = match are_all_asked {
        true => String::new(),
        false => format!(
            "\n  AND  (c.expiration IS NULL OR c.expiration >= coalesce((SELECT max(last_bar) FROM contracts WHERE root = {root}), today()))"
        ),
    };
    format!(
        "SELECT {}\n\
         FROM   contracts c\n\
         LEFT   JOIN futures_bars b ON b.root = {root} AND b.dataset = c.dataset AND b.contract_id = c.contract_id AND b.as_of = c.last_bar\n\
         WHERE  c.root = {root}{listed}\n\
         ORDER  BY c.expiration, c.dataset",
        columns(&COLUMNS, width)
    )
}
