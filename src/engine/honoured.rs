//! Clauses that the parser accepts and the planner would silently drop are errors here: an answer that ignored a part of its question is a
//! wrong answer. Also collects the names of CTEs, on which a system time means nothing.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SelectItem, VisitorMut, WildcardAdditionalOptions, visit_expressions};

use super::{answers, asof, parse};
use crate::error::{Error, Result};

/// What was seen of a statement on the way.
#[derive(Debug, Default)]
pub struct Checked {
    /// Names of its CTEs, in lower case.
    pub ctes: HashSet<String>,
    /// Whether a WHERE of its own text speaks of `as_of`.
    pub filters_as_of: bool,
}

/// Looks through a statement; fails on a clause that would be dropped.
pub fn check(statement: &mut Statement) -> Result<Checked> {
    asof::wrap(statement);
    answers::rewrite(statement);
    let mut check = Check::default();
    let _ = parse::visit(statement, &mut check);
    if check.is_empty {
        return Err(Error::query("`SELECT` names no columns").hint("write SELECT * FROM ..., or FROM ... alone"));
    }
    match check.refused {
        Some(clause) => Err(refusal(clause)),
        None => Ok(check.seen),
    }
}

/// The error for a clause that this engine does not honour.
pub fn refusal(clause: &str) -> Error {
    Error::query(format!("`{clause}` is not supported")).hint("it would have been ignored; remove it, or say the same in standard SQL")
}

#[derive(Default)]
struct Check {
    seen: Checked,
    refused: Option<&'static str>,
    is_empty: bool,
}

impl Check {
    fn refuse(&mut self, clauses: &[(bool, &'static str)]) -> ControlFlow<()> {
        self.refused = clauses.iter().find(|(present, _)| *present).map(|(_, clause)| *clause);
        if self.refused.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl VisitorMut for Check {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            self.seen.ctes.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.to_lowercase()));
        }
        self.refuse(&[
            (!query.locks.is_empty(), "FOR UPDATE"),
            (query.for_clause.is_some(), "FOR XML/JSON"),
            (query.settings.is_some(), "SETTINGS"),
            (query.format_clause.is_some(), "FORMAT"),
        ])
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let _ = visit_expressions(&select.selection, |expr| {
            let name = match expr {
                Expr::Identifier(name) => Some(name),
                Expr::CompoundIdentifier(names) => names.last(),
                _ => None,
            };
            self.seen.filters_as_of |= name.is_some_and(|name| name.value.eq_ignore_ascii_case("as_of"));
            ControlFlow::<()>::Continue(())
        });
        self.is_empty |= select.projection.is_empty();
        let renames = |options: &WildcardAdditionalOptions| options.opt_ilike.is_some();
        let ilike = select.projection.iter().any(|item| match item {
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => renames(options),
            _ => false,
        });
        self.refuse(&[
            (!select.optimizer_hints.is_empty(), "/*+ hint */"),
            (select.select_modifiers.is_some(), "SELECT modifier"),
            (select.exclude.is_some(), "SELECT ... EXCLUDE"),
            (select.prewhere.is_some(), "PREWHERE"),
            (!select.connect_by.is_empty(), "CONNECT BY"),
            (select.value_table_mode.is_some(), "AS STRUCT/VALUE"),
            (select.into.is_some(), "SELECT INTO"),
            (ilike, "* ILIKE"),
        ])
    }
}
