//! What other engines spell in their own way, on tokens, before anything is parsed: `10_000`, `SUMMARIZE t`, `COPY ... TO 'f' (FORMAT csv)`,
//! `SET VARIABLE x = 1`, and `USING SAMPLE`, which is refused where it stands. Pure; each token keeps its place in the text.

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::summary;
use crate::error::{Error, Result};

/// What is said of every way to ask for some rows by chance.
pub const SAMPLE_HINT: &str = "a sample differs each time it is taken; write ORDER BY random() LIMIT 100 for 100 rows by chance";

/// Rewrites the tokens of one statement.
///
/// # Errors
/// A spelling that lacks a part, or one that is not honoured.
pub fn rewrite(mut tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    for token in &mut tokens {
        if let Token::Number(digits, _) = &mut token.token {
            digits.retain(|c| c != '_');
        }
    }
    let is_written = ["SUMMARIZE", "COPY", "VARIABLE", "SAMPLE"].iter().any(|word| tokens.iter().any(|token| is_word(token, word)));
    if !is_written {
        return Ok(tokens);
    }
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    ensure_no_sample(&tokens)?;
    set_variable(&mut tokens);
    copy_options(&mut tokens)?;
    while let Some(at) = (0..tokens.len()).rev().find(|&at| summarizes(&tokens, at)) {
        let end = end_of(&tokens, at + 1);
        let query = summarized(&tokens[at..end]);
        tokens.splice(at..end, query);
    }
    Ok(tokens)
}

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
}

fn is_word_at(tokens: &[TokenWithSpan], at: usize, word: &str) -> bool {
    tokens.get(at).is_some_and(|token| is_word(token, word))
}

fn error_at(token: &TokenWithSpan, message: impl Into<String>) -> Error {
    Error::query(message).at_character(token.span.start.line.max(1), token.span.start.column.max(1))
}

/// Where what begins here ends: at the semicolon, at the parenthesis that it stands in, or at the end of the text.
fn end_of(tokens: &[TokenWithSpan], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket if depth == 0 => return at,
            Token::RParen | Token::RBracket => depth -= 1,
            Token::SemiColon | Token::EOF if depth == 0 => return at,
            _ => {}
        }
    }
    tokens.len()
}

/// What a person put together out of these words stands at `at`.
fn put(at: Span, tokens: impl IntoIterator<Item = Token>) -> impl Iterator<Item = TokenWithSpan> {
    tokens.into_iter().map(move |token| TokenWithSpan { token, span: at })
}

fn word(word: &str) -> Token {
    Token::make_word(word, None)
}

fn ensure_no_sample(tokens: &[TokenWithSpan]) -> Result<()> {
    match tokens.windows(2).find(|pair| is_word(&pair[0], "USING") && is_word(&pair[1], "SAMPLE")) {
        Some(pair) => Err(error_at(&pair[0], "`USING SAMPLE` is not supported").hint(SAMPLE_HINT)),
        None => Ok(()),
    }
}

/// `SET VARIABLE x = 1` sets what is called `variable.x`.
fn set_variable(tokens: &mut Vec<TokenWithSpan>) {
    let is_set = (is_word_at(tokens, 0, "SET") || is_word_at(tokens, 0, "RESET")) && is_word_at(tokens, 1, "VARIABLE");
    if is_set && matches!(tokens.get(2).map(|token| &token.token), Some(Token::Word(_))) {
        let at = tokens[1].span;
        tokens.splice(2..2, put(at, [Token::Period]));
    }
}

/// What follows `summarize` where that is the name of a column.
const NO_RELATION: [&str; 11] = ["ORDER", "AS", "IS", "IN", "AND", "OR", "NOT", "LIKE", "BETWEEN", "IGNORE", "RESPECT"];

/// Whether a statement begins here that sums up a relation or a query.
fn summarizes(tokens: &[TokenWithSpan], at: usize) -> bool {
    if !is_word(&tokens[at], "SUMMARIZE") {
        return false;
    }
    let begins = match at.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(before) if is_word(before, "AS") => !tokens[..at].iter().any(|token| is_word(token, "SELECT") || is_word(token, "FROM")),
        Some(before) => {
            matches!(before.token, Token::SemiColon | Token::LParen) || ["EXPLAIN", "ANALYZE"].iter().any(|w| is_word(before, w))
        }
    };
    let is_relation = match tokens.get(at + 1) {
        Some(next) => match next.token {
            Token::Word(_) => !NO_RELATION.iter().any(|word| is_word(next, word)),
            Token::LParen | Token::SingleQuotedString(_) => true,
            _ => false,
        },
        None => false,
    };
    begins && is_relation
}

/// `SUMMARIZE t` is `SELECT * FROM "summarize"((SELECT * FROM t))`, which a relation of ours answers.
fn summarized(form: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let (at, of) = (form[0].span, &form[1..]);
    let is_query = ["SELECT", "FROM", "WITH", "VALUES", "PIVOT", "UNPIVOT"].iter().any(|word| is_word_at(of, 0, word))
        || of.first().is_some_and(|token| token.token == Token::LParen);
    let name = Token::make_word(summary::NAME, Some('"'));
    let mut query: Vec<TokenWithSpan> = put(at, [word("SELECT"), Token::Mul, word("FROM"), name, Token::LParen, Token::LParen]).collect();
    if !is_query {
        query.extend(put(at, [word("SELECT"), Token::Mul, word("FROM")]));
    }
    query.extend_from_slice(of);
    query.extend(put(at, [Token::RParen, Token::RParen]));
    query
}

/// Options of a COPY as other engines write them, and what they are called here.
const COPY_OPTIONS: [(&str, &str); 8] = [
    ("HEADER", "format.has_header"),
    ("DELIMITER", "format.delimiter"),
    ("DELIM", "format.delimiter"),
    ("SEP", "format.delimiter"),
    ("QUOTE", "format.quote"),
    ("NULL", "format.null_value"),
    ("NULLSTR", "format.null_value"),
    ("COMPRESSION", "format.compression"),
];

/// Codecs that are not named alone in a Parquet file.
const LEVELS: [(&str, &str); 3] = [("zstd", "zstd(3)"), ("gzip", "gzip(6)"), ("brotli", "brotli(4)")];

/// `COPY t TO 'f' [WITH] (FORMAT csv, HEADER)` is `COPY t TO 'f' STORED AS csv OPTIONS ('format.has_header' 'true')`.
fn copy_options(tokens: &mut Vec<TokenWithSpan>) -> Result<()> {
    let first = if is_word_at(tokens, 0, "EXPLAIN") { 1 } else { 0 };
    if !is_word_at(tokens, first, "COPY") {
        return Ok(());
    }
    // what is copied may be a query with a TO of its own, in parentheses
    let from = if tokens.get(first + 1).is_some_and(|token| token.token == Token::LParen) { end_of(tokens, first + 2) } else { first + 1 };
    let Some(to) = (from..tokens.len()).find(|&at| is_word(&tokens[at], "TO")) else { return Ok(()) };
    let open = if is_word_at(tokens, to + 2, "WITH") { to + 3 } else { to + 2 };
    if tokens.get(open).is_none_or(|token| token.token != Token::LParen) {
        return Ok(());
    }
    let close = end_of(tokens, open + 1);
    let mut stored = Vec::new();
    let mut partitions = Vec::new();
    let mut options: Vec<Token> = Vec::new();
    for option in listed(&tokens[open + 1..close]) {
        let Some((name, value)) = option.split_first() else { continue };
        let at = name.span;
        let called = name.token.to_string().to_uppercase();
        let text = match value.first().map(|value| &value.token) {
            None => None,
            Some(Token::SingleQuotedString(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        match (called.as_str(), text) {
            ("FORMAT", Some(format)) => stored.extend(put(at, [word("STORED"), word("AS"), word(&format.to_uppercase())])),
            ("PARTITION_BY", Some(_)) => {
                partitions.extend(put(at, [word("PARTITIONED"), word("BY")]));
                let is_list = value[0].token == Token::LParen;
                partitions.extend(put(at, (!is_list).then_some(Token::LParen)));
                partitions.extend_from_slice(value);
                partitions.extend(put(at, (!is_list).then_some(Token::RParen)));
            }
            (name_of_option, text) => {
                let Some((_, key)) = COPY_OPTIONS.iter().find(|(theirs, _)| *theirs == name_of_option) else {
                    return Err(error_at(name, format!("COPY has no option `{called}`"))
                        .hint("options are FORMAT, HEADER, DELIMITER, QUOTE, NULL, COMPRESSION and PARTITION_BY"));
                };
                let text = match text {
                    Some(text) => text,
                    None if *key == "format.has_header" => "true".to_string(),
                    None => return Err(error_at(name, format!("`{called}` lacks its value"))),
                };
                if !options.is_empty() {
                    options.push(Token::Comma);
                }
                options.extend([Token::SingleQuotedString((*key).to_string()), Token::SingleQuotedString(text)]);
            }
        }
    }
    let at = tokens[open].span;
    // a codec of Parquet is named with its level
    let is_parquet = |token: &TokenWithSpan| token.token.to_string().trim_matches('\'').to_lowercase().ends_with("parquet");
    if stored.last().is_some_and(is_parquet) || (stored.is_empty() && is_parquet(&tokens[to + 1])) {
        for option in &mut options {
            if let Token::SingleQuotedString(text) = option
                && let Some((_, leveled)) = LEVELS.iter().find(|(codec, _)| codec.eq_ignore_ascii_case(text))
            {
                *text = (*leveled).to_string();
            }
        }
    }
    let mut said: Vec<TokenWithSpan> = stored;
    said.extend(partitions);
    if !options.is_empty() {
        said.extend(put(at, [word("OPTIONS"), Token::LParen].into_iter().chain(options).chain([Token::RParen])));
    }
    tokens.splice(to + 2..(close + 1).min(tokens.len()), said);
    Ok(())
}

/// Parts between commas, those in parentheses whole.
fn listed(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.token == Token::Comma
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;
    use crate::engine::dialect::ContangoDialect;

    fn rewritten(text: &str) -> String {
        let tokens = Tokenizer::new(&ContangoDialect, text).tokenize_with_location().expect("tokens");
        match rewrite(tokens) {
            Ok(tokens) => {
                let said = tokens.iter().filter(|t| !matches!(t.token, Token::EOF | Token::Whitespace(_)));
                said.map(|t| t.token.to_string()).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn underscores_leave_numbers_alone() {
        assert_eq!(rewritten("SELECT 10_000, a_1, 1_0.5"), "SELECT 10000 , a_1 , 10.5");
    }

    #[test]
    fn what_is_summarized_is_a_query() {
        assert_eq!(rewritten("SUMMARIZE cot"), "SELECT * FROM \"summarize\" ( ( SELECT * FROM cot ) )");
        assert_eq!(rewritten("SUMMARIZE FROM t WHERE x > 1"), "SELECT * FROM \"summarize\" ( ( FROM t WHERE x > 1 ) )");
        assert_eq!(rewritten("FROM (SUMMARIZE t) LIMIT 1"), "FROM ( SELECT * FROM \"summarize\" ( ( SELECT * FROM t ) ) ) LIMIT 1");
        assert_eq!(rewritten("CREATE TABLE s AS SUMMARIZE t"), "CREATE TABLE s AS SELECT * FROM \"summarize\" ( ( SELECT * FROM t ) )");
        for other in ["SELECT summarize FROM t", "SELECT 1 AS summarize FROM t", "SELECT list ( summarize ORDER BY x ) FROM t"] {
            assert_eq!(rewritten(other), other);
        }
    }

    #[test]
    fn options_of_a_copy_are_ours() {
        assert_eq!(
            rewritten("COPY (SELECT 1) TO 'x.csv' (FORMAT csv, HEADER, DELIMITER ';')"),
            "COPY ( SELECT 1 ) TO 'x.csv' STORED AS CSV OPTIONS ( 'format.has_header' 'true' , 'format.delimiter' ';' )"
        );
        assert_eq!(rewritten("COPY t TO 'x' WITH (FORMAT 'parquet')"), "COPY t TO 'x' STORED AS PARQUET");
        assert_eq!(rewritten("COPY t TO 'x' (PARTITION_BY (a, b))"), "COPY t TO 'x' PARTITIONED BY ( a , b )");
        assert_eq!(rewritten("COPY t TO 'x.csv' OPTIONS ('a' 'b')"), "COPY t TO 'x.csv' OPTIONS ( 'a' 'b' )");
        assert!(rewritten("COPY t TO 'x' (OVERWRITE)").starts_with("line 1, column 16: COPY has no option `OVERWRITE`"));
    }

    #[test]
    fn a_sample_is_refused_where_it_stands() {
        assert!(rewritten("FROM t USING SAMPLE 5").starts_with("line 1, column 8: `USING SAMPLE` is not supported"));
        assert_eq!(rewritten("FROM t JOIN u USING (sample)"), "FROM t JOIN u USING ( sample )");
    }

    #[test]
    fn variables_have_a_name_of_their_own() {
        assert_eq!(rewritten("SET VARIABLE x = 3"), "SET VARIABLE . x = 3");
    }
}
