//! Clauses that the parser accepts and the planner would silently drop are errors here: an answer that ignored a part of its question is a
//! wrong answer.
//!
//! Every struct of the parser is taken apart by its fields, none left out: one that a new version of the parser adds does not compile until
//! somebody has decided what becomes of it. [`queries`] has what makes up a query, [`expressions`] what stands in it, [`windows`] the windows
//! that have names, and [`statements`] what is no query.

mod expressions;
mod queries;
mod statements;
mod windows;

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Expr, Query, Select, TableFactor, VisitorMut, visit_expressions};

pub use statements::{ensure_view, prepared, set_variable};

use super::functions::{FUNCTIONS, Function};
use super::{answers, asof, breadth, depth, parse};
use crate::error::{Error, Result};

/// What was seen of a statement on the way.
#[derive(Debug, Default)]
pub struct Checked {
    /// Whether a WHERE of its own text speaks of `as_of`.
    pub filters_as_of: bool,
    /// How deep it goes.
    pub levels: usize,
}

/// What kind of function a name is: the planner takes a scalar function's arguments and drops every clause around them.
#[derive(Debug)]
pub struct Kinds {
    scalar: HashSet<String>,
    window: HashSet<String>,
}

impl Kinds {
    /// Those of a planning state and our own.
    pub fn of(state: &SessionState) -> Self {
        let own = |is: fn(&Function) -> bool| FUNCTIONS.iter().filter(move |function| is(function)).map(|f| f.documentation().name);
        let scalar = state.scalar_functions().keys().chain(state.higher_order_functions().keys()).cloned();
        let scalar = scalar.chain(own(|f| matches!(f, Function::Scalar(..) | Function::Present(_))).map(str::to_string));
        let window = state.window_functions().keys().cloned().chain(own(|f| matches!(f, Function::Window(..))).map(str::to_string));
        Self { scalar: scalar.chain(["unnest".to_string(), "unnest_outer".to_string()]).collect(), window: window.collect() }
    }
}

/// Looks through a statement; fails on a clause that would be dropped.
///
/// # Errors
/// Such a clause, or a statement that goes too deep.
pub fn check(statement: &mut Statement, kinds: &Kinds) -> Result<Checked> {
    let levels = depth::of_statement(statement)?;
    breadth::ensure_named(statement)?;
    statements::ensure_honoured(statement)?;
    asof::wrap(statement);
    answers::rewrite(statement);
    let mut check = Check { seen: Checked { levels, ..Checked::default() }, refused: None, kinds };
    let _ = parse::visit(statement, &mut check);
    match check.refused {
        Some(error) => Err(error),
        None => Ok(check.seen),
    }
}

/// The error for a clause that this engine does not honour.
pub fn refusal(clause: &str) -> Error {
    Error::query(format!("`{clause}` is not supported")).hint("it would have been ignored; remove it, or say the same in standard SQL")
}

/// The first of these clauses that is there, as an error.
fn ensure_absent(clauses: &[(bool, &str)]) -> Result<()> {
    match clauses.iter().find(|(present, _)| *present) {
        Some((_, clause)) => Err(refusal(clause)),
        None => Ok(()),
    }
}

struct Check<'a> {
    seen: Checked,
    refused: Option<Error>,
    kinds: &'a Kinds,
}

impl Check<'_> {
    fn after(&mut self, looked: Result<()>) -> ControlFlow<()> {
        match looked {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.refused = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn notes_as_of(&mut self, selection: Option<&Expr>) {
        let Some(selection) = selection else { return };
        let _ = visit_expressions(selection, |expr| {
            let name = match expr {
                Expr::Identifier(name) => Some(name),
                Expr::CompoundIdentifier(names) => names.last(),
                _ => None,
            };
            self.seen.filters_as_of |= name.is_some_and(|name| name.value.eq_ignore_ascii_case("as_of"));
            ControlFlow::<()>::Continue(())
        });
    }
}

impl VisitorMut for Check<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let looked = queries::query(query).and_then(|()| windows::in_order(query));
        self.after(looked)
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.notes_as_of(select.selection.as_ref());
        let looked = queries::select(select).and_then(|()| windows::in_select(select));
        self.after(looked)
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let looked = queries::table_factor(factor);
        self.after(looked)
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let looked = expressions::expression(expr, self.kinds);
        self.after(looked)
    }

    fn pre_visit_statement(&mut self, statement: &mut ast::Statement) -> ControlFlow<()> {
        let looked = statements::statement(statement);
        self.after(looked)
    }
}
