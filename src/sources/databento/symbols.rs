//! Which symbol an instrument id meant on a day, from the mappings in a header. Ids are reused, so a symbol holds from a day to a day.
//!
//! An id for which the header maps no symbol has none: its number is not put in the place of a name, since bars of one contract under two
//! names would be two contracts.

use std::collections::HashMap;
use std::ops::Range;

use dbn::{Metadata, SType};

use crate::error::{Error, Result};

/// The Julian day of 1970-01-01.
const EPOCH: i32 = 2_440_588;

/// Symbols of every instrument id, by days since 1970.
#[derive(Debug, Default)]
pub(super) struct Symbols(HashMap<u32, Vec<(Range<i32>, String)>>);

impl Symbols {
    pub fn of(metadata: &Metadata) -> Result<Self> {
        let mut all: HashMap<u32, Vec<(Range<i32>, String)>> = HashMap::new();
        let by_id = match (metadata.stype_in, metadata.stype_out) {
            (_, SType::InstrumentId) => false,
            (Some(SType::InstrumentId), _) => true,
            _ => return Ok(Self::default()),
        };
        for mapping in &metadata.mappings {
            for interval in mapping.intervals.iter().filter(|interval| !interval.symbol.is_empty()) {
                let (id, symbol) = if by_id { (&mapping.raw_symbol, &interval.symbol) } else { (&interval.symbol, &mapping.raw_symbol) };
                let number = id.parse().map_err(|_| {
                    Error::source(format!("the header maps `{symbol}` to `{id}`, which is no instrument id"))
                        .hint("ask for the file with stype_out=instrument_id")
                })?;
                // Asked for by id, the symbol may be the id once more, which says nothing.
                if symbol != id {
                    let days = interval.start_date.to_julian_day() - EPOCH..interval.end_date.to_julian_day() - EPOCH;
                    all.entry(number).or_default().push((days, symbol.clone()));
                }
            }
        }
        for intervals in all.values_mut() {
            intervals.sort_by_key(|(days, _)| days.start);
        }
        Ok(Self(all))
    }

    /// The symbols of an instrument id, in order of the days for which they hold.
    pub fn of_id(&self, id: u32) -> &[(Range<i32>, String)] {
        self.0.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The symbol of an instrument id on a day since 1970.
    pub fn on(&self, id: u32, day: i32) -> Option<&str> {
        on(self.of_id(id), day)
    }
}

/// The one among the symbols of an id that holds on a day.
pub(super) fn on(intervals: &[(Range<i32>, String)], day: i32) -> Option<&str> {
    let after = intervals.partition_point(|(days, _)| days.start <= day);
    intervals[..after].iter().rev().find(|(days, _)| days.contains(&day)).map(|(_, symbol)| symbol.as_str())
}

/// Why a record without a symbol was set aside.
pub(super) fn unknown(id: u32, day: &str) -> String {
    format!(
        "no symbol is known for instrument id {id} on {day}: the file's header does not map it; \
         ask for the file by parent (stype_in=parent), whose header maps every instrument"
    )
}
