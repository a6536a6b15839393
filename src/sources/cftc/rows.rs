//! The cells of a payload's rows, by slot: whole numbers, decimals and the places of texts, one row after the other in flat arrays.
//!
//! Both readers (delimited text, JSON) write here and everything after them reads here. Nothing is allocated per cell: a text is a place in
//! the payload, or in a small side buffer where it had to be unescaped.

use super::report::{CONTRACT_CODE, Layout, TEXT_COLUMNS};
use crate::error::Result;
use crate::memory;

/// A whole number that was left out (an empty cell, or an omitted JSON field).
pub const EMPTY: i64 = i64::MIN;
/// A whole number that was printed as `.`.
pub const DOT: i64 = i64::MIN + 1;
/// A decimal that was printed as `.`; one that was left out is NaN.
pub const DECIMAL_DOT: f64 = f64::NEG_INFINITY;

/// A whole number, unless it is missing.
#[inline]
pub fn known(value: i64) -> Option<i64> {
    (value > DOT).then_some(value)
}

/// A place in the payload's text, or past its end in the side buffer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// From byte `start` up to `end`; a payload is far smaller than 4 GiB (see `unpack`).
    #[inline]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }
}

#[derive(Debug)]
pub struct Rows<'a> {
    pub layout: Layout,
    text: &'a [u8],
    side: Vec<u8>,
    integers: Vec<i64>,
    decimals: Vec<f64>,
    texts: Vec<[Span; TEXT_COLUMNS]>,
    /// Day of each row.
    pub days: Vec<i32>,
    /// One-based line at which each row starts.
    pub lines: Vec<u64>,
    raws: Vec<Span>,
}

impl<'a> Rows<'a> {
    pub fn new(layout: Layout, text: &'a [u8]) -> Self {
        Self {
            layout,
            text,
            side: Vec::new(),
            integers: Vec::new(),
            decimals: Vec::new(),
            texts: Vec::new(),
            days: Vec::new(),
            lines: Vec::new(),
            raws: Vec::new(),
        }
    }
    /// Makes room for about `rows` rows.
    ///
    /// # Errors
    /// There is none.
    pub fn reserve(&mut self, rows: usize) -> Result<()> {
        let per_row = 8 * (self.layout.integers() + self.layout.decimals()) + std::mem::size_of::<[Span; TEXT_COLUMNS]>() + 32;
        memory::ensure_room_for((rows as u64).saturating_mul(per_row as u64))?;
        self.integers.reserve(rows * self.layout.integers());
        self.decimals.reserve(rows * self.layout.decimals());
        self.texts.reserve(rows);
        self.days.reserve(rows);
        self.lines.reserve(rows);
        self.raws.reserve(rows);
        Ok(())
    }
    pub fn len(&self) -> usize {
        self.lines.len()
    }
    /// Starts a row with every cell left out.
    pub fn start(&mut self, line: u64) {
        memory::demand_room();
        self.integers.resize(self.integers.len() + self.layout.integers(), EMPTY);
        self.decimals.resize(self.decimals.len() + self.layout.decimals(), f64::NAN);
        self.texts.push([Span::default(); TEXT_COLUMNS]);
        self.days.push(0);
        self.lines.push(line);
        self.raws.push(Span::default());
    }
    /// Takes the last row back.
    pub fn pop(&mut self) {
        let rows = self.len() - 1;
        self.integers.truncate(rows * self.layout.integers());
        self.decimals.truncate(rows * self.layout.decimals());
        self.texts.truncate(rows);
        self.days.truncate(rows);
        self.lines.truncate(rows);
        self.raws.truncate(rows);
    }
    /// The last row's cells, to be written.
    pub fn last(&mut self) -> LastRow<'_> {
        let (integers, decimals) = (self.integers.len() - self.layout.integers(), self.decimals.len() - self.layout.decimals());
        LastRow {
            integers: &mut self.integers[integers..],
            decimals: &mut self.decimals[decimals..],
            texts: self.texts.last_mut().expect("a row was started"),
            text_len: self.text.len(),
            side: &mut self.side,
        }
    }
    pub fn set_last_day(&mut self, day: i32) {
        *self.days.last_mut().expect("a row was started") = day;
    }
    pub fn set_last_raw(&mut self, raw: Span) {
        *self.raws.last_mut().expect("a row was started") = raw;
    }
    fn bytes(&self, span: Span) -> &[u8] {
        let (start, len) = (span.start as usize, span.len as usize);
        match start.checked_sub(self.text.len()) {
            Some(start) => &self.side[start..start + len],
            None => &self.text[start..start + len],
        }
    }
    pub fn integers(&self, row: usize) -> &[i64] {
        let width = self.layout.integers();
        &self.integers[row * width..(row + 1) * width]
    }
    pub fn decimals(&self, row: usize) -> &[f64] {
        let width = self.layout.decimals();
        &self.decimals[row * width..(row + 1) * width]
    }
    /// A cell of text, without the padding.
    pub fn text(&self, row: usize, slot: usize) -> &str {
        std::str::from_utf8(self.bytes(self.texts[row][slot])).unwrap_or_default().trim()
    }
    pub fn code(&self, row: usize) -> &str {
        self.text(row, CONTRACT_CODE)
    }
    /// The row as received.
    pub fn raw(&self, row: usize) -> String {
        String::from_utf8_lossy(self.bytes(self.raws[row])).into_owned()
    }
}

/// The cells of the row that is being read.
pub struct LastRow<'r> {
    pub integers: &'r mut [i64],
    pub decimals: &'r mut [f64],
    pub texts: &'r mut [Span; TEXT_COLUMNS],
    text_len: usize,
    side: &'r mut Vec<u8>,
}

impl LastRow<'_> {
    /// Keeps a text that does not stand in the payload as it is meant.
    pub fn keep(&mut self, text: &[u8]) -> Span {
        let start = self.text_len + self.side.len();
        self.side.extend_from_slice(text);
        Span::new(start, start + text.len())
    }
}
