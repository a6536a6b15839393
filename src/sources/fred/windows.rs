//! What of a series' vintages the archive does not have, cut into requests that the interface allows. Pure.
//!
//! What a payload covers is kept beside it in the archive. An answer has the vintages *after* the first day that it was asked from (on that
//! day it cannot tell a new value from one that stood already) up to the newest that it shows, so each window begins on the vintage before its
//! first: no vintage is lost, and what stands at its edge is known already.

use std::fmt;

use chrono::NaiveDate;

use super::SeriesId;
use super::body::{BEGINNING, Body, Shape};

/// The most vintage dates that one request may span.
pub const MOST_VINTAGES: usize = 2_000;

/// The real-time period of one request, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: NaiveDate,
    pub end: NaiveDate,
    /// What stood on the first day is known from the payloads before.
    pub continues: bool,
}

/// What one page of an answer has. Written `GDP 1776-07-04 2024-12-19 2024-12-19 0 3201 3201`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    pub series: String,
    /// The real-time period that was asked for.
    pub start: NaiveDate,
    pub end: NaiveDate,
    /// The newest vintage on the page.
    pub newest: NaiveDate,
    /// Rows `offset..offset + rows` out of `count`.
    pub offset: u64,
    pub rows: u64,
    pub count: u64,
}

impl Cover {
    /// That of a page; none where it shows no vintage after its first day, or first releases alone.
    pub(super) fn of(id: &SeriesId, body: &Body, newest: Option<NaiveDate>) -> Option<Self> {
        let (start, end) = (body.realtime_start, body.realtime_end);
        if body.shape == Shape::InitialRelease || start == end {
            return None;
        }
        let rows = body.rows.len() as u64;
        Some(Self { series: id.to_string(), start, end, newest: newest?, offset: body.offset, rows, count: body.count })
    }

    pub fn parse(text: &str) -> Option<Self> {
        let [series, start, end, newest, offset, rows, count] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        Some(Self {
            series: series.to_string(),
            start: day(start)?,
            end: day(end)?,
            newest: day(newest)?,
            offset: offset.parse().ok()?,
            rows: rows.parse().ok()?,
            count: count.parse().ok()?,
        })
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { series, start, end, newest, offset, rows, count } = self;
        write!(f, "{series} {start} {end} {newest} {offset} {rows} {count}")
    }
}

/// The vintages of one series that the archive has.
#[derive(Debug, Default)]
pub struct Covered {
    /// Vintages after the first day up to the second; from the interface's beginning on they are whole.
    spans: Vec<(NaiveDate, NaiveDate)>,
}

impl Covered {
    /// From what the payloads of the archive cover: the pages of one answer count where all of them are there.
    pub fn of(id: &SeriesId, covers: &[Cover]) -> Self {
        let mut mine: Vec<&Cover> = covers.iter().filter(|cover| cover.series == id.as_str()).collect();
        mine.sort_by_key(|cover| (cover.start, cover.end, cover.count, cover.offset));
        let is_same_answer = |a: &&Cover, b: &&Cover| (a.start, a.end, a.count) == (b.start, b.end, b.count);
        let mut spans = Vec::new();
        for pages in mine.chunk_by(is_same_answer) {
            let mut reached = 0;
            for page in pages {
                if page.offset <= reached {
                    reached = reached.max(page.offset + page.rows);
                }
            }
            if reached >= pages[0].count {
                spans.extend(pages.iter().map(|page| page.newest).max().map(|newest| (pages[0].start, newest)));
            }
        }
        Self { spans }
    }

    fn has(&self, vintage: NaiveDate) -> bool {
        self.spans.iter().any(|(start, end)| (*start < vintage || *start <= BEGINNING) && vintage <= *end)
    }

    /// The day up to which nothing is missing: from here on there may be more.
    pub fn until(&self) -> NaiveDate {
        let mut until = BEGINNING;
        while let Some((_, end)) = self.spans.iter().find(|(start, end)| *start <= until && *end > until) {
            until = *end;
        }
        until
    }

    /// The requests for the vintages between two days that are missing, of at most so many vintages each. `vintages` are the series' own, in
    /// order, from a day on up to which nothing is missing.
    pub fn missing(&self, vintages: &[NaiveDate], from: Option<NaiveDate>, to: Option<NaiveDate>, most: usize) -> Vec<Window> {
        let is_wanted = |day: &NaiveDate| from.is_none_or(|from| *day >= from) && to.is_none_or(|to| *day <= to) && !self.has(*day);
        let mut windows = Vec::new();
        let mut at = 0;
        while at < vintages.len() {
            if !is_wanted(&vintages[at]) {
                at += 1;
                continue;
            }
            let room = if at == 0 { most } else { most - 1 };
            let n = vintages[at..].iter().take(room.max(1)).take_while(|day| is_wanted(day)).count();
            let before = at.checked_sub(1).map(|before| vintages[before]);
            let is_taken = |day: NaiveDate| self.has(day) || windows.last().is_some_and(|last: &Window| last.end == day);
            let continues = before.is_some_and(is_taken);
            windows.push(Window { start: before.unwrap_or(BEGINNING), end: vintages[at + n - 1], continues });
            at += n;
        }
        windows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn id() -> SeriesId {
        SeriesId::new("gdp").expect("a name")
    }

    fn cover(text: &str) -> Cover {
        Cover::parse(text).expect("a cover")
    }

    fn windows(covers: &[&str], vintages: &[&str], from: Option<&str>, to: Option<&str>, most: usize) -> Vec<String> {
        let covers: Vec<Cover> = covers.iter().map(|text| cover(text)).collect();
        let vintages: Vec<NaiveDate> = vintages.iter().map(|text| day(text)).collect();
        let covered = Covered::of(&id(), &covers);
        let missing = covered.missing(&vintages, from.map(day), to.map(day), most);
        missing.into_iter().map(|window| format!("{}..{}{}", window.start, window.end, if window.continues { " on" } else { "" })).collect()
    }

    const FIVE: [&str; 5] = ["2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-12"];

    #[test]
    fn a_cover_is_read_as_it_is_written() {
        let text = "GDP 1776-07-04 2024-12-19 2024-12-18 0 3201 3201";
        assert_eq!(cover(text).to_string(), text);
        assert_eq!(Cover::parse("GDP 1776-07-04 2024-12-19"), None);
    }

    #[test]
    fn every_window_begins_on_the_vintage_before_its_first() {
        assert_eq!(windows(&[], &FIVE, None, None, 9), ["1776-07-04..2024-01-12"]);
        assert_eq!(
            windows(&[], &FIVE, None, None, 2),
            ["1776-07-04..2024-01-08", "2024-01-08..2024-01-09 on", "2024-01-09..2024-01-10 on", "2024-01-10..2024-01-12 on"]
        );
        assert_eq!(windows(&[], &FIVE, None, None, 3), ["1776-07-04..2024-01-09", "2024-01-09..2024-01-12 on"]);
        assert_eq!(windows(&[], &FIVE, Some("2024-01-09"), Some("2024-01-11"), 9), ["2024-01-08..2024-01-10"]);
    }

    #[test]
    fn what_is_covered_is_not_asked_for_again() {
        let first = "GDP 1776-07-04 2024-01-09 2024-01-09 0 10 10";
        assert_eq!(windows(&[first], &FIVE, None, None, 9), ["2024-01-09..2024-01-12 on"]);
        let second = "GDP 2024-01-09 2024-01-12 2024-01-12 0 10 10";
        assert_eq!(windows(&[first, second], &FIVE, None, None, 9), Vec::<String>::new());
        assert_eq!(windows(&[second], &FIVE, None, None, 9), ["1776-07-04..2024-01-09"]);
        let of_another = "GDPC1 1776-07-04 2024-01-12 2024-01-12 0 10 10";
        assert_eq!(windows(&[of_another], &FIVE, None, None, 9).len(), 1);
    }

    #[test]
    fn pages_count_when_all_are_there() {
        let pages = ["GDP 1776-07-04 2024-01-12 2024-01-09 0 6 10", "GDP 1776-07-04 2024-01-12 2024-01-12 6 4 10"];
        assert_eq!(windows(&pages, &FIVE, None, None, 9), Vec::<String>::new());
        assert_eq!(windows(&pages[..1], &FIVE, None, None, 9).len(), 1);
        assert_eq!(windows(&pages[1..], &FIVE, None, None, 9).len(), 1);
    }

    #[test]
    fn an_edge_is_no_vintage_of_its_day() {
        let narrowed = "GDP 2024-01-08 2024-01-12 2024-01-12 0 10 10";
        assert_eq!(windows(&[narrowed], &FIVE, None, None, 9), ["1776-07-04..2024-01-08"]);
        let covered = Covered::of(&id(), &[cover(narrowed)]);
        assert_eq!(covered.until(), BEGINNING);
        let both = Covered::of(&id(), &[cover(narrowed), cover("GDP 1776-07-04 2024-01-08 2024-01-08 0 3 3")]);
        assert_eq!(both.until(), day("2024-01-12"));
    }

    proptest! {
        /// Whatever the archive has and is asked for: the windows are within the limit, in order, and bring each wanted vintage exactly once.
        #[test]
        fn every_missing_vintage_is_asked_for_once(
            gaps in prop::collection::vec(1_u64..4, 1..40),
            spans in prop::collection::vec((0_usize..40, 0_usize..40), 0..4),
            (from, to) in (prop::option::of(0_usize..40), prop::option::of(0_usize..40)),
            most in 2_usize..7,
        ) {
            let mut last = day("2024-01-01");
            let vintages: Vec<NaiveDate> = gaps.iter().map(|gap| { last = last + chrono::Days::new(*gap); last }).collect();
            let at = |n: usize| vintages[n % vintages.len()];
            let spans = spans.into_iter().map(|(a, b)| (at(a).min(at(b)), at(a).max(at(b)))).collect();
            let covered = Covered { spans };
            let (from, to) = (from.map(at), to.map(at));
            let windows = covered.missing(&vintages, from, to, most);
            let brings = |window: &Window, vintage: NaiveDate| {
                vintage <= window.end && (vintage > window.start || window.start == BEGINNING)
            };
            for vintage in &vintages {
                let is_wanted = from.is_none_or(|from| *vintage >= from) && to.is_none_or(|to| *vintage <= to) && !covered.has(*vintage);
                let n = windows.iter().filter(|window| brings(window, *vintage)).count();
                prop_assert_eq!(n, usize::from(is_wanted), "{} in {:?}", vintage, windows);
            }
            for window in &windows {
                let spanned = vintages.iter().filter(|day| **day >= window.start && **day <= window.end).count();
                prop_assert!(spanned <= most, "{:?} spans {}", window, spanned);
            }
        }
    }
}
