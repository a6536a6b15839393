//! What the parser says of a text that is no SQL, in our words: what was expected, what stands there, and what was probably meant. Pure.

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, TokenizerError};

use crate::config::closest;
use crate::engine::dialect::ContangoDialect;
use crate::engine::parse::{RECURSION_LIMIT, lower_first};
use crate::error::Error;

/// Words that begin a statement or a clause, for a slip in one.
const STATEMENTS: &[&str] = &[
    "SELECT",
    "FROM",
    "WITH",
    "VALUES",
    "PIVOT",
    "UNPIVOT",
    "SET",
    "RESET",
    "SHOW",
    "EXPLAIN",
    "DESCRIBE",
    "CREATE",
    "DROP",
    "INSERT",
    "COPY",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
];
const CLAUSES: &[&str] =
    &["FROM", "WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "OFFSET", "JOIN", "UNION", "INTERSECT", "EXCEPT", "WINDOW"];

/// What the tokenizer says: a quote or a comment that is open.
pub fn of_tokenizer(text: &str, error: &TokenizerError) -> Error {
    let message = error.message.as_str();
    let (said, hint) = if message.contains("multi-line comment") {
        ("the comment that begins here is open", "close it with */")
    } else if message.starts_with("Expected close delimiter") {
        ("the quoted name that begins here is open", "close it with another quote; a text stands in single quotes")
    } else if message.starts_with("Unterminated") {
        ("the text that begins here is open", "close it with another quote; a quote inside a text is written twice")
    } else {
        return Error::query(lower_first(message)).at_character(error.location.line.max(1), error.location.column.max(1));
    };
    let open = match message.contains("multi-line comment") {
        true => text.rfind("/*").map(|at| place_of(text, at)),
        false => None,
    };
    let (line, character) = open.unwrap_or((error.location.line.max(1), error.location.column.max(1)));
    Error::query(said).hint(hint).at_character(line, character)
}

/// The one-based line and character of a byte.
fn place_of(text: &str, at: usize) -> (u64, u64) {
    let before = &text[..at];
    let line = before.matches('\n').count() as u64 + 1;
    let character = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) as u64 + 1;
    (line, character)
}

/// What the parser says.
pub fn of_parser(text: &str, error: DataFusionError) -> Error {
    let DataFusionError::SQL(parser, _) = error.find_root() else { return Error::from(error) };
    let message = match parser.as_ref() {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => {
            return Error::query(format!("the statement nests deeper than {RECURSION_LIMIT} levels"))
                .hint("write the inner parts as views or CTEs");
        }
    };
    // sqlparser prints the place at the end of its message: "... at Line: 1, Column: 8"
    let (what, place) = match message.rfind(" at Line: ") {
        Some(at) => (&message[..at], message[at + " at Line: ".len()..].split_once(", Column: ")),
        None => (message.as_str(), None),
    };
    let place = place.and_then(|(line, column)| Some((line.trim().parse().ok()?, column.trim().parse().ok()?)));
    let tokens = tokens(text);
    let expected = what.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: "));
    let (error, place) = match expected {
        Some((expected, found)) => of_expectation(expected, found, place, &tokens),
        None => (Error::query(lower_first(what)), place),
    };
    let (line, character) = place.unwrap_or_else(|| {
        let last = text.trim_end();
        place_of(text, last.len())
    });
    error.at_character(line, character)
}

type Place = Option<(u64, u64)>;

fn of_expectation(expected: &str, found: &str, place: Place, tokens: &[TokenWithSpan]) -> (Error, Place) {
    let is_end = found == "EOF";
    if (expected == ")" || (is_end && expected != "an expression"))
        && let Some(open) = open_parenthesis(tokens)
    {
        return (Error::query("this parenthesis is not closed").hint("close it with `)`"), Some(open));
    }
    let shown = |text: &str| match text {
        "EOF" => "the end of the statement".to_string(),
        text if text.contains(' ') => text.to_string(),
        text => format!("`{text}`"),
    };
    let wanted = match expected {
        "end of statement" => "the end of the statement".to_string(),
        "identifier" => "a name".to_string(),
        other if other.chars().all(|c| !c.is_lowercase()) && !other.contains(' ') => format!("`{other}`"),
        other => other.to_string(),
    };
    let at = place.and_then(|place| tokens.iter().position(|token| start(token) == place)).unwrap_or(tokens.len());
    let error = Error::query(format!("expected {wanted}, found {}", shown(found)));
    match remedy(expected, tokens, at) {
        Some(hint) => (error.hint(hint), place),
        None => (error, place),
    }
}

/// What was probably meant, seen from what stands at the place and before it.
fn remedy(expected: &str, tokens: &[TokenWithSpan], at: usize) -> Option<String> {
    let here = tokens.get(at).and_then(word);
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).and_then(word);
    let has = |text: &str| tokens.iter().take(at + 1).filter_map(word).any(|word| word.eq_ignore_ascii_case(text));
    if expected.contains("SQL statement") {
        return closest(here?, STATEMENTS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    }
    if expected == "MATCH_CONDITION" || (has("ASOF") && expected == "(") {
        return Some("write l ASOF JOIN r MATCH_CONDITION (l.t >= r.t) ON l.k = r.k".to_string());
    }
    if here.is_some_and(|word| word.eq_ignore_ascii_case("SYSTEM_TIME")) || (has("SYSTEM_TIME") && !has("WHERE")) {
        return Some("write FOR SYSTEM_TIME AS OF TIMESTAMP '...' right behind the table's name".to_string());
    }
    if has("UNPIVOT") {
        return Some("write FROM t UNPIVOT (value FOR name IN (a, b))".to_string());
    }
    if has("PIVOT") {
        return Some("write FROM t PIVOT (sum(x) FOR column IN ('a', 'b'))".to_string());
    }
    let pair = |first: &'static str| before_is(here, first).then(|| format!("write {first} BY"));
    if let Some(hint) = pair("GROUP").or_else(|| pair("ORDER")) {
        return Some(hint);
    }
    if before.is_some_and(|word| word.eq_ignore_ascii_case("CASE")) || (has("CASE") && !has("WHEN")) {
        return Some("write CASE WHEN condition THEN value ELSE other END".to_string());
    }
    if has("ROWS") && expected.contains("PRECEDING") {
        return Some("write ROWS 25 PRECEDING, or ROWS BETWEEN 25 PRECEDING AND CURRENT ROW".to_string());
    }
    // `SELECT root FORM cot` takes the slip for an alias and stumbles over what follows
    let slip = |typed: Option<&str>| {
        let typed = typed.filter(|typed| !CLAUSES.iter().any(|known| known.eq_ignore_ascii_case(typed)))?;
        closest(typed, CLAUSES.iter().copied()).map(|near| format!("did you mean `{near}` instead of `{typed}`?"))
    };
    let is_between = expected == "end of statement" || expected.starts_with("one of");
    is_between.then(|| slip(here).or_else(|| slip(before))).flatten()
}

fn before_is(word: Option<&str>, expected: &str) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(expected))
}

fn word(token: &TokenWithSpan) -> Option<&str> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}

fn start(token: &TokenWithSpan) -> (u64, u64) {
    (token.span.start.line, token.span.start.column)
}

fn tokens(text: &str) -> Vec<TokenWithSpan> {
    let mut tokens = Vec::new();
    // a text that does not come apart has told so already
    let _ = Tokenizer::new(&ContangoDialect, text).tokenize_with_location_into_buf(&mut tokens);
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    tokens
}

/// The last parenthesis that nothing closes.
fn open_parenthesis(tokens: &[TokenWithSpan]) -> Place {
    let mut open = Vec::new();
    for token in tokens {
        match token.token {
            Token::LParen => open.push(start(token)),
            Token::RParen => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use crate::engine::parse;

    fn said(text: &str) -> String {
        parse::statement(text).expect_err(text).to_string()
    }

    #[test]
    fn slip_in_a_keyword_is_answered_with_the_keyword() {
        assert_eq!(said("SELEC 1"), "line 1, column 1: expected an SQL statement, found `SELEC`\nhint: did you mean `SELECT`?");
        assert_eq!(
            said("SELECT root FORM cot"),
            "line 1, column 18: expected the end of the statement, found `cot`\nhint: did you mean `FROM` instead of `FORM`?"
        );
        assert!(said("SELECT a FROM t GROUP a").ends_with("found `GROUP`\nhint: write GROUP BY"));
    }

    #[test]
    fn open_parenthesis_is_where_the_fault_lies() {
        for (text, place) in [("SELECT (1 + 2 FROM cot", 8), ("SELECT * FROM (SELECT 1", 15), ("SELECT * FROM t WHERE a IN ('x'", 28)] {
            assert!(said(text).starts_with(&format!("line 1, column {place}: this parenthesis is not closed")), "{}", said(text));
        }
    }

    #[test]
    fn open_comment_stands_where_it_begins() {
        assert!(
            said("SELECT 1\n  /* open").starts_with("line 2, column 3: the comment that begins here is open"),
            "{}",
            said("SELECT 1\n  /* open")
        );
        assert!(said("SELECT 'x").starts_with("line 1, column 8: the text that begins here is open"));
    }
}
