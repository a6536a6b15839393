//! Which columns of a table are shown and how wide, given a terminal's width. Pure.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Texts are not cut below this width before columns are left out.
const NARROWEST: usize = 12;

/// A column's name and the widest of its values.
pub struct Column {
    pub name: String,
    pub is_number: bool,
    widest: usize,
    /// Whether a value has several lines (plans): they are for reading, and stay whole.
    has_lines: bool,
}

impl Column {
    pub fn new(name: &str, is_number: bool) -> Self {
        Self { name: name.to_string(), is_number, widest: name.width().max(1), has_lines: false }
    }

    /// Makes room for a value; `None` is NULL.
    pub fn widen(&mut self, lines: Option<&[String]>) {
        let width = lines.map_or("NULL".len(), |lines| lines.iter().map(|line| line.width()).max().unwrap_or(0));
        self.has_lines |= lines.is_some_and(|lines| lines.len() > 1);
        self.widest = self.widest.max(width);
    }

    fn narrowest(&self) -> usize {
        if self.is_number || self.has_lines { self.widest } else { self.widest.min(NARROWEST) }
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
/// Texts are cut first, the widest first; if that is not enough, columns are left out in the middle.
pub fn fit(columns: &[Column], width: Option<usize>) -> Vec<Shown> {
    let whole = |index: usize| Shown::Column { index, width: columns[index].widest };
    let Some(width) = width else { return (0..columns.len()).map(whole).collect() };
    let kept = keep(columns, width);
    let mut widths: Vec<usize> = kept.iter().map(|&index| columns[index].widest).collect();
    let has_elision = kept.len() < columns.len();
    let room = width.saturating_sub(frame(kept.len() + usize::from(has_elision)) + usize::from(has_elision));
    while widths.iter().sum::<usize>() > room {
        let cuttable = (0..kept.len()).filter(|&at| widths[at] > columns[kept[at]].narrowest());
        let Some(widest) = cuttable.max_by_key(|&at| widths[at]) else { break };
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
    if kept.last().is_none_or(|&last| last + 1 < columns.len()) && has_elision {
        shown.push(Shown::Elision);
    }
    shown
}

/// Indexes of the columns that fit when cut as far as may be: from the left and from the right in turn.
fn keep(columns: &[Column], width: usize) -> Vec<usize> {
    let n = columns.len();
    let cost = |index: usize| columns[index].narrowest();
    if (0..n).map(cost).sum::<usize>() + frame(n) <= width {
        return (0..n).collect();
    }
    let mut kept = vec![0];
    let mut used = cost(0) + 1;
    let (mut left, mut right) = (1, n);
    let mut from_right = true;
    while left < right {
        let index = if from_right { right - 1 } else { left };
        if used + cost(index) + frame(kept.len() + 2) > width {
            break;
        }
        used += cost(index);
        kept.push(index);
        if from_right {
            right -= 1
        } else {
            left += 1
        }
        from_right = !from_right;
    }
    kept.sort_unstable();
    kept
}

/// Characters of the lines and spaces around `n` columns.
fn frame(n: usize) -> usize {
    3 * n + 1
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
        let mut column = Column::new(name, is_number);
        column.widen(Some(&["x".repeat(widest)]));
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
}
