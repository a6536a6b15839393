//! The arguments of `.chart`, read. Pure.
//!
//! ```text
//! .chart [FILE] [line|bar|scatter|hist] [x] [y …] [by COLUMN …] [title 'TEXT']
//! ```

use std::path::PathBuf;

use crate::error::{Error, Result};

/// How values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Line,
    Bar,
    Scatter,
    Hist,
}

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    Svg,
    Png,
    Html,
}

/// What was asked for; the rest is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    pub file: Option<(PathBuf, Picture)>,
    pub kind: Option<Kind>,
    /// Columns, the first of them perhaps across.
    pub columns: Vec<String>,
    pub by: Vec<String>,
    pub title: Option<String>,
}

const HINT: &str = "write `.chart [FILE.svg|png|html] [line|bar|scatter|hist] [x] [y ...] [by COLUMN]`";

impl Request {
    /// # Errors
    /// A quote is not closed, or `by` stands alone.
    pub fn parse(text: &str) -> Result<Self> {
        let mut request = Self::default();
        let mut is_by = false;
        let mut words = words(text)?.into_iter().peekable();
        while let Some(word) = words.next() {
            let plain = if word.is_quoted { "" } else { word.text.as_str() };
            if plain == "by" && !is_by {
                is_by = true;
            } else if plain == "title" && words.peek().is_some_and(|next| next.is_quoted) {
                request.title = words.next().map(|word| word.text);
            } else if let (Some(picture), None) = (picture(&word.text), &request.file) {
                request.file = Some((PathBuf::from(word.text), picture));
            } else if is_by {
                request.by.push(word.text);
            } else if let (Some(kind), None, true) = (kind(plain), request.kind, request.columns.is_empty()) {
                request.kind = Some(kind);
            } else {
                request.columns.push(word.text);
            }
        }
        if is_by && request.by.is_empty() {
            return Err(Error::usage("`by` needs a column").hint(HINT));
        }
        Ok(request)
    }
}

fn kind(word: &str) -> Option<Kind> {
    match word {
        "line" => Some(Kind::Line),
        "bar" | "bars" => Some(Kind::Bar),
        "scatter" => Some(Kind::Scatter),
        "hist" | "histogram" => Some(Kind::Hist),
        _ => None,
    }
}

fn picture(word: &str) -> Option<Picture> {
    let (name, ending) = word.rsplit_once('.')?;
    match ending.to_lowercase().as_str() {
        _ if name.is_empty() => None,
        "svg" => Some(Picture::Svg),
        "png" => Some(Picture::Png),
        "html" | "htm" => Some(Picture::Html),
        _ => None,
    }
}

struct Word {
    text: String,
    is_quoted: bool,
}

/// Words between spaces or commas; `'…'` and `"…"` hold spaces.
fn words(text: &str) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            ',' => (None, &rest[1..]),
            '\'' | '"' => {
                let end = rest[1..].find(first).ok_or_else(|| Error::usage(format!("the quote in `{rest}` is not closed")).hint(HINT))?;
                (Some(Word { text: rest[1..=end].to_string(), is_quoted: true }), &rest[end + 2..])
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
                (Some(Word { text: rest[..end].to_string(), is_quoted: false }), &rest[end..])
            }
        };
        words.extend(word);
        rest = after.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_by_what_they_are() {
        let request = Request::parse("out/es.SVG bar as_of, net \"open interest\" by category root title 'S&P 500'").expect("readable");
        assert_eq!(request.file, Some((PathBuf::from("out/es.SVG"), Picture::Svg)));
        assert_eq!(request.kind, Some(Kind::Bar));
        assert_eq!(request.columns, ["as_of", "net", "open interest"]);
        assert_eq!(request.by, ["category", "root"]);
        assert_eq!(request.title.as_deref(), Some("S&P 500"));
        assert_eq!(Request::parse("  ").expect("readable"), Request::default());
    }

    #[test]
    fn column_may_be_called_like_a_kind() {
        let request = Request::parse("line x line").expect("readable");
        assert_eq!((request.kind, request.columns.as_slice()), (Some(Kind::Line), ["x", "line"].map(String::from).as_slice()));
        assert_eq!(Request::parse("'bar'").expect("readable").columns, ["bar"]);
    }

    #[test]
    fn halves_are_refused() {
        assert_eq!(Request::parse("x by").map_err(|error| error.message().to_string()), Err("`by` needs a column".to_string()));
        assert!(Request::parse("x 'y").is_err());
    }
}
