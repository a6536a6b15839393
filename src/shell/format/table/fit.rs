//! Which columns of a table are shown and how wide, given a terminal's width. Pure.

use datafusion::arrow::datatypes::DataType;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Texts are not cut below this width before columns are left out.
const NARROWEST: usize = 12;

/// Columns that say how a row came here rather than what it says: they are left out before any other, in this order.
const LEAST: [&str; 4] = ["payload", "ingested_at", "backcast", "availability"];

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
/// Texts are cut first, the widest first; if that is not enough the least columns are left out, and then those in the middle.
pub fn fit(columns: &[Column], width: Option<usize>) -> Vec<Shown> {
    let whole = |index: usize| Shown::Column { index, width: columns[index].widest };
    let Some(width) = width else { return (0..columns.len()).map(whole).collect() };
    let kept = keep(columns, width);
    let mut widths: Vec<usize> = kept.iter().map(|&index| columns[index].widest).collect();
    let starts_elsewhere = usize::from(kept.first() != Some(&0));
    let gaps = kept.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
    let marks = starts_elsewhere + gaps + usize::from(kept.last().is_some_and(|&last| last + 1 < columns.len()));
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

/// Indexes of the columns that fit when cut as far as may be: from the left and from the right in turn.
fn keep(columns: &[Column], width: usize) -> Vec<usize> {
    let n = columns.len();
    let cost = |index: usize| columns[index].narrowest();
    let mut candidates: Vec<usize> = (0..n).collect();
    let mut least = LEAST.iter();
    loop {
        // A mark stands for what is left out.
        let (marks, mark) = if candidates.len() < n { (1, 1) } else { (0, 0) };
        if candidates.iter().copied().map(cost).sum::<usize>() + frame(candidates.len() + marks) + mark <= width {
            return candidates;
        }
        let Some(name) = least.next() else { break };
        if candidates.len() > 1 {
            candidates.retain(|&index| index == 0 || columns[index].name != *name);
        }
    }
    let mut kept = vec![candidates[0]];
    let mut used = cost(candidates[0]) + 1;
    let (mut left, mut right) = (1, candidates.len());
    let mut is_right_full = false;
    // What a row says begins on the left: of three columns two are from there, and all once the next on the right is too wide.
    for turn in 0.. {
        let from_right = turn % 3 == 0 && !is_right_full;
        if left >= right {
            break;
        }
        let index = candidates[if from_right { right - 1 } else { left }];
        // The mark may have to stand in two places: in the middle, and for the least columns at the end.
        if used + 1 + cost(index) + frame(kept.len() + 3) > width {
            if from_right {
                is_right_full = true;
                continue;
            }
            break;
        }
        used += cost(index);
        kept.push(index);
        if from_right { right -= 1 } else { left += 1 }
    }
    kept.sort_unstable();
    kept
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
    fn middle_columns_are_left_out_and_marked() {
        let columns: Vec<Column> = (0..20).map(|i| column(&format!("c{i}"), true, 8)).collect();
        let shown = fit(&columns, Some(60));
        assert!(total(&shown) <= 60);
        assert_eq!(shown.first(), Some(&Shown::Column { index: 0, width: 8 }));
        assert_eq!(shown.last(), Some(&Shown::Column { index: 19, width: 8 }));
        assert_eq!(shown.iter().filter(|s| **s == Shown::Elision).count(), 1);
    }

    #[test]
    fn provenance_is_left_out_before_anything_else() {
        let columns = ["a", "b", "c", "available_at", "backcast", "ingested_at", "payload"].map(|name| column(name, true, 12));
        let names = |width| {
            let shown = fit(&columns, Some(width));
            assert!(total(&shown) <= width);
            shown.iter().map(|s| if let Shown::Column { index, .. } = s { columns[*index].name.as_str() } else { "…" }).collect::<Vec<_>>()
        };
        assert_eq!(names(90), ["a", "b", "c", "available_at", "backcast", "…"]);
        assert_eq!(names(70), ["a", "b", "c", "available_at", "…"]);
        assert_eq!(names(60), ["a", "b", "…", "available_at", "…"]);
    }

    #[test]
    fn wide_column_on_the_right_makes_room_for_one_on_the_left() {
        let columns = [("a", 10), ("b", 12), ("c", 12), ("d", 20)].map(|(name, widest)| column(name, true, widest));
        let shown = fit(&columns, Some(40));
        assert!(total(&shown) <= 40);
        assert_eq!(shown, [Shown::Column { index: 0, width: 10 }, Shown::Column { index: 1, width: 12 }, Shown::Elision]);
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
