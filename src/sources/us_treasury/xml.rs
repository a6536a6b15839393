//! The Atom feeds: one `entry` per day, whose properties are `d:NEW_DATE` and a figure per maturity, `d:BC_10YEAR` of the nominal curve and
//! `d:TC_10YEAR` of the real one; `m:null="true"` where there is none. Prefixes are not looked at, and neither is what is no such property
//! (`d:Id`, and `d:BC_30YEARDISPLAY`, which repeats the thirty years).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::sheet::{Column, Curve, Row, Sheet};
use super::tenor::Tenor;
use crate::error::{Error, Result};

const DATE: &str = "NEW_DATE";

/// # Errors
/// It is no whole XML, no feed, or of both curves or another one than it was given as.
pub(super) fn read(bytes: &[u8], hinted: Option<Curve>) -> Result<Sheet> {
    let damaged = |what: String| Error::source(format!("the feed {what}")).hint("download it again: it may have been cut off");
    let mut reader = Reader::from_reader(bytes);
    let mut feed = Feed { curve: None, columns: Vec::new(), rows: Vec::new() };
    let (mut depth, mut is_feed) = (0_u32, false);
    // the property that is being read, and its text so far
    let mut property: Option<(String, String)> = None;
    loop {
        crate::memory::demand_room();
        match reader.read_event().map_err(|error| damaged(format!("is no XML: {error}")))? {
            Event::Start(start) => {
                depth += 1;
                let name = name_of(&start);
                is_feed |= depth == 1 && name == "feed";
                if name == "entry" {
                    feed.open();
                }
                property = Some((name, String::new()));
            }
            Event::Text(text) => {
                if let Some((_, so_far)) = &mut property {
                    so_far.push_str(&text.decode().map_err(|error| damaged(format!("holds no text: {error}")))?);
                }
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if let Some((name, text)) = property.take() {
                    feed.take(&name, text.trim())?;
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !is_feed {
        return Err(Error::source("the XML is no feed of yields")
            .hint("the feed is at `…/interest-rates/pages/xml?data=daily_treasury_yield_curve`"));
    }
    if depth > 0 {
        return Err(damaged("ends before it is complete".to_string()));
    }
    feed.into_sheet(hinted)
}

struct Feed {
    curve: Option<Curve>,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl Feed {
    fn open(&mut self) {
        let line = self.rows.len() as u64 + 1;
        self.rows.push(Row { line, date: String::new(), cells: Vec::new(), damage: None, raw: String::new() });
    }

    fn take(&mut self, name: &str, text: &str) -> Result<()> {
        let Some(row) = self.rows.last_mut() else { return Ok(()) };
        let (curve, tag) = match name.split_once('_') {
            _ if name == DATE => {
                // midnight of the day
                row.date = text.strip_suffix("T00:00:00").unwrap_or(text).to_string();
                row.raw = format!("{DATE}={text}");
                return Ok(());
            }
            Some(("BC", tag)) => (Curve::Nominal, tag),
            Some(("TC", tag)) => (Curve::Real, tag),
            _ => return Ok(()),
        };
        let Some(tenor) = Tenor::of_tag(tag) else { return Ok(()) };
        if *self.curve.get_or_insert(curve) != curve {
            return Err(Error::source("the feed has figures of both the nominal and the real curve").at_row(row.line));
        }
        let at = self.columns.iter().position(|column| column.tenor == tenor).unwrap_or_else(|| {
            self.columns.push(Column { name: name.to_string(), tenor });
            self.columns.len() - 1
        });
        row.raw.push_str(&format!(" {name}={text}"));
        row.cells.push((at, text.to_string()));
        Ok(())
    }

    fn into_sheet(self, hinted: Option<Curve>) -> Result<Sheet> {
        let curve = match (self.curve, hinted) {
            (Some(found), Some(given)) if found != given => {
                return Err(Error::source(format!("the feed was given as `{}`, and is `{}`", given.id(), found.id()))
                    .hint("leave `--series` out: the feed says which curve it is"));
            }
            (Some(found), _) => found,
            (None, Some(given)) => given,
            (None, None) => {
                return Err(Error::source("the feed has no yields")
                    .hint("is it the feed of `daily_treasury_yield_curve`, of a month or year with days?"));
            }
        };
        Ok(Sheet { curve, columns: self.columns, rows: self.rows, unknown: Vec::new() })
    }
}

/// The name of an element without its prefix.
fn name_of(start: &BytesStart) -> String {
    String::from_utf8_lossy(start.local_name().as_ref()).into_owned()
}
