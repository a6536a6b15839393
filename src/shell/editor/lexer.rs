//! Cuts a text that may be half written into tokens, for colours and completion. Pure, linear, and never fails: what is not closed ends with
//! the text and says so.
//!
//! The parser has a tokenizer of its own, which gives up at an open quote; while a person types, most quotes are open.

/// What a token is, as far as an editor cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// A name in double quotes or backticks.
    Quoted,
    /// A string literal.
    Text,
    Number,
    /// `$name` or `:name`.
    Parameter,
    Comment,
    Symbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Whether the quote or comment that it opens is closed.
    pub is_closed: bool,
}

impl Token {
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }
    pub fn is(&self, text: &str, word: &str) -> bool {
        self.kind != Kind::Text && self.of(text).eq_ignore_ascii_case(word)
    }
}

/// The tokens of a text; what lies between them is white space.
pub fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end, is_closed) = next(bytes, at);
        // a token begins and ends beside an ASCII byte, or at the end: never inside a character
        tokens.push(Token { kind, start: at, end, is_closed });
        at = end;
    }
    tokens
}

/// Whether a text goes on after its end: its last statement lacks the semicolon, or a quote or comment is open.
pub fn is_open(text: &str) -> bool {
    let tokens = tokens(text);
    let is_closed = tokens.last().is_none_or(|token| token.is_closed);
    let last = tokens.iter().rev().find(|token| token.kind != Kind::Comment);
    !is_closed || last.is_some_and(|token| token.of(text) != ";")
}

/// Kind, end and closedness of the token that begins at a byte.
fn next(bytes: &[u8], at: usize) -> (Kind, usize, bool) {
    let rest = &bytes[at..];
    match rest {
        [b'-', b'-', ..] => (Kind::Comment, at + length(rest, |b| b != b'\n'), true),
        [b'/', b'*', ..] => comment(bytes, at),
        [b'\'', ..] => quoted(bytes, at, Kind::Text, false),
        [b'e' | b'E', b'\'', ..] => quoted(bytes, at + 1, Kind::Text, true),
        [b'n' | b'N' | b'x' | b'X' | b'b' | b'B', b'\'', ..] => quoted(bytes, at + 1, Kind::Text, false),
        [b'"' | b'`', ..] => quoted(bytes, at, Kind::Quoted, false),
        [b'$', ..] => dollar(bytes, at),
        [b':', second, ..] if is_word_start(*second) => (Kind::Parameter, at + 1 + length(&rest[1..], is_word), true),
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => (Kind::Number, number(bytes, at), true),
        [first, ..] if is_word_start(*first) => (Kind::Word, at + length(rest, is_word), true),
        [b'=', b'>', ..] | [b'<', b'=' | b'>', ..] | [b'>' | b'!', b'=', ..] | [b':', b':' | b'=', ..] | [b'|', b'|', ..] => {
            (Kind::Symbol, at + 2, true)
        }
        _ => (Kind::Symbol, at + 1, true),
    }
}

/// Characters beyond ASCII count as letters: what they are is the parser's business.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'@' | b'#') || !byte.is_ascii()
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn length(bytes: &[u8], is_part: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is_part(*byte)).unwrap_or(bytes.len())
}

fn number(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        let is_sign = matches!(byte, b'+' | b'-') && matches!(bytes[end - 1], b'e' | b'E') && bytes[at] != b'e';
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') || (end > at && is_sign)) {
            break;
        }
        end += 1;
    }
    end
}

/// A quote is doubled, or stands behind a backslash where those escape.
fn quoted(bytes: &[u8], at: usize, kind: Kind, has_escapes: bool) -> (Kind, usize, bool) {
    let quote = bytes[at];
    let mut end = at + 1;
    while end < bytes.len() {
        if has_escapes && bytes[end] == b'\\' {
            end += 2;
        } else if bytes[end] != quote {
            end += 1;
        } else if bytes.get(end + 1) == Some(&quote) {
            end += 2;
        } else {
            return (kind, end + 1, true);
        }
    }
    (kind, bytes.len(), false)
}

/// Comments nest.
fn comment(bytes: &[u8], at: usize) -> (Kind, usize, bool) {
    let mut depth = 0_usize;
    let mut end = at;
    while end < bytes.len() {
        match &bytes[end..] {
            [b'/', b'*', ..] => {
                depth += 1;
                end += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                end += 2;
                if depth == 0 {
                    return (Kind::Comment, end, true);
                }
            }
            _ => end += 1,
        }
    }
    (Kind::Comment, bytes.len(), false)
}

/// `$name`, or a string between two `$tag$`.
fn dollar(bytes: &[u8], at: usize) -> (Kind, usize, bool) {
    let after = at + 1 + length(&bytes[at + 1..], |byte| is_word(byte) && byte != b'$');
    if bytes.get(after) != Some(&b'$') {
        let kind = if after == at + 1 { Kind::Symbol } else { Kind::Parameter };
        return (kind, after, true);
    }
    let tag = &bytes[at..=after];
    let body = after + 1;
    match bytes[body..].windows(tag.len()).position(|window| window == tag) {
        Some(found) => (Kind::Text, body + found + tag.len(), true),
        None => (Kind::Text, bytes.len(), false),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).iter().map(|token| (token.kind, token.of(text))).collect()
    }

    #[test]
    fn statement_is_cut_into_its_parts() {
        use Kind::{Comment, Number, Parameter, Quoted, Symbol, Text, Word};
        assert_eq!(
            kinds("SELECT a.\"B\", 1.5e-3 FROM f('x''y', n => :p) -- end"),
            [
                (Word, "SELECT"),
                (Word, "a"),
                (Symbol, "."),
                (Quoted, "\"B\""),
                (Symbol, ","),
                (Number, "1.5e-3"),
                (Word, "FROM"),
                (Word, "f"),
                (Symbol, "("),
                (Text, "'x''y'"),
                (Symbol, ","),
                (Word, "n"),
                (Symbol, "=>"),
                (Parameter, ":p"),
                (Symbol, ")"),
                (Comment, "-- end"),
            ]
        );
        assert_eq!(kinds("x::date $1 $$a'b$$"), [(Word, "x"), (Symbol, "::"), (Word, "date"), (Parameter, "$1"), (Text, "$$a'b$$")]);
    }

    #[test]
    fn open_quote_reaches_to_the_end_and_says_so() {
        for text in ["SELECT 'ab; x", "SELECT \"ab", "/* a /* b */", "$t$ x $u$"] {
            let last = *tokens(text).last().expect("tokens");
            assert!(!last.is_closed, "{text}");
            assert_eq!(last.end, text.len());
            assert!(is_open(text));
        }
    }

    #[test]
    fn text_is_open_until_its_semicolon() {
        assert!(is_open("SELECT 1"));
        assert!(is_open("SELECT 1; SELECT 2"));
        assert!(is_open("SELECT ';'"));
        assert!(!is_open("SELECT 1;"));
        assert!(!is_open("SELECT 1; -- done"));
        assert!(!is_open("  "));
    }

    #[test]
    fn long_text_is_cut_in_a_moment() {
        let text = "SELECT 'a', \"b\" FROM t WHERE x = 1.5 -- c\n".repeat(250_000);
        let start = std::time::Instant::now();
        assert_eq!(tokens(&text).len(), 250_000 * 11);
        assert!(start.elapsed().as_secs() < 10, "{:?} for {} bytes", start.elapsed(), text.len());
    }

    proptest! {
        #[test]
        fn any_text_is_covered_by_tokens_and_blanks(text in "[ -~\n$'\"/*é]{0,80}") {
            let mut at = 0;
            for token in tokens(&text) {
                prop_assert!(text[at..token.start].chars().all(|c| c.is_ascii_whitespace()));
                prop_assert!(token.end > token.start);
                prop_assert!(text.is_char_boundary(token.end));
                at = token.end;
            }
            prop_assert!(text[at..].chars().all(|c| c.is_ascii_whitespace()));
        }
    }
}
