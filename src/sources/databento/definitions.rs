//! Definitions of the exchange to `futures_definitions`: what an instrument is, under the stamp of the message that said it.
//!
//! - `as_of` is the day of the activation; without one, the day of the instrument's first message in the file.
//! - The provider sends every definition again each day: messages that say the same as the one before them become one row, of the first.
//! - Outrights, spreads and what participants defined are all kept, and told apart by `instrument_class` and `user_defined`.
//! - Version 3 sends a message per leg; they become one row with its `legs`. A message of which legs are missing is set aside. Earlier
//!   versions say nothing of legs.

use std::collections::HashMap;

use dbn::InstrumentDefMsg;

use super::definition::{Defined, Definition, batch};
use super::open::Opened;
use super::value::{date, day_of, micros, shown, text};
use crate::error::{Error, Result};
use crate::sources::{Parsed, Rejection};
use crate::tables::FUTURES_DEFINITIONS;

/// A message whose legs are still coming.
struct Pending {
    defined: Defined,
    legs: Vec<Option<String>>,
    number: u64,
    raw: String,
}

impl Pending {
    fn is_whole(&self) -> bool {
        self.legs.iter().all(Option::is_some)
    }
    fn finish(self) -> Defined {
        let legs: Vec<String> = self.legs.into_iter().flatten().collect();
        let mut defined = self.defined;
        defined.says.legs = (!legs.is_empty()).then(|| legs.join(" "));
        defined
    }
    fn rejection(self) -> Rejection {
        let missing = self.legs.iter().filter(|leg| leg.is_none()).count();
        let reason = format!("{missing} of the {} legs of the definition are not in the file", self.legs.len());
        Rejection { line: self.number, column: Some("leg_index".into()), reason, raw: self.raw }
    }
}

/// Definitions to `futures_definitions`.
pub(super) fn parse(opened: &Opened, parsed: &mut Parsed) -> Result<()> {
    let mut messages: Vec<Defined> = Vec::new();
    let mut pending: HashMap<(u32, u64), Pending> = HashMap::new();
    opened.each(|number, record| {
        let record = record.get::<InstrumentDefMsg>().ok_or_else(|| Error::source(format!("record {number} is no definition")))?;
        let (Some(symbol), Some(known_at)) = (text(&record.raw_symbol), micros(record.ts_recv)) else {
            let reason = "the definition has no symbol or no ts_recv";
            parsed.rejections.push(Rejection { line: number, column: None, reason: reason.into(), raw: raw(record) });
            return Ok(());
        };
        let key = (record.hd.instrument_id, record.ts_recv);
        if record.leg_count == 0 {
            messages.push(defined(record, symbol, known_at));
            return Ok(());
        }
        let waiting = pending.entry(key).or_insert_with(|| Pending {
            defined: defined(record, symbol, known_at),
            legs: vec![None; usize::from(record.leg_count)],
            number,
            raw: raw(record),
        });
        if let Some(leg) = waiting.legs.get_mut(usize::from(record.leg_index)) {
            *leg = Some(written(record));
        }
        if waiting.is_whole() {
            messages.extend(pending.remove(&key).map(Pending::finish));
        }
        Ok(())
    })?;
    let mut incomplete: Vec<Rejection> = pending.into_values().map(Pending::rejection).collect();
    incomplete.sort_by_key(|rejection| rejection.line);
    parsed.rejections.extend(incomplete);
    let n_endless = messages.iter().filter(|message| message.says.expiration.is_none() && message.is_dated_kind()).count();
    if n_endless > 0 {
        parsed.warnings.push(format!("definitions without an expiration: {n_endless}"));
    }
    let rows = changes(messages, &mut parsed.repeats_within);
    if !rows.is_empty() {
        parsed.batches.push((&FUTURES_DEFINITIONS, batch(&rows, &opened.header.dataset)?));
    }
    Ok(())
}

/// The messages that say something new of their instrument, in order of instrument, life and time.
fn changes(mut messages: Vec<Defined>, n_repeated: &mut usize) -> Vec<Defined> {
    messages.sort_by(|a, b| (a.id, &a.symbol, a.known_at).cmp(&(b.id, &b.symbol, b.known_at)));
    let mut first_day = 0;
    for at in 0..messages.len() {
        let is_first = at == 0 || (messages[at - 1].id, &messages[at - 1].symbol) != (messages[at].id, &messages[at].symbol);
        let message = &mut messages[at];
        if is_first {
            first_day = message.known_at.div_euclid(86_400_000_000) as i32;
        }
        message.as_of = message.activation_day.unwrap_or(first_day);
    }
    messages.sort_by(|a, b| (a.id, &a.symbol, a.as_of, a.known_at).cmp(&(b.id, &b.symbol, b.as_of, b.known_at)));
    let mut rows: Vec<Defined> = Vec::new();
    for message in messages {
        match rows.last_mut().filter(|last| last.life() == message.life()) {
            Some(last) if last.says == message.says => *n_repeated += 1,
            // Two under one stamp: the later record holds.
            Some(last) if last.known_at == message.known_at => *last = message,
            _ => rows.push(message),
        }
    }
    rows
}

fn defined(record: &InstrumentDefMsg, symbol: String, known_at: i64) -> Defined {
    let says = Definition::of(record);
    let activation_day = says.activation.map(|_| day_of(record.activation));
    Defined { id: record.hd.instrument_id, symbol, known_at, as_of: 0, activation_day, says, action: action(record) }
}

fn action(record: &InstrumentDefMsg) -> Option<String> {
    let letter = char::from(record.security_update_action.to_ne_bytes()[0]);
    match letter {
        'A' => Some("add".to_string()),
        'M' => Some("modify".to_string()),
        'D' => Some("delete".to_string()),
        '\0' => None,
        other => Some(other.to_string()),
    }
}

/// A leg as `+1 ESH4`: what buying the spread buys (`+`) or sells (`-`), how many, of what.
fn written(record: &InstrumentDefMsg) -> String {
    let sign = match record.leg_side.to_ne_bytes()[0] {
        b'B' => "+",
        b'A' => "-",
        _ => "",
    };
    let (numerator, denominator) = (record.leg_ratio_qty_numerator, record.leg_ratio_qty_denominator);
    let ratio = if denominator == 1 || denominator == i32::MAX || denominator == 0 {
        numerator.to_string()
    } else {
        format!("{numerator}/{denominator}")
    };
    let name = text(&record.leg_raw_symbol).unwrap_or_else(|| format!("id:{}", record.leg_instrument_id));
    format!("{sign}{ratio} {name}")
}

fn raw(record: &InstrumentDefMsg) -> String {
    let symbol = text(&record.raw_symbol).unwrap_or_default();
    let day = date(day_of(record.ts_recv.min(i64::MAX as u64)));
    format!("{symbol},{},{day},{},{}/{}", record.hd.instrument_id, shown(record.ts_recv), record.leg_index, record.leg_count)
}
