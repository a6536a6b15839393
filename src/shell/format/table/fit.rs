//! Which columns of a table are shown and how wide, given a terminal's width. Pure.

use datafusion::arrow::datatypes::DataType;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::tables::rank;

/// Texts are not cut below this width before columns are left out.
const NARROWEST: usize = 12;

/// A column's name and the widest of its values.
pub struct Column {
    pub name: String,
    pub is_number: bool,
    /// Whether a part of a value would mislead: numbers, days, instants.
    pub is_whole: bool,
    widest: usize,
    has_spaces: bool,
    /// Whether a value has several lines (plans): they are for reading, and stay whole.
    has_lines: bool,
    is_wrapped: bool,
}

impl Column {
    pub fn new(name: &str, kind: &DataType) -> Self {
        let is_number = kind.is_numeric();
        let is_whole = is_number || kind.is_temporal();
        Self {
            name: name.to_string(),
            is_number,
            is_whole,
            widest: name.width().max(1),
            has_spaces: false,
            has_lines: false,
            is_wrapped: false,
        }
    }

    /// Makes room for the lines of a value.
    pub fn widen(&mut self, lines: &[String]) {
        self.has_lines |= lines.len() > 1;
        self.widest = self.widest.max(lines.iter().map(|line| line.width()).max().unwrap_or(0));
        self.has_spaces |= lines.iter().any(|line| line.contains(' '));
    }

    /// Names are not parted where texts are wrapped.
    pub fn keep_words(&mut self) {
        self.is_wrapped = true;
    }

    fn narrowest(&self) -> usize {
        if self.is_whole || self.has_lines || (self.is_wrapped && !self.has_spaces) { self.widest } else { self.widest.min(NARROWEST) }
    }
}

/// A column as shown, or the mark for those that are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Column { index: usize, width: usize },
    Elision,
}

impl Shown {
    pub fn width(self) -> usize {
        match self {
            Self::Column { width, .. } => width,
            Self::Elision => 1,
        }
    }
}

/// Chooses columns and widths so that the table is at most `width` wide; without a width everything is shown whole.
/// Texts are cut first, the widest first; if that is not enough columns are left out, those first that the eye looks for last.
pub fn fit(columns: &[Column], width: Option<usize>) -> Vec<Shown> {
    let whole = |index: usize| Shown::Column { index, width: columns[index].widest };
    let Some(width) = width else { return (0..columns.len()).map(whole).collect() };
    let kept = keep(columns, width);
    let mut widths: Vec<usize> = kept.iter().map(|&index| columns[index].widest).collect();
    let marks = marks(&kept, columns.len());
    let room = width.saturating_sub(frame(kept.len() + marks) + marks);
    while widths.iter().sum::<usize>() > room {
        let cuttable = (0..kept.len()).filter(|&at| widths[at] > columns[kept[at]].narrowest());
        let Some(widest) = cuttable.max_by_key(|&at| widths[at]) else {
            // The one column that is left is cut rather than spilt over the edge, unless half of it would mislead.
            if let ([width], false) = (widths.as_mut_slice(), columns[kept[0]].is_whole) {
                *width = room.max(1);
            }
            break;
        };
        widths[widest] -= 1;
    }
    let mut shown = Vec::with_capacity(kept.len() + 1);
    for (at, (&index, &width)) in kept.iter().zip(&widths).enumerate() {
        let previous = at.checked_sub(1).map_or(0, |before| kept[before] + 1);
        if index > previous {
            shown.push(Shown::Elision);
        }
        shown.push(Shown::Column { index, width });
    }
    if kept.last().is_some_and(|&last| last + 1 < columns.len()) {
        shown.push(Shown::Elision);
    }
    shown
}

/// Indexes of the columns that fit when cut as far as may be: those that the eye looks for first.
fn keep(columns: &[Column], width: usize) -> Vec<usize> {
    let fits = |kept: &[usize]| {
        let marks = marks(kept, columns.len());
        kept.iter().map(|&index| columns[index].narrowest()).sum::<usize>() + frame(kept.len() + marks) + marks <= width
    };
    let mut order: Vec<usize> = (0..columns.len()).collect();
    // more columns than the screen has characters never fit
    if columns.len() <= width && fits(&order) {
        return order;
    }
    order.sort_by_key(|&index| (rank(&columns[index].name), index));
    let mut kept = vec![order[0]];
    for &index in &order[1..] {
        let mut more = kept.clone();
        more.insert(more.partition_point(|&other| other < index), index);
        if fits(&more) {
            kept = more;
        }
    }
    kept
}

/// The marks that stand for what is left out of `n` columns.
fn marks(kept: &[usize], n: usize) -> usize {
    let gaps = kept.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
    usize::from(kept.first() != Some(&0)) + gaps + usize::from(kept.last().is_some_and(|&last| last + 1 < n))
}

/// Characters of the lines and spaces around `n` columns.
fn frame(n: usize) -> usize {
    3 * n + 1
}

/// The text in lines of at most `width` characters of the terminal, parted at spaces where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let line = lines.last_mut().expect("never empty");
            let space = usize::from(!line.is_empty());
            if line.width() + space + word.width() <= width {
                line.extend(std::iter::repeat_n(' ', space));
                line.push_str(word);
                break;
            }
            if !line.is_empty() {
                lines.push(String::new());
                continue;
            }
            // A word that is longer than a line is parted anywhere.
            let mut used = 0;
            let end = word.char_indices().find_map(|(at, c)| {
                used += c.width().unwrap_or(0);
                (used > width && at > 0).then_some(at)
            });
            let (first, rest) = word.split_at(end.unwrap_or(word.len()));
            line.push_str(first);
            if rest.is_empty() {
                break;
            }
            word = rest;
            lines.push(String::new());
        }
    }
    lines
}

/// The text cut to `width` characters of the terminal, ending in `…` where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let next = c.width().unwrap_or(0);
        if used + next + 1 > width {
            break;
        }
        used += next;
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, is_number: bool, widest: usize) -> Column {
        let mut column = Column::new(name, if is_number { &DataType::Int64 } else { &DataType::Utf8 });
        column.widen(&["x".repeat(widest)]);
        column
    }

    fn total(shown: &[Shown]) -> usize {
        shown.iter().map(|s| s.width()).sum::<usize>() + frame(shown.len())
    }

    #[test]
    fn everything_is_whole_without_a_width() {
        let columns = [column("a", false, 300), column("b", true, 10)];
        assert_eq!(fit(&columns, None), [Shown::Column { index: 0, width: 300 }, Shown::Column { index: 1, width: 10 }]);
    }

    #[test]
    fn long_text_is_cut_before_a_column_is_left_out() {
        let columns = [column("a", false, 300), column("b", true, 10)];
        let shown = fit(&columns, Some(60));
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[1].width(), 10);
        assert_eq!(total(&shown), 60);
    }

    #[test]
    fn columns_on_the_right_are_left_out_and_marked() {
        let columns: Vec<Column> = (0..20).map(|i| column(&format!("c{i}"), true, 8)).collect();
        let shown = fit(&columns, Some(60));
        assert!(total(&shown) <= 60);
        assert_eq!(shown.first(), Some(&Shown::Column { index: 0, width: 8 }));
        assert_eq!(shown.last(), Some(&Shown::Elision));
        assert_eq!(shown.iter().filter(|s| **s == Shown::Elision).count(), 1);
    }

    #[test]
    fn what_rows_are_about_is_kept_where_little_fits() {
        let names =
            ["as_of", "report", "scope", "contract_code", "root", "market", "category", "net", "available_at", "backcast", "payload"];
        let columns = names.map(|name| column(name, true, 13));
        let shown = |width| {
            let shown = fit(&columns, Some(width));
            assert!(total(&shown) <= width);
            shown.iter().map(|s| if let Shown::Column { index, .. } = s { columns[*index].name.as_str() } else { "…" }).collect::<Vec<_>>()
        };
        assert_eq!(shown(120), ["as_of", "report", "…", "root", "…", "category", "net", "available_at", "…"]);
        assert_eq!(shown(80), ["as_of", "…", "root", "…", "category", "net", "…"]);
        assert_eq!(shown(40), ["as_of", "report", "…"]);
    }

    #[test]
    fn any_number_of_columns_fits_any_width_from_one_column_on() {
        for n in 1..30 {
            let columns: Vec<Column> = (0..n).map(|i| column(&format!("c{i}"), i % 2 == 0, 5 + i)).collect();
            for width in 40..150 {
                assert!(total(&fit(&columns, Some(width))) <= width, "{n} columns in {width}");
            }
        }
    }

    #[test]
    fn cut_counts_wide_characters_twice() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 3), "abc");
    }

    #[test]
    fn wrapped_text_keeps_every_word_and_no_line_is_too_long() {
        assert_eq!(wrap("the day that it describes", 10), ["the day", "that it", "describes"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
