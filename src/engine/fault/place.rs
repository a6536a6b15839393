//! Where in a statement an error lies that does not say so itself: at the text that it quotes, if the statement has that once. Pure.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::engine::dialect::ContangoDialect;
use crate::error::{Error, Kind};

/// The error with its place in the statement, where that can be told.
pub fn located(error: Error, statement: &str) -> Error {
    let place = error.place();
    // a value that is wrong on the command line is as wrong in a statement
    if !matches!(error.kind(), Kind::Query | Kind::Usage) || place.row.is_some() || place.file.is_some() || place.source.is_some() {
        return error;
    }
    let tokens = tokens(statement);
    // the last thing that a sentence names is what it is about
    let quoted: Vec<&str> = error.message().split('`').skip(1).step_by(2).collect();
    let found = quoted
        .iter()
        .rev()
        .find_map(|text| only(&tokens, text))
        .or_else(|| quoted.iter().rev().find_map(|text| only(&tokens, bare(text)?)));
    match found {
        Some((line, character)) => error.in_statement().at_character(line, character),
        None => error,
    }
}

/// `root` of `cot.root`, and `sum` of `sum(VARCHAR)`.
fn bare(text: &str) -> Option<&str> {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let name = match text.split_once('(') {
        Some((function, _)) => function,
        None => text.rsplit('.').next()?,
    };
    is_name(name).then_some(name)
}

/// Where the tokens of a text stand, if that is one place.
fn only(tokens: &[TokenWithSpan], text: &str) -> Option<(u64, u64)> {
    // a value is quoted without its quotes
    let mut places: Vec<usize> = (0..tokens.len()).filter(|&at| is_text(&tokens[at].token, text)).collect();
    if places.is_empty() {
        let wanted = self::tokens(text);
        let n = wanted.len();
        let is_here =
            |at: &usize| n > 0 && tokens[*at..].len() >= n && wanted.iter().zip(&tokens[*at..]).all(|(a, b)| is_same(&a.token, &b.token));
        places = (0..tokens.len()).filter(is_here).collect();
    }
    match places.as_slice() {
        [at] => Some((tokens[*at].span.start.line, tokens[*at].span.start.column)),
        _ => None,
    }
}

fn is_text(token: &Token, text: &str) -> bool {
    matches!(token, Token::SingleQuotedString(value) if value == text)
}

fn is_same(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Word(a), Token::Word(b)) => a.value.eq_ignore_ascii_case(&b.value),
        (a, b) => a == b,
    }
}

fn tokens(text: &str) -> Vec<TokenWithSpan> {
    let mut tokens = Vec::new();
    // what does not come apart is found nowhere
    let _ = Tokenizer::new(&ContangoDialect, text).tokenize_with_location_into_buf(&mut tokens);
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn character(message: &str, statement: &str) -> Option<u64> {
        located(Error::query(message), statement).place().character
    }

    #[test]
    fn error_stands_at_the_last_thing_it_quotes() {
        assert_eq!(character("`cot_as_of` has no argument `rot`", "SELECT * FROM cot_as_of(rot => 'ES')"), Some(25));
        assert_eq!(character("`abc` is no BIGINT", "SELECT CAST('abc' AS INT)"), Some(13));
        assert_eq!(character("there is no `sum(VARCHAR)`", "SELECT sum(root) FROM cot"), Some(8));
        assert_eq!(character("`cot.net` is a BIGINT, no condition", "SELECT 1 FROM cot WHERE net"), Some(25));
        assert_eq!(character("`upper(root)` is no aggregate function", "SELECT 1, UPPER (root)"), Some(11));
    }

    #[test]
    fn what_stands_in_several_places_or_in_none_has_no_place() {
        assert_eq!(character("`c` is a CTE", "WITH c AS (SELECT 1) SELECT * FROM c"), None);
        assert_eq!(character("`ZW` is no DOUBLE", "SELECT CAST(root AS DOUBLE) FROM cot"), None);
        assert_eq!(character("no text", "SELECT 1"), None);
    }
}
