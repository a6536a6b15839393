//! Bars of an hour or a UTC day to one bar per instrument and trade date: open of the first, high and low of all, close of the last, volume
//! summed. Known from the end of what the bar covers.
//!
//! A bar is made only where all that it needs is there. Where the file's window begins or ends within it, where the file was read before it
//! was over, or where one of its parts cannot be taken, all its parts are set aside: half a bar looks like a whole one.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::TimestampMicrosecondArray;
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, StringBuilder};
use dbn::{OhlcvMsg, UNDEF_PRICE};

use super::instruments::{Instruments, Market};
use super::judge::Judge;
use super::open::{Header, Kind, Opened};
use super::spans::{Span, Spans};
use super::symbols::{self, on};
use super::value::{date, day_of, micros, price, shown};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::sources::{Parsed, Payload, Rejection};
use crate::tables::FUTURES_OHLCV;

/// A record of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    id: u32,
    number: u32,
    /// Nanoseconds since 1970 at which it begins.
    ts: u64,
    /// Open, high, low and close in fixed point.
    pub prices: [i64; 4],
    pub volume: u64,
}

impl Part {
    fn has_content_of(&self, other: &Self) -> bool {
        (self.prices, self.volume) == (other.prices, other.volume)
    }
    fn rejection(&self, reason: &str) -> Rejection {
        let [open, high, low, close] = self.prices.map(|p| price(p).map_or(String::new(), |p| p.to_string()));
        let raw = format!("{},{},{open},{high},{low},{close},{}", shown(self.ts), self.id, self.volume);
        Rejection { line: u64::from(self.number), column: None, reason: reason.to_string(), raw }
    }
}

/// Bars to `futures_ohlcv`.
pub(super) fn parse(opened: &Opened, payload: &Payload, config: &Config, parsed: &mut Parsed) -> Result<()> {
    let bars = read(opened)?;
    let mut judge = Judge::new(config);
    let header = &opened.header;
    let window = Window::of(header, &bars, payload);
    let mut rows = Rows::with_capacity(bars.len());
    let instruments = Instruments::new(config, header.parent.as_deref());
    let mut calendars: HashMap<&str, Spans<'_>> = HashMap::new();
    for of_id in bars.chunk_by(|a, b| a.id == b.id) {
        let id = of_id[0].id;
        let intervals = header.symbols.of_id(id);
        let mut rest = of_id;
        while let Some(first) = rest.first() {
            let day = day_of(first.ts);
            let Some(symbol) = on(intervals, day) else {
                parsed.rejections.push(first.rejection(&symbols::unknown(id, &date(day).to_string())));
                rest = &rest[1..];
                continue;
            };
            let market = instruments.market(symbol, day);
            let spans = calendars.entry(market.calendar.name()).or_insert_with(|| Spans::new(market.calendar, header.schema));
            // All that follows under this symbol.
            let n = rest.iter().take_while(|bar| on(intervals, day_of(bar.ts)) == Some(symbol)).count();
            let (of_symbol, after) = rest.split_at(n);
            rest = after;
            let mut left = of_symbol;
            while let Some(first) = left.first() {
                let span = spans.of(first.ts);
                let n = left.iter().take_while(|bar| bar.ts < span.end).count();
                let (parts, after) = left.split_at(n.max(1));
                left = after;
                let made = match window.lacks(&span) {
                    Some(reason) => Err(reason),
                    None => whole(parts, span.trade_date, &market, &mut judge).map_err(str::to_string),
                };
                match made {
                    Ok(Whole { prices, volume, n_repeated }) => {
                        parsed.repeats_within += n_repeated;
                        rows.push(first.id, symbol, span, spans.grade().name(), prices, volume);
                    }
                    Err(reason) => parsed.rejections.extend(parts.iter().map(|bar| bar.rejection(&reason))),
                }
            }
        }
    }
    parsed.warnings.extend(judge.into_warnings());
    let basis = if header.schema == Kind::Daily { "utc_day" } else { "session" };
    parsed.batches.extend(rows.into_batch(&header.dataset, basis)?.map(|batch| (&FUTURES_OHLCV, batch)));
    Ok(())
}

/// The records by instrument, then in order of time.
fn read(opened: &Opened) -> Result<Vec<Part>> {
    let mut bars = Vec::with_capacity(opened.n_records);
    opened.each(|number, record| {
        let bar = record.get::<OhlcvMsg>().ok_or_else(|| Error::source(format!("record {number} is no bar")))?;
        let prices = [bar.open, bar.high, bar.low, bar.close];
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        bars.push(Part { id: bar.hd.instrument_id, number, ts: bar.hd.ts_event, prices, volume: bar.volume });
        Ok(())
    })?;
    bars.sort_unstable_by_key(|bar| (bar.id, bar.ts, bar.number));
    Ok(bars)
}

/// What the file covers, in nanoseconds since 1970.
struct Window {
    start: u64,
    end: u64,
    read_at: u64,
}

impl Window {
    /// A header that says no end ends with the last bar; so does a file that has as many records as were asked for.
    fn of(header: &Header, bars: &[Part], payload: &Payload) -> Self {
        let last = bars.iter().map(|bar| bar.ts).max().unwrap_or_default();
        let length = if header.schema == Kind::Daily { super::value::NANOS_PER_DAY } else { super::value::NANOS_PER_DAY / 24 };
        let is_cut = header.limit.is_some_and(|limit| limit <= bars.len() as u64);
        let end = match header.end {
            Some(_) if is_cut => last,
            Some(end) => end,
            None => last.saturating_add(length),
        };
        let read_at = u64::try_from(payload.observed_at.micros()).unwrap_or_default().saturating_mul(1_000);
        Self { start: header.start, end, read_at }
    }

    /// Why the bar of a span cannot be whole.
    fn lacks(&self, span: &Span) -> Option<String> {
        let bar = || format!("the bar of {} covers {} to {}", date(span.trade_date), shown(span.start), shown(span.end));
        if span.start < self.start || span.end > self.end {
            let window = format!("{} to {}", shown(self.start), shown(self.end));
            return Some(format!("{}, and the file {window}: ask for a window that begins and ends between bars", bar()));
        }
        (span.end > self.read_at).then(|| format!("{}, and the file was read before that was over: ask for it again", bar()))
    }
}

/// The bar of one trade date.
struct Whole {
    prices: [i64; 4],
    /// `None` where it is no number that can be.
    volume: Option<i64>,
    n_repeated: usize,
}

/// The bar of one trade date from its parts in order, or why they cannot be one. A part that stands there twice counts once; of two different
/// ones of one time, where that is let pass, the later in the file.
fn whole(parts: &[Part], trade_date: i32, market: &Market<'_>, judge: &mut Judge<'_>) -> Result<Whole, &'static str> {
    let mut made: Option<Whole> = None;
    let mut at = 0;
    while let Some(first) = parts.get(at) {
        let n = parts[at..].iter().take_while(|part| part.ts == first.ts).count();
        let same = &parts[at..at + n];
        at += n;
        let part = same.last().unwrap_or(first);
        let n_repeated = n - 1;
        if !same.iter().all(|other| other.has_content_of(part))
            && let Some(reason) = judge.refuses_duplicate(market)
        {
            return Err(reason);
        }
        if let Some(reason) = judge.refuses(part, trade_date, market) {
            return Err(reason);
        }
        let volume = i64::try_from(part.volume).ok();
        made = Some(match made {
            None => Whole { prices: part.prices, volume, n_repeated },
            Some(before) => before.with(part.prices, volume, n_repeated),
        });
    }
    made.ok_or("there is no part")
}

impl Whole {
    fn with(self, [_, high, low, close]: [i64; 4], volume: Option<i64>, n_repeated: usize) -> Self {
        let [first, highest, lowest, _] = self.prices;
        let higher = |a: i64, b: i64| {
            if a == UNDEF_PRICE {
                b
            } else if b == UNDEF_PRICE {
                a
            } else {
                a.max(b)
            }
        };
        Self {
            // what is undefined is the largest number there is
            prices: [first, higher(highest, high), lowest.min(low), close],
            volume: self.volume.zip(volume).and_then(|(sum, more)| sum.checked_add(more)),
            n_repeated: self.n_repeated + n_repeated,
        }
    }
}

/// Finished bars, column by column.
struct Rows {
    as_of: Vec<i32>,
    symbol: StringBuilder,
    id: Vec<i64>,
    prices: [Vec<Option<f64>>; 4],
    volume: Vec<Option<i64>>,
    start: Vec<i64>,
    end: Vec<i64>,
    grade: Vec<&'static str>,
}

impl Rows {
    fn with_capacity(n: usize) -> Self {
        Self {
            as_of: Vec::with_capacity(n),
            symbol: StringBuilder::with_capacity(n, n * 5),
            id: Vec::with_capacity(n),
            prices: std::array::from_fn(|_| Vec::with_capacity(n)),
            volume: Vec::with_capacity(n),
            start: Vec::with_capacity(n),
            end: Vec::with_capacity(n),
            grade: Vec::with_capacity(n),
        }
    }

    fn push(&mut self, id: u32, symbol: &str, span: Span, grade: &'static str, prices: [i64; 4], volume: Option<i64>) {
        self.as_of.push(span.trade_date);
        self.symbol.append_value(symbol);
        self.id.push(i64::from(id));
        for (column, fixed) in self.prices.iter_mut().zip(prices) {
            column.push(price(fixed));
        }
        self.volume.push(volume);
        self.start.push(micros(span.start).unwrap_or_default());
        self.end.push(micros(span.end).unwrap_or_default());
        self.grade.push(grade);
    }

    /// `None` without a row.
    fn into_batch(mut self, dataset: &str, basis: &str) -> Result<Option<RecordBatch>> {
        let n = self.as_of.len();
        if n == 0 {
            return Ok(None);
        }
        let instants = |micros: Vec<i64>| Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC")) as ArrayRef;
        let [open, high, low, close] = self.prices.map(|prices| Arc::new(Float64Array::from(prices)) as ArrayRef);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Date32Array::from(self.as_of)),
            Arc::new(StringArray::new_repeated(dataset, n)),
            Arc::new(StringArray::new_repeated(basis, n)),
            Arc::new(self.symbol.finish()),
            Arc::new(Int64Array::from(self.id)),
            open,
            high,
            low,
            close,
            Arc::new(Int64Array::from(self.volume)),
            instants(self.start),
            instants(self.end.clone()),
            instants(self.end),
            Arc::new(StringArray::from(self.grade)),
        ];
        let batch = RecordBatch::try_new(FUTURES_OHLCV.parsed_schema(), columns);
        batch.map(Some).map_err(|e| Error::internal(format!("bars do not fit `futures_ohlcv`: {e}")))
    }
}
