//! The statement forms `PIVOT t ON column ...` and `UNPIVOT t ON columns INTO ...` as the clauses of FROM that mean the same. Pure, on tokens:
//! each keeps its place in the text, so an error stands where it was written.
//!
//! The clause has no room for a GROUP BY: the columns that the statement names travel as a last call in the list of aggregates, under a name
//! ([`GROUP_BY`]) that no function has.

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use crate::error::{Error, Result};

/// What the call that carries the columns of a GROUP BY is named.
pub const GROUP_BY: &str = "GROUP BY";

/// Rewrites every statement form in the tokens of a text.
///
/// # Errors
/// A part of a statement form is missing or is one that means nothing here.
pub fn rewrite(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    if !tokens.iter().any(|token| is_word(token, "PIVOT") || is_word(token, "UNPIVOT")) {
        return Ok(tokens);
    }
    let mut tokens: Vec<TokenWithSpan> = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    // the last one holds no other
    while let Some(at) = (0..tokens.len()).rev().find(|&at| is_statement(&tokens, at)) {
        let end = end_of(&tokens, at + 1);
        let form = if is_word(&tokens[at], "PIVOT") { pivot(&tokens[at..end])? } else { unpivot(&tokens[at..end])? };
        tokens.splice(at..end, form);
    }
    every_value_where_none_is_named(&mut tokens);
    Ok(tokens)
}

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
}

/// Whether a statement form begins here.
fn is_statement(tokens: &[TokenWithSpan], at: usize) -> bool {
    if !(is_word(&tokens[at], "PIVOT") || is_word(&tokens[at], "UNPIVOT")) {
        return false;
    }
    let Some(next) = tokens.get(at + 1) else { return false };
    let is_relation = match &next.token {
        // a query in parentheses; an aggregate in them is the clause
        Token::LParen => ["SELECT", "FROM", "WITH", "VALUES", "PIVOT", "UNPIVOT"]
            .iter()
            .any(|word| tokens.get(at + 2).is_some_and(|token| is_word(token, word))),
        Token::Word(_) => !NO_RELATION.iter().any(|word| is_word(next, word)),
        Token::SingleQuotedString(_) => true,
        _ => false,
    };
    let begins = match at.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(before) => match before.token {
            Token::SemiColon => true,
            // `WITH c AS (...) PIVOT c`; behind a relation in parentheses an alias cannot be followed by ON
            Token::LParen | Token::RParen => segment(tokens, at + 1, end_of(tokens, at + 1), "ON").is_some(),
            _ => ["AS", "EXPLAIN", "ANALYZE", "VERBOSE", "ALL", "UNION"].iter().any(|word| is_word(before, word)),
        },
    };
    is_relation && begins
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

/// Where a word stands between two places, outside parentheses.
fn segment(tokens: &[TokenWithSpan], from: usize, to: usize, word: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().take(to).skip(from) {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ if depth == 0 && is_word(token, word) => return Some(at),
            _ => {}
        }
    }
    None
}

/// What follows `pivot` where that is the name of a column or an alias.
const NO_RELATION: &[&str] = &[
    "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "ASOF", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "ON",
    "USING", "AS", "UNION", "FOR", "INCLUDE", "EXCLUDE",
];

fn error_at(token: &TokenWithSpan, message: impl Into<String>) -> Error {
    Error::query(message).at_character(token.span.start.line.max(1), token.span.start.column.max(1))
}

const PIVOT_FORM: &str = "write PIVOT t ON column [IN ('a', 'b')] USING sum(x) [GROUP BY y] [ORDER BY y]";
const UNPIVOT_FORM: &str = "write UNPIVOT t ON a, b INTO NAME n VALUE v";

/// `PIVOT t ON c IN (...) USING f(x) GROUP BY y ...` is `SELECT * FROM t PIVOT (f(x), "GROUP BY"(y) FOR (c) IN (...)) ...`.
fn pivot(form: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>> {
    let (head, n) = (&form[0], form.len());
    let on = segment(form, 1, n, "ON").filter(|&on| on > 1);
    let Some(on) = on else { return Err(error_at(head, "`PIVOT` lacks what its columns are made of").hint(PIVOT_FORM)) };
    let order = ["ORDER", "LIMIT", "OFFSET", "FETCH"].iter().filter_map(|word| segment(form, on, n, word)).min().unwrap_or(n);
    let group = segment(form, on, order, "GROUP");
    let body_end = group.unwrap_or(order);
    let using = segment(form, on, body_end, "USING");
    let column = &form[on + 1..using.unwrap_or(body_end)];
    let listed = segment(column, 0, column.len(), "IN");
    let expression = &column[..listed.unwrap_or(column.len())];
    if expression.is_empty() {
        return Err(error_at(&form[on], "`ON` lacks the column whose values become columns").hint(PIVOT_FORM));
    }
    if let Some(comma) = comma(column) {
        return Err(error_at(&column[comma], "`PIVOT` makes columns of one expression")
            .hint("join the two into one, `ON a || '_' || b`, or write the clause, FROM t PIVOT (sum(x) FOR ...)"));
    }
    let aggregates: &[TokenWithSpan] = using.map_or(&[], |using| &form[using + 1..body_end]);
    if let (Some(using), true) = (using, aggregates.is_empty()) {
        return Err(error_at(&form[using], "`USING` lacks an aggregate function").hint(PIVOT_FORM));
    }
    let mut out = Out::at(head);
    out.words(&["SELECT"]).tokens([Token::Mul]).words(&["FROM"]).written(&form[1..on]);
    out.at = form[on].span;
    out.words(&["PIVOT"]).tokens([Token::LParen]);
    match aggregates {
        [] => out.words(&["count"]).tokens([Token::LParen, Token::Mul, Token::RParen]),
        aggregates => out.written(aggregates),
    };
    if let Some(group) = group {
        let by = form.get(group + 1).filter(|token| is_word(token, "BY"));
        if by.is_none() || group + 2 >= order {
            return Err(error_at(&form[group], "`GROUP BY` lacks its columns").hint(PIVOT_FORM));
        }
        out.at = form[group].span;
        out.tokens([Token::Comma, quoted(GROUP_BY), Token::LParen]).written(&form[group + 2..order]).tokens([Token::RParen]);
    }
    out.at = expression[0].span;
    out.words(&["FOR"]).tokens([Token::LParen]).written(expression).tokens([Token::RParen]);
    match listed {
        Some(listed) => {
            let list = &column[listed..];
            if list.get(1).is_none_or(|token| token.token != Token::LParen) {
                return Err(error_at(&list[0], "`IN` lacks its values").hint("write them in parentheses: IN ('a', 'b')"));
            }
            out.written(list)
        }
        None => out.words(&["IN"]).tokens([Token::LParen]).words(&["ANY"]).tokens([Token::RParen]),
    };
    out.tokens([Token::RParen]).written(&form[order..]);
    Ok(out.tokens)
}

/// `UNPIVOT t ON a, b INTO NAME n VALUE v ...` is `SELECT * FROM t UNPIVOT (v FOR n IN (a, b)) ...`.
fn unpivot(form: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>> {
    let (head, n) = (&form[0], form.len());
    let on = segment(form, 1, n, "ON").filter(|&on| on > 1);
    let Some(on) = on else { return Err(error_at(head, "`UNPIVOT` lacks the columns that become rows").hint(UNPIVOT_FORM)) };
    let order = ["ORDER", "LIMIT", "OFFSET", "FETCH"].iter().filter_map(|word| segment(form, on, n, word)).min().unwrap_or(n);
    let into = segment(form, on, order, "INTO");
    let columns = &form[on + 1..into.unwrap_or(order)];
    let is_listed = !columns.is_empty() && columns.iter().all(|token| matches!(token.token, Token::Word(_) | Token::Comma | Token::Period));
    if !is_listed || columns.iter().any(|token| is_word(token, "COLUMNS")) {
        return Err(error_at(&form[on], "`UNPIVOT` takes columns by their names").hint(UNPIVOT_FORM));
    }
    let (name, value) = match into.map(|into| &form[into + 1..order]) {
        None => (vec![], vec![]),
        Some([name_word, name, value_word, value]) if is_word(name_word, "NAME") && is_word(value_word, "VALUE") => {
            (vec![name.clone()], vec![value.clone()])
        }
        Some(_) => return Err(error_at(&form[into.unwrap_or(on)], "`INTO` lacks the names of the two new columns").hint(UNPIVOT_FORM)),
    };
    let mut out = Out::at(head);
    out.words(&["SELECT"]).tokens([Token::Mul]).words(&["FROM"]).written(&form[1..on]);
    out.at = form[on].span;
    out.words(&["UNPIVOT"]).tokens([Token::LParen]);
    if value.is_empty() {
        out.tokens([quoted("value")])
    } else {
        out.written(&value)
    };
    out.words(&["FOR"]);
    if name.is_empty() {
        out.tokens([quoted("name")])
    } else {
        out.written(&name)
    };
    out.words(&["IN"]).tokens([Token::LParen]).written(columns).tokens([Token::RParen, Token::RParen]).written(&form[order..]);
    Ok(out.tokens)
}

fn comma(tokens: &[TokenWithSpan]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.token == Token::Comma
    })
}

/// `PIVOT (sum(x) FOR c)` is `PIVOT (sum(x) FOR c IN (ANY))`.
fn every_value_where_none_is_named(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        if is_word(&tokens[at], "PIVOT") && tokens[at + 1].token == Token::LParen {
            let end = end_of(tokens, at + 2);
            if let Some(key) = segment(tokens, at + 2, end, "FOR").filter(|&key| key + 1 < end)
                && segment(tokens, key, end, "IN").is_none()
                && segment(tokens, key, end, "DEFAULT").is_none()
            {
                let mut out = Out::at(&tokens[end.min(tokens.len() - 1)]);
                out.words(&["IN"]).tokens([Token::LParen]).words(&["ANY"]).tokens([Token::RParen]);
                tokens.splice(end..end, out.tokens);
            }
        }
        at += 1;
    }
}

fn quoted(name: &str) -> Token {
    Token::make_word(name, Some('"'))
}

/// Tokens as they are put together; those that nobody wrote stand at `at`.
struct Out {
    tokens: Vec<TokenWithSpan>,
    at: Span,
}

impl Out {
    fn at(token: &TokenWithSpan) -> Self {
        Self { tokens: Vec::new(), at: token.span }
    }
    fn words(&mut self, words: &[&str]) -> &mut Self {
        self.tokens(words.iter().map(|word| Token::make_word(word, None)))
    }
    fn tokens(&mut self, tokens: impl IntoIterator<Item = Token>) -> &mut Self {
        let at = self.at;
        self.tokens.extend(tokens.into_iter().map(|token| TokenWithSpan { token, span: at }));
        self
    }
    fn written(&mut self, tokens: &[TokenWithSpan]) -> &mut Self {
        self.tokens.extend_from_slice(tokens);
        self
    }
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
    fn statement_form_is_the_clause() {
        assert_eq!(
            rewritten("PIVOT t ON c IN ('a', 'b') USING sum(x) AS s, count(*) GROUP BY y, z ORDER BY y LIMIT 3"),
            "SELECT * FROM t PIVOT ( sum ( x ) AS s , count ( * ) , \"GROUP BY\" ( y , z ) FOR ( c ) IN ( 'a' , 'b' ) ) ORDER BY y LIMIT 3"
        );
        assert_eq!(rewritten("pivot t on c"), "SELECT * FROM t PIVOT ( count ( * ) FOR ( c ) IN ( ANY ) )");
        assert_eq!(
            rewritten("WITH w AS (PIVOT (FROM t) ON c USING max(x)) PIVOT w ON a || 'x' USING min(y)"),
            "WITH w AS ( SELECT * FROM ( FROM t ) PIVOT ( max ( x ) FOR ( c ) IN ( ANY ) ) ) SELECT * FROM w PIVOT ( min ( y ) FOR ( a || \
             'x' ) IN ( ANY ) )"
        );
        assert_eq!(
            rewritten("UNPIVOT t ON a, b INTO NAME n VALUE v ORDER BY n"),
            "SELECT * FROM t UNPIVOT ( v FOR n IN ( a , b ) ) ORDER BY n"
        );
    }

    #[test]
    fn clause_without_values_takes_every_one() {
        assert_eq!(rewritten("SELECT * FROM t PIVOT (sum(x) FOR c) p"), "SELECT * FROM t PIVOT ( sum ( x ) FOR c IN ( ANY ) ) p");
    }

    #[test]
    fn other_uses_of_the_word_stay() {
        for text in [
            "SELECT pivot FROM t",
            "SELECT * FROM t PIVOT ( sum ( x ) FOR c IN ( 'a' ) )",
            "SELECT \"PIVOT\" FROM t",
            "SELECT ( pivot + 1 )",
            "SELECT a AS pivot FROM t JOIN u ON a = b",
        ] {
            assert_eq!(rewritten(text), text);
        }
    }

    #[test]
    fn missing_parts_are_named_where_they_are_missed() {
        assert!(rewritten("PIVOT t USING sum(x)").starts_with("line 1, column 1: `PIVOT` lacks what its columns are made of"));
        assert!(rewritten("PIVOT t ON a, b USING sum(x)").starts_with("line 1, column 13: `PIVOT` makes columns of one expression"));
        assert!(rewritten("PIVOT t ON a USING").starts_with("line 1, column 14: `USING` lacks an aggregate"));
        assert!(rewritten("UNPIVOT t ON COLUMNS(*)").starts_with("line 1, column 11: `UNPIVOT` takes columns by their names"));
    }
}
