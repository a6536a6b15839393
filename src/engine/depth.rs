//! How deep a statement may go: everything that plans, prints, copies or drops one goes down as far, and a stack has an end. What is too
//! deep is a sentence.
//!
//! Tokens are looked at first, so that nothing is built that could not be taken apart again ([`ensure_shallow`]); then what was parsed, where
//! a chain of a thousand ANDs is a thousand levels ([`of_statement`]). What is done on the way is done on a [`tall`] stack.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, Select, SetExpr, SetOperator, TableFactor, TableWithJoins, VisitorMut};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::parse;
use crate::error::{Error, Result};

/// Levels of one statement, a link of a chain counted as one.
pub const MAX_LEVELS: usize = 500;
/// Levels of a statement and of the views that it stands on, added along the way down.
pub const MAX_LEVELS_WITH_VIEWS: usize = 2_000;
/// Parentheses inside each other.
const MAX_PARENTHESES: usize = 150;
/// Tokens without a comma between them, those around counted with them: more levels than tokens there are not.
const MAX_RUN: usize = 200_000;
/// Types inside types.
const MAX_TYPES: usize = 50;
/// What a query that stands for a value counts for, and whatever else is planned twice.
const LEVELS_OF_A_SUBQUERY: usize = 60;
/// What a sum, a difference or a product counts for: what plans them takes time with the cube of their number and more.
const LEVELS_OF_A_SUM: usize = 5;
/// What an EXCEPT or INTERSECT in a chain counts for.
const LEVELS_OF_A_SET_JOIN: usize = 10;
/// What planning, parsing and dropping stand on; memory is taken as far as they go.
const STACK: usize = 256 << 20;

/// Runs work on a stack that is as tall as a statement may be deep.
pub fn tall<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK / 2, STACK, work)
}

/// A future that is polled on a tall stack.
pub struct Tall<F>(Pin<Box<F>>);

impl<F: Future> Tall<F> {
    pub fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Tall<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        tall(|| self.0.as_mut().poll(context))
    }
}

/// That no parser loses itself in these tokens.
///
/// # Errors
/// They nest too deep.
pub fn ensure_shallow(tokens: &[TokenWithSpan]) -> Result<()> {
    // tokens since the last comma, of each parenthesis that is open
    let mut runs = vec![0_usize];
    let mut in_runs = 0_usize;
    // words that a parser goes down with and counts nothing
    let mut types = 0_usize;
    let mut brackets = 0_usize;
    let mut explained = 0_usize;
    // INTERVAL of INTERVAL, and what one PIVOT makes of another
    let mut intervals = 0_usize;
    let mut pivots = 0_usize;
    let mut before: Option<&Token> = None;
    for token in tokens {
        if matches!(token.token, Token::Whitespace(_)) {
            continue;
        }
        match &token.token {
            Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("INTERVAL") => intervals += 1,
            Token::SingleQuotedString(_) | Token::Number(..) => intervals = 0,
            Token::LParen if matches!(before, Some(Token::Word(word)) if is_pivot(&word.value)) => pivots += 1,
            _ => {}
        }
        brackets = if matches!(token.token, Token::LBracket | Token::RBracket) { brackets + 1 } else { 0 };
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => runs.push(0),
            Token::RParen | Token::RBracket | Token::RBrace if runs.len() > 1 => in_runs -= runs.pop().unwrap_or_default(),
            Token::Lt if matches!(before, Some(Token::Word(word)) if is_type_of_types(&word.value)) => types += 1,
            Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("EXPLAIN") => explained += 1,
            Token::Comma | Token::SemiColon => in_runs -= runs.last_mut().map(std::mem::take).unwrap_or_default(),
            _ => {
                if let Some(run) = runs.last_mut() {
                    *run += 1;
                }
                in_runs += 1;
            }
        }
        let too_many_words = types + explained > MAX_TYPES || intervals > MAX_TYPES || pivots > MAX_PARENTHESES;
        if runs.len() > MAX_PARENTHESES + 1 || in_runs > MAX_RUN || too_many_words || brackets > 2 * MAX_TYPES {
            return Err(too_deep().at_character(token.span.start.line, token.span.start.column));
        }
        before = Some(&token.token);
    }
    Ok(())
}

fn is_pivot(word: &str) -> bool {
    word.eq_ignore_ascii_case("pivot") || word.eq_ignore_ascii_case("unpivot")
}

fn is_type_of_types(word: &str) -> bool {
    ["array", "struct", "map", "list", "nullable", "nested", "tuple"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The error for a statement that nests too deep.
pub fn too_deep() -> Error {
    Error::query("the statement goes deeper than can be planned").hint(
        "many ORs are `x IN (...)`, many sums or UNIONs are a query over VALUES or a table; parts can be made tables with CREATE TABLE AS",
    )
}

/// The levels of a statement.
///
/// # Errors
/// There are more than [`MAX_LEVELS`].
pub fn of_statement(statement: &mut Statement) -> Result<usize> {
    let mut levels = Levels::default();
    match parse::visit(statement, &mut levels) {
        ControlFlow::Continue(()) => Ok(levels.deepest),
        ControlFlow::Break(()) => Err(too_deep()),
    }
}

#[derive(Default)]
struct Levels {
    now: usize,
    deepest: usize,
    /// What the queries and selects that are open add for their chains.
    chains: Vec<usize>,
}

impl Levels {
    fn down(&mut self, levels: usize) -> ControlFlow<()> {
        self.now += levels;
        self.deepest = self.deepest.max(self.now);
        if self.now > MAX_LEVELS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
    fn up(&mut self, levels: usize) -> ControlFlow<()> {
        self.now = self.now.saturating_sub(levels);
        ControlFlow::Continue(())
    }
    fn chained(&mut self, levels: usize) -> ControlFlow<()> {
        self.chains.push(levels);
        self.down(levels)
    }
    fn out_of_chain(&mut self) -> ControlFlow<()> {
        let levels = self.chains.pop().unwrap_or_default();
        self.up(levels)
    }
}

impl VisitorMut for Levels {
    type Break = ();
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let named = query.with.as_ref().map_or(0, |with| with.cte_tables.len());
        self.chained(1 + named + query.pipe_operators.len() + set_operations(&query.body))
    }
    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.out_of_chain()
    }
    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.chained(select.from.iter().map(joins).sum())
    }
    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<()> {
        self.out_of_chain()
    }
    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let levels = if let TableFactor::NestedJoin { table_with_joins, alias: _ } = factor { joins(table_with_joins) } else { 1 };
        self.chained(levels)
    }
    fn post_visit_table_factor(&mut self, _: &mut TableFactor) -> ControlFlow<()> {
        self.out_of_chain()
    }
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let levels = match expr {
            // planned as one inside the other
            Expr::CompoundFieldAccess { root: _, access_chain } => 1 + access_chain.len(),
            // each is planned twice, with all that stands in it
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => LEVELS_OF_A_SUBQUERY,
            // `CASE WHEN x IS NOT NULL THEN x ...` is what becomes of it: twice what stands first
            Expr::Function(function) if is_coalesce(&function.name.to_string()) => LEVELS_OF_A_SUBQUERY,
            // each looks anew at the types of all below it
            Expr::BinaryOp { left: _, op: BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply, right: _ } => {
                LEVELS_OF_A_SUM
            }
            _ => 1,
        };
        self.chained(levels)
    }
    fn post_visit_expr(&mut self, _: &mut Expr) -> ControlFlow<()> {
        self.out_of_chain()
    }
}

fn is_coalesce(name: &str) -> bool {
    ["coalesce", "nvl", "ifnull"].iter().any(|known| name.trim_matches('"').eq_ignore_ascii_case(known))
}

fn joins(from: &TableWithJoins) -> usize {
    1 + from.joins.len()
}

/// Set operations of a query's body that are planned one inside the other.
fn set_operations(body: &SetExpr) -> usize {
    let mut open = vec![(body, 0)];
    let mut deepest = 0;
    while let Some((body, depth)) = open.pop() {
        deepest = deepest.max(depth);
        if let SetExpr::SetOperation { left, right, op, set_quantifier: _ } = body {
            // the others are joins, and what plans them takes time with the cube of their number
            let levels = if *op == SetOperator::Union { 1 } else { LEVELS_OF_A_SET_JOIN };
            open.extend([(left.as_ref(), depth + levels), (right.as_ref(), depth + levels)]);
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Option<usize> {
        parse::statement(text).ok().flatten().and_then(|mut statement| of_statement(&mut statement).ok())
    }

    #[test]
    fn a_chain_is_as_deep_as_it_is_long() {
        let chain = |word: &str, n: usize| format!("SELECT {}", vec!["1"; n].join(word));
        assert!(levels(&chain(" AND ", 400)).is_some_and(|levels| levels >= 400));
        assert!(levels(&chain(" + ", 90)).is_some());
        assert!(levels(&format!("SELECT {}1{}", "coalesce(".repeat(7), ", 1)".repeat(7))).is_some());
        assert_eq!(levels(&chain(" + ", 110)), None);
        for word in [" + ", " AND ", " OR ", " || ", "::INT + ", " UNION ALL SELECT ", " IS NULL = "] {
            assert!(levels(&chain(word, 20)).is_some(), "{word}");
            assert_eq!(levels(&chain(word, 3_000)), None, "{word}");
            assert_eq!(levels(&chain(word, 150_000)), None, "{word}");
        }
    }

    #[test]
    fn what_is_long_and_flat_is_shallow() {
        let many = |what: &str, n: usize| vec![what; n].join(", ");
        assert!(levels(&format!("SELECT 1 IN ({})", many("1", 50_000))).is_some_and(|levels| levels < 10));
        assert!(levels(&format!("VALUES {}", many("(1, 2)", 20_000))).is_some_and(|levels| levels < 10));
        assert!(levels(&format!("SELECT {}", many("a + 1", 2_000))).is_some_and(|levels| levels < 10));
        assert!(levels(&format!("SELECT CASE {} END", vec!["WHEN a = 1 THEN 2"; 2_000].join(" "))).is_some_and(|levels| levels < 10));
    }

    #[test]
    fn every_way_down_has_an_end() {
        let around = |left: &str, middle: &str, right: &str, n: usize| format!("{}{middle}{}", left.repeat(n), right.repeat(n));
        for text in [
            around("SELECT (", "1", ")", 10_000),
            format!("SELECT {}", around("(", "1", ")", 10_000)),
            format!("SELECT {}", around("abs(", "1", ")", 10_000)),
            format!("SELECT {}", around("coalesce(", "1", ", 1)", 20)),
            format!("SELECT {}1", "NOT ".repeat(10_000)),
            format!("SELECT {}1", "- ".repeat(10_000)),
            format!("SELECT {}", around("CASE WHEN true THEN ", "1", " END", 10_000)),
            format!("SELECT 1{}", "::INT".repeat(10_000)),
            format!("SELECT a{}", "[1]".repeat(10_000)),
            format!("SELECT 1::INT{}", "[]".repeat(10_000)),
            format!("SELECT CAST(1 AS {})", around("ARRAY<", "INT", ">", 10_000)),
            format!("SELECT CAST(1 AS {})", around("STRUCT<a ", "INT", ", b INT>", 10_000)),
            format!("SELECT {}", around("[", "1", "]", 10_000)),
            format!("SELECT * FROM {}", around("(", "t", ")", 10_000)),
            format!("SELECT * FROM {}", around("(SELECT * FROM ", "t", ")", 10_000)),
            format!("SELECT * FROM t{}", " JOIN t".repeat(10_000)),
            format!("SELECT * FROM t{}", ", t".repeat(10_000)),
            format!("SELECT * FROM t {}", "|> WHERE true ".repeat(10_000)),
            format!("SELECT a{}", " IS NULL".repeat(10_000)),
            format!("SELECT a{}", " AT TIME ZONE 'UTC'".repeat(10_000)),
            format!("SELECT a{}", " BETWEEN 1 AND 2".repeat(10_000)),
            format!("WITH {} SELECT 1", (0..5_000).map(|n| format!("c{n} AS (SELECT 1)")).collect::<Vec<_>>().join(", ")),
            format!("{}SELECT 1", "EXPLAIN ".repeat(10_000)),
            format!("{}SELECT 1", "PREPARE p AS ".repeat(10_000)),
        ] {
            assert_eq!(levels(&text), None, "{}", &text[..40]);
        }
    }
}
