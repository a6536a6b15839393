//! Prose for the terminal: paragraphs that wrap, and pairs of a term and what it means in two columns. Pure: text and a width in, text out.
//! Where rows are wanted instead of prose (`.mode csv`), the command prints rows.

use unicode_width::UnicodeWidthStr;

use crate::shell::output::Output;

/// Longer lines are hard to read.
const WIDEST: usize = 100;
/// A longer term makes no column.
const LONGEST_TERM: usize = 26;
const NARROWEST: usize = 20;

/// How wide prose may be where it goes; `None` where rows are wanted.
pub fn width(output: &Output) -> Option<usize> {
    let is_drawn = ["table", "box"].contains(&output.format_now().name());
    let width = output.width().unwrap_or(80);
    is_drawn.then_some(width.clamp(NARROWEST, WIDEST))
}

/// A text of several paragraphs, each line behind `indent` blanks.
pub fn paragraphs(text: &str, indent: usize, width: usize) -> String {
    let lines = text.lines().flat_map(|line| match line.trim() {
        "" => vec![String::new()],
        line => wrapped(line, width.saturating_sub(indent)),
    });
    let lines: Vec<String> = lines.map(|line| format!("{}{line}", " ".repeat(indent)).trim_end().to_string()).collect();
    lines.join("\n")
}

/// The width of the column of terms, for pairs that are to be aligned with one another.
pub fn column<'a>(terms: impl IntoIterator<Item = &'a str>, width: usize) -> usize {
    let longest = LONGEST_TERM.min(width / 2);
    terms.into_iter().map(UnicodeWidthStr::width).filter(|width| *width <= longest).max().unwrap_or(0) + 2
}

/// Terms on the left, their meaning on the right, behind `column`; a longer term stands on a line of its own.
pub fn pairs(pairs: &[(String, String)], column: usize, indent: usize, width: usize) -> String {
    let blank = " ".repeat(indent + column);
    let mut lines = Vec::new();
    for (term, meaning) in pairs {
        let mut meaning = paragraphs(meaning, 0, width.saturating_sub(indent + column));
        let mut first = format!("{}{term}", " ".repeat(indent));
        if term.width() + 2 <= column {
            let padding = " ".repeat(column - term.width());
            let rest = meaning.split_off(meaning.find('\n').unwrap_or(meaning.len()));
            first.push_str(&format!("{padding}{meaning}"));
            meaning = rest.trim_start_matches('\n').to_string();
        }
        lines.push(first.trim_end().to_string());
        lines.extend(meaning.lines().map(|line| format!("{blank}{line}").trim_end().to_string()));
    }
    lines.join("\n")
}

/// The words of a line, on lines of at most `width`; a longer word stands alone and sticks out.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.width() + 1 + word.width() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_stay_apart_and_wrap() {
        let text = "one two three four\n\nfive";
        assert_eq!(paragraphs(text, 2, 12), "  one two\n  three four\n\n  five");
        assert_eq!(paragraphs("averyverylongword is", 0, 5), "averyverylongword\nis");
    }

    #[test]
    fn pairs_are_aligned_and_a_long_term_stands_alone() {
        let pair = |term: &str, meaning: &str| (term.to_string(), meaning.to_string());
        let short = [pair(".a", "does this and that"), pair(".bcd X", "more")];
        let pairs =
            |all: &[(String, String)], indent, width| pairs(all, column(all.iter().map(|(term, _)| term.as_str()), width), indent, width);
        assert_eq!(pairs(&short, 2, 24), "  .a      does this and\n          that\n  .bcd X  more");
        let long = [pair(".a", "x"), pair(&format!(".{}", "b".repeat(30)), "y")];
        assert_eq!(pairs(&long, 0, 60), format!(".a  x\n.{}\n    y", "b".repeat(30)));
    }
}
