//! Text to statements: splitting by tokens, parsing one statement, filling `$name` placeholders. Pure.
//!
//! Splitting never looks at the text itself, only at tokens, so a semicolon in a string or a comment ends nothing.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, DFParserBuilder, ExplainStatement, ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{self, Expr, Value, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::dialect::ContangoDialect;
use super::{depth, fault, pivot, spelling};
use crate::error::{Error, Result};

/// Deep enough for any statement that a person writes, shallow enough for the stack of a worker thread.
pub(super) const RECURSION_LIMIT: usize = 200;

/// One statement of a text, and where it stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementText {
    pub text: String,
    /// One-based line and character of its first token in the whole text.
    pub line: u64,
    pub character: u64,
}

/// Splits a text into statements at top-level semicolons.
///
/// # Errors
/// An unclosed quote or comment, with its place.
pub fn split(text: &str) -> Result<Vec<StatementText>> {
    let mut tokens = Vec::new();
    Tokenizer::new(&ContangoDialect, text)
        .tokenize_with_location_into_buf(&mut tokens)
        .map_err(|error| fault::of_tokenizer(text, &error))?;
    let lines = LineStarts::of(text);
    let mut statements = Vec::new();
    let mut first: Option<&TokenWithSpan> = None;
    for token in &tokens {
        match &token.token {
            Token::Whitespace(_) => {}
            Token::SemiColon | Token::EOF => {
                if let Some(start) = first.take() {
                    statements.push(lines.statement(text, start, token));
                }
            }
            _ => {
                first.get_or_insert(token);
            }
        }
    }
    if let Some(start) = first {
        let (line, character) = (start.span.start.line, start.span.start.column);
        statements.push(StatementText { text: text[lines.offset(text, line, character)..].trim_end().to_string(), line, character });
    }
    Ok(statements)
}

/// Whether a text ends inside a statement: the shell goes on reading lines.
pub fn is_incomplete(text: &str) -> bool {
    let mut tokens = Vec::new();
    if Tokenizer::new(&ContangoDialect, text).tokenize_with_location_into_buf(&mut tokens).is_err() {
        return true;
    }
    let last = tokens.iter().rev().find(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF));
    last.is_some_and(|t| t.token != Token::SemiColon)
}

/// Byte offsets of the lines of a text, to turn a tokenizer's place into a slice.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }
    fn offset(&self, text: &str, line: u64, character: u64) -> usize {
        let start = self.0.get(line.saturating_sub(1) as usize).copied().unwrap_or(text.len());
        text[start..].char_indices().nth(character.saturating_sub(1) as usize).map_or(text.len(), |(at, _)| start + at)
    }
    fn statement(&self, text: &str, first: &TokenWithSpan, end: &TokenWithSpan) -> StatementText {
        let (line, character) = (first.span.start.line, first.span.start.column);
        let from = self.offset(text, line, character);
        let to = self.offset(text, end.span.start.line, end.span.start.column).max(from);
        StatementText { text: text[from..to].trim_end().to_string(), line, character }
    }
}

/// Parses one statement; `None` for a text without any.
///
/// # Errors
/// The text does not parse, or holds several statements.
pub(super) fn statement(text: &str) -> Result<Option<Statement>> {
    depth::tall(|| shallow_statement(text))
}

fn shallow_statement(text: &str) -> Result<Option<Statement>> {
    let tokens = Tokenizer::new(&ContangoDialect, text).tokenize_with_location().map_err(|error| fault::of_tokenizer(text, &error))?;
    depth::ensure_shallow(&tokens)?;
    let parsed = DFParserBuilder::new(pivot::rewrite(spelling::rewrite(tokens)?)?)
        .with_dialect(&ContangoDialect)
        .with_recursion_limit(RECURSION_LIMIT)
        .build()
        .and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| fault::of_parser(text, error))?;
    match statements.len() {
        0 => Ok(None),
        1 => {
            let Some(mut statement) = statements.pop_front() else { return Ok(None) };
            depth::of_statement(&mut statement)?;
            let _ = visit(&mut statement, &mut AllOfFrom);
            Ok(Some(statement))
        }
        n => Err(Error::query(format!("one statement was expected, {n} were found")).hint("separate statements with `;` in a script")),
    }
}

/// `FROM t` without a SELECT asks for every column; DataFusion would give none.
struct AllOfFrom;

impl VisitorMut for AllOfFrom {
    type Break = ();
    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<()> {
        fn fill(body: &mut ast::SetExpr) {
            match body {
                ast::SetExpr::Select(select) if select.flavor == ast::SelectFlavor::FromFirstNoSelect => {
                    select.flavor = ast::SelectFlavor::Standard;
                    select.projection = vec![ast::SelectItem::Wildcard(ast::WildcardAdditionalOptions::default())];
                }
                ast::SetExpr::SetOperation { left, right, .. } => {
                    fill(left);
                    fill(right);
                }
                _ => {}
            }
        }
        fill(&mut query.body);
        ControlFlow::Continue(())
    }
}

/// Whether a statement sets or resets the clock. A text that does not parse moves nothing.
pub fn moves_clock(text: &str) -> bool {
    fn is_clock(name: &ast::ObjectName) -> bool {
        name.0.last().and_then(|part| part.as_ident()).is_some_and(|ident| ident.value.eq_ignore_ascii_case("clock"))
    }
    fn moves(sql: &ast::Statement) -> bool {
        match sql {
            ast::Statement::Set(ast::Set::SingleAssignment { variable, .. }) => is_clock(variable),
            ast::Statement::Prepare { statement, .. } => moves(statement),
            _ => false,
        }
    }
    match statement(text) {
        Ok(Some(Statement::Statement(sql))) => moves(&sql),
        Ok(Some(Statement::Reset(ResetStatement::Variable(name)))) => is_clock(&name),
        _ => false,
    }
}

/// The query of an `EXPLAIN PIT query`, which the parser does not know, behind as many blanks as characters stand before it: places in it
/// are those of the statement. `None` for any other text.
pub(super) fn pit_query(text: &str) -> Result<Option<String>> {
    let mut tokens = Vec::new();
    if Tokenizer::new(&ContangoDialect, text).tokenize_with_location_into_buf(&mut tokens).is_err() {
        // the parser says what is wrong
        return Ok(None);
    }
    let mut said = tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF | Token::SemiColon));
    let mut is_next = |word: &str| {
        let next = said.next();
        next.is_some_and(|t| matches!(&t.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word)))
    };
    if !(is_next("EXPLAIN") && is_next("PIT")) {
        return Ok(None);
    }
    // `EXPLAIN pit` and `EXPLAIN pit.t` describe tables
    let Some(first) = said.next().filter(|t| t.token != Token::Period) else { return Ok(None) };
    let at = LineStarts::of(text).offset(text, first.span.start.line, first.span.start.column);
    let blank = text[..at].chars().map(|c| if c == '\n' { c } else { ' ' });
    Ok(Some(blank.chain(text[at..].chars()).collect()))
}

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    match chars.next() {
        // an acronym keeps its capitals
        Some(first) if !chars.clone().next().is_some_and(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => text.trim_end_matches('.').to_string(),
    }
}

/// Replaces `$name` by the literal that the user gave for it. A value that reads as a plain number becomes one; everything else, contract
/// codes with leading zeros included, is a string.
pub(super) fn fill_parameters(statement: &mut Statement, values: &HashMap<String, String>) -> Result<()> {
    struct Fill<'a> {
        values: &'a HashMap<String, String>,
        missing: Vec<(String, Location)>,
    }
    impl VisitorMut for Fill<'_> {
        type Break = ();
        fn pre_visit_value(&mut self, value: &mut ast::ValueWithSpan) -> ControlFlow<()> {
            if let Value::Placeholder(name) = &value.value {
                let key = name.trim_start_matches(['$', ':']);
                match self.values.get(key) {
                    Some(text) => value.value = literal(text),
                    None => self.missing.push((name.clone(), value.span.start)),
                }
            }
            ControlFlow::Continue(())
        }
    }
    let mut fill = Fill { values, missing: Vec::new() };
    let _ = visit(statement, &mut fill);
    let Some((first, at)) = fill.missing.first().cloned() else { return Ok(()) };
    let mut names: Vec<&str> = Vec::new();
    for (placeholder, _) in &fill.missing {
        let name = placeholder.trim_start_matches(['$', ':']);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let shown = match names.as_slice() {
        [_] => format!("`{first}`"),
        several => several.iter().map(|name| format!("`${name}`")).collect::<Vec<_>>().join(", "),
    };
    let given: Vec<String> = names.iter().map(|name| format!("--param {name}=...")).collect();
    let error = Error::query(format!("no value for {shown}")).hint(match names.as_slice() {
        [name] => format!("give one with `--param {name}=...`, in the shell with `.param set {name} ...`"),
        _ => format!("give them with `{}`, in the shell with `.param set NAME ...`", given.join(" ")),
    });
    Err(if at.line > 0 { error.at_character(at.line, at.column) } else { error })
}

fn literal(text: &str) -> Value {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if all_digits(whole) && all_digits(fraction) && (whole == "0" || !whole.starts_with('0')) {
        Value::Number(text.to_string(), false)
    } else {
        Value::SingleQuotedString(text.to_string())
    }
}

/// Walks whatever part of a DataFusion statement holds SQL.
pub(super) fn visit<V: VisitorMut>(statement: &mut Statement, visitor: &mut V) -> ControlFlow<V::Break> {
    match statement {
        Statement::Statement(inner) => inner.visit(visitor),
        Statement::Explain(ExplainStatement { statement, .. }) => visit(statement, visitor),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(visitor),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    }
}

/// A query with other names for its columns.
pub(super) fn under_names(query: Statement, names: &[String]) -> Result<Statement> {
    struct Wrap(Option<Box<ast::Query>>);
    impl VisitorMut for Wrap {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &mut ast::TableFactor) -> ControlFlow<()> {
            if let (ast::TableFactor::Derived { subquery, .. }, Some(query)) = (factor, self.0.take()) {
                *subquery = query;
            }
            ControlFlow::Break(())
        }
    }
    let inner = match query {
        Statement::Statement(inner) => match *inner {
            ast::Statement::Query(query) => query,
            other => return Err(Error::internal(format!("`{other}` is no query"))),
        },
        other => return Err(Error::internal(format!("`{other}` is no query"))),
    };
    let outer = statement(&format!("SELECT * FROM (SELECT 1) AS v({})", names.join(", ")))?;
    let mut outer = outer.ok_or_else(|| Error::internal("a statement without a text"))?;
    let _ = visit(&mut outer, &mut Wrap(Some(inner)));
    Ok(outer)
}

/// Replaces `$1`, `$2`, … by the expressions of an EXECUTE.
pub(super) fn fill_positional(statement: &mut Statement, arguments: &[Expr]) -> Result<()> {
    const HINT: &str = "give one argument per placeholder, `EXECUTE p('ES', 52)`";
    let mut used = 0;
    each_placeholder(statement, |placeholder, at| {
        used = used.max(at);
        match at.checked_sub(1).and_then(|at| arguments.get(at)) {
            Some(argument) => Ok(Expr::Nested(Box::new(argument.clone()))),
            None => Err(Error::query(format!("EXECUTE gives no value for `{placeholder}`")).hint(HINT)),
        }
    })?;
    match arguments.len() > used {
        true => Err(Error::query(format!("EXECUTE gives {} values, and the statement takes {used}", arguments.len())).hint(HINT)),
        false => Ok(()),
    }
}

/// Puts something in the place of each `$1`, `$2`, …, by what stands there and its number.
pub(super) fn each_placeholder(statement: &mut Statement, put: impl FnMut(Expr, usize) -> Result<Expr>) -> Result<()> {
    struct Replace<F>(F);
    impl<F: FnMut(Expr, usize) -> Result<Expr>> VisitorMut for Replace<F> {
        type Break = Error;
        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
            let Expr::Value(value) = expr else { return ControlFlow::Continue(()) };
            let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
            let Ok(at) = name.trim_start_matches('$').parse::<usize>() else { return ControlFlow::Continue(()) };
            match (self.0)(expr.clone(), at) {
                Ok(other) => {
                    *expr = other;
                    ControlFlow::Continue(())
                }
                Err(error) => ControlFlow::Break(error),
            }
        }
    }
    match visit(statement, &mut Replace(put)) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        split(text).unwrap().into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn semicolons_in_strings_and_comments_end_nothing() {
        assert_eq!(texts("SELECT ';' -- a; b\n, 1; /* ; */ SELECT 2;;\n"), ["SELECT ';' -- a; b\n, 1", "SELECT 2"]);
        assert_eq!(texts("SELECT 1"), ["SELECT 1"]);
        assert!(texts("  -- nothing\n").is_empty());
    }

    #[test]
    fn second_statement_is_an_error_with_its_place() {
        let error = statement("SELECT 1 AS x\nSELECT 2").unwrap_err();
        assert!(error.to_string().contains("expected the end of the statement, found `SELECT`"), "{error}");
        assert_eq!(error.place().row, Some(2));
    }

    #[test]
    fn a_statement_knows_its_place() {
        let all = split("SELECT 1;\n\n  SELECT 'é;',\n 2;").unwrap();
        assert_eq!((all[1].line, all[1].character, all[1].text.as_str()), (3, 3, "SELECT 'é;',\n 2"));
    }

    #[test]
    fn statements_that_move_the_clock() {
        for text in ["SET clock = '2020-01-01'", "set \"Clock\" TO '2020-01-01'", "RESET clock", "PREPARE p AS SET clock = '2020-01-01'"] {
            assert!(moves_clock(text), "{text}");
        }
        for text in ["SHOW clock", "SET contango.backcast = 'allow'", "SELECT 'SET clock'", "SELEC", ""] {
            assert!(!moves_clock(text), "{text}");
        }
    }

    #[test]
    fn the_query_of_explain_pit_keeps_its_place() {
        let query = |text: &str| pit_query(text).unwrap();
        assert_eq!(query("explain -- é\n Pit SELECT 'a;';").as_deref(), Some("            \n     SELECT 'a;';"));
        for other in
            ["EXPLAIN SELECT 1", "EXPLAIN pit", "EXPLAIN pit.t", "EXPLAIN \"pit\" SELECT 1", "SELECT 'EXPLAIN PIT x'", "EXPLAIN PIT 'x"]
        {
            assert_eq!(query(other), None, "{other}");
        }
    }

    #[test]
    fn an_open_quote_is_an_error_with_its_place() {
        let error = split("SELECT 1;\nSELECT 'x").unwrap_err();
        assert_eq!(error.place().row, Some(2));
    }

    #[test]
    fn incomplete_until_the_semicolon() {
        assert!(is_incomplete("SELECT 1"));
        assert!(is_incomplete("SELECT 'a;"));
        assert!(!is_incomplete("SELECT 1; -- done"));
        assert!(!is_incomplete("  "));
    }

    #[test]
    fn parameters_keep_leading_zeros() {
        assert_eq!(literal("052"), Value::SingleQuotedString("052".into()));
        assert_eq!(literal("52"), Value::Number("52".into(), false));
        assert_eq!(literal("-0.5"), Value::Number("-0.5".into(), false));
        assert_eq!(literal("ES"), Value::SingleQuotedString("ES".into()));
        assert_eq!(literal("1e5"), Value::SingleQuotedString("1e5".into()));
    }

    #[test]
    fn from_alone_asks_for_every_column() {
        let parsed = |text: &str| statement(text).unwrap().unwrap().to_string();
        assert_eq!(parsed("FROM cot"), "SELECT * FROM cot");
        assert_eq!(parsed("FROM a UNION ALL (FROM b)"), "SELECT * FROM a UNION ALL (SELECT * FROM b)");
        assert_eq!(parsed("SELECT x FROM (FROM cot LIMIT 1)"), "SELECT x FROM (SELECT * FROM cot LIMIT 1)");
    }

    #[test]
    fn a_syntax_error_has_a_place() {
        let error = statement("SELECT (1\n  FROM cot").unwrap_err();
        assert!(error.place().row.is_some(), "{error}");
    }
}
