//! Rows of a sheet → rows of the lake's tables: bars and figures dated by the root's calendar, and what the file says of each contract.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray, UInt32Array, new_null_array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

use super::Warned;
use super::sheet::Sheet;
use crate::config::{Action, BarFinding, Config};
use crate::contract::{ContractMonth, near, parse};
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::sources::bar_checks::{Bar, Product, finding, suspects};
use crate::tables::{FUTURES_DEFINITIONS, FUTURES_OHLCV, FUTURES_STATISTICS, RELEASE_AT, RELEASE_GRADE, Table};
use crate::time::Availability;
use crate::time::exchange::ExchangeCalendar;

/// What became of a sheet.
pub struct Built {
    pub batches: Vec<(&'static Table, RecordBatch)>,
    pub rejections: Vec<Rejection>,
    pub repeats: usize,
    pub warned: Warned,
    pub n_without_volume: usize,
    pub n_contracts: usize,
    pub span: Option<(NaiveDate, NaiveDate)>,
}

/// Builds the rows of every table.
///
/// # Errors
/// Rows do not fit the tables, which is a fault of ours.
pub fn build(sheet: &Sheet, dataset: &str, config: &Config) -> Result<Built> {
    let internal = |e: ArrowError| Error::internal(format!("cannot build rows of bars: {e}"));
    let mut work = Work {
        sheet,
        config,
        contracts: Vec::new(),
        places: HashMap::new(),
        ruled: HashMap::new(),
        rejections: Vec::new(),
        repeats: 0,
        warned: BTreeMap::new(),
        aside: HashMap::new(),
        n_without_volume: 0,
    };
    let rows = work.kept();
    let dated = work.dated(&rows);
    let days = rows.iter().map(|row| sheet.as_of.value(row.at));
    let span = days.clone().min().zip(days.max()).map(|(first, last)| (date(first), date(last)));
    let mut seen: Vec<bool> = vec![false; work.contracts.len()];
    rows.iter().for_each(|row| seen[row.contract] = true);
    let n_contracts = seen.into_iter().filter(|seen| *seen).count();
    let table = Tables { work: &work, dataset, rows: &rows, dated: &dated };
    let batches = vec![
        (&FUTURES_OHLCV as &'static Table, table.bars().map_err(internal)?),
        (&FUTURES_STATISTICS, table.figures("open_interest").map_err(internal)?),
        (&FUTURES_STATISTICS, table.figures("settlement").map_err(internal)?),
        (&FUTURES_DEFINITIONS, table.definitions().map_err(internal)?),
    ];
    let batches = batches.into_iter().filter(|(_, batch)| batch.num_rows() > 0).collect();
    let Work { rejections, repeats, warned, n_without_volume, .. } = work;
    Ok(Built { batches, rejections, repeats, warned, n_without_volume, n_contracts, span })
}

fn date(day: i32) -> NaiveDate {
    crate::time::day(day)
}

/// A symbol with the root that its row gives.
struct Contract<'a> {
    /// As received; a bare month (20240300, 2024-03, H24) after its root, since every root has it.
    symbol: String,
    /// Whether the symbol names a month.
    is_named: bool,
    root: String,
    /// The root or parent that the file says.
    said: Option<&'a str>,
    product: Product,
    calendar: &'a ExchangeCalendar,
}

impl Contract<'_> {
    /// The month that the symbol names on a day on which the contract was traded, or on its last.
    fn month(&self, day: NaiveDate) -> Option<ContractMonth> {
        parse(&self.symbol, near(day)).map(|name| name.month)
    }
}

/// The symbol with its root before it, where it is a month alone: 20240300, 202403, 2024-03, H24, H2024. A letter with one digit may as well
/// be a rank (M1), and stays as it is.
fn with_root(symbol: &str, root: &str) -> Option<String> {
    let n_digits = symbol.bytes().filter(u8::is_ascii_digit).count();
    let is_month = match symbol.len() - n_digits {
        0 => true,
        1 => n_digits == 6 && symbol.as_bytes().get(4) == Some(&b'-') || n_digits >= 2 && symbol.as_bytes()[0].is_ascii_alphabetic(),
        _ => false,
    };
    let full = if symbol.contains('-') { format!("{root} {symbol}") } else { format!("{root}{symbol}") };
    (is_month && parse(&full, NaiveDate::default()).is_some()).then_some(full)
}

/// A row that is taken.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Place in the sheet.
    at: usize,
    contract: usize,
}

struct Work<'a> {
    sheet: &'a Sheet,
    config: &'a Config,
    contracts: Vec<Contract<'a>>,
    places: HashMap<(&'a str, Option<&'a str>), usize>,
    /// Last trade days by rule, of each contract as it is read in a year and month.
    ruled: HashMap<(usize, i32, u32), Option<i32>>,
    rejections: Vec<Rejection>,
    repeats: usize,
    warned: Warned,
    /// Figures of a row that were set aside, a bit each.
    aside: HashMap<usize, u8>,
    /// Rows whose volume says that there is none.
    n_without_volume: usize,
}

/// What Interactive Brokers gives for the volume of what has none: midpoints, bids, asks, indices.
const NO_VOLUME: i64 = -1;
/// The bit of a settlement price, behind those of [`Bar::FIGURES`].
const SETTLEMENT: usize = 5;

impl<'a> Work<'a> {
    /// The rows that are taken, in order of symbol and day.
    fn kept(&mut self) -> Vec<Kept> {
        let sheet = self.sheet;
        let mut rows = Vec::with_capacity(sheet.n_rows);
        let mut last: Option<(&str, Option<&str>, usize)> = None;
        for at in (0..sheet.n_rows).filter(|at| !sheet.is_rejected[*at]) {
            let symbol = sheet.symbol.value(at);
            let parent = sheet.parent.is_valid(at).then(|| sheet.parent.value(at));
            let contract = match last {
                Some((s, p, contract)) if s == symbol && p == parent => contract,
                _ => self.contract(symbol, parent),
            };
            last = Some((symbol, parent, contract));
            if self.is_contract(at, contract) && self.is_right(at, contract) {
                rows.push(Kept { at, contract });
            }
        }
        let key = |row: &Kept| (self.contracts[row.contract].symbol.as_str(), sheet.as_of.value(row.at));
        if !rows.is_sorted_by(|a, b| (a.contract == b.contract && sheet.as_of.value(a.at) <= sheet.as_of.value(b.at)) || key(a) <= key(b)) {
            rows.sort_by(|a, b| key(a).cmp(&key(b)));
        }
        self.once(rows)
    }

    fn contract(&mut self, symbol: &'a str, parent: Option<&'a str>) -> usize {
        if let Some(known) = self.places.get(&(symbol, parent)) {
            return *known;
        }
        let said = parent.map(|parent| parent.strip_suffix(".FUT").unwrap_or(parent));
        let full = said.and_then(|root| with_root(symbol, root)).unwrap_or_else(|| symbol.to_string());
        let named = parse(&full, NaiveDate::default());
        let is_named = named.is_some();
        let root = said.map(str::to_string).or(named.map(|name| name.root)).unwrap_or_default();
        let (product, calendar) = (Product::of(&root, self.config), self.config.calendar_of(&root));
        self.contracts.push(Contract { symbol: full, is_named, root, said, product, calendar });
        self.places.insert((symbol, parent), self.contracts.len() - 1);
        self.contracts.len() - 1
    }

    /// Whether it is known which contract a row is of.
    fn is_contract(&mut self, at: usize, contract: usize) -> bool {
        let own = &self.contracts[contract];
        let is_defined = own.said.is_some() && self.sheet.expiration.is_valid(at);
        if !own.is_named && !is_defined {
            let reason = format!("`{}` names no contract month, and the row does not give both parent and expiration", own.symbol);
            self.rejections.push(self.sheet.rejection(at, Some("symbol"), reason));
        }
        own.is_named || is_defined
    }

    /// The last trade day of a row's contract, by the file, else by the exchange's rule; days since 1970.
    fn last_day(&mut self, at: usize, contract: usize) -> Option<i32> {
        let sheet = self.sheet;
        if sheet.expiration.is_valid(at) {
            return Some(sheet.expiration.value(at));
        }
        let day = date(sheet.as_of.value(at));
        let (own, config) = (&self.contracts[contract], self.config);
        *self.ruled.entry((contract, day.year(), day.month())).or_insert_with(|| {
            let dates = config.contract_dates(&own.root, own.month(day)?)?;
            i32::try_from(dates.last_trade.signed_duration_since(NaiveDate::default()).num_days()).ok()
        })
    }

    /// Whether something of a row can be taken: a figure that cannot be right is set aside, and takes the others along only where none is left.
    fn is_right(&mut self, at: usize, contract: usize) -> bool {
        let sheet = self.sheet;
        let price = |of: &Float64Array| if of.is_valid(at) { of.value(at) } else { f64::NAN };
        let volume = sheet.volume.is_valid(at).then(|| sheet.volume.value(at) as i64);
        let mut bar =
            Bar { open: price(&sheet.open), high: price(&sheet.high), low: price(&sheet.low), close: price(&sheet.close), volume };
        if bar.volume == Some(NO_VOLUME) {
            bar.volume = None;
            self.n_without_volume += 1;
            self.set_aside(at, [false, false, false, false, true]);
        }
        let product = self.contracts[contract].product;
        while let Some(found) = finding(&bar, product) {
            let figures = suspects(&bar, found);
            let names: Vec<&str> = Bar::FIGURES.iter().zip(figures).filter(|(_, is_suspect)| *is_suspect).map(|(name, _)| *name).collect();
            if self.is_taken(at, contract, found, &names) {
                break;
            }
            self.set_aside(at, figures);
            bar = bar.without(figures);
        }
        let settled = Bar { open: f64::NAN, high: f64::NAN, low: f64::NAN, close: price(&sheet.settlement), volume: None };
        if let Some(found) = finding(&settled, product)
            && !self.is_taken(at, contract, found, &["settlement"])
        {
            self.set_aside_settlement(at);
        }
        let is_expired = self.last_day(at, contract).is_some_and(|last| last < sheet.as_of.value(at));
        let has_figure =
            !bar.close.is_nan() || (sheet.settlement.is_valid(at) && !self.is_aside(at, SETTLEMENT)) || sheet.open_interest.is_valid(at);
        let is_traded = self.contracts[contract].calendar.is_trade_date(date(sheet.as_of.value(at)));
        has_figure
            && (!is_expired || self.is_taken(at, contract, BarFinding::Expired, &[]))
            && (is_traded || self.is_taken(at, contract, BarFinding::NoTradeDate, &[]))
    }

    fn set_aside(&mut self, at: usize, figures: [bool; 5]) {
        let bits = figures.iter().enumerate().fold(0, |bits, (figure, is_aside)| bits | (u8::from(*is_aside) << figure));
        *self.aside.entry(at).or_default() |= bits;
    }

    fn set_aside_settlement(&mut self, at: usize) {
        *self.aside.entry(at).or_default() |= 1 << SETTLEMENT;
    }

    fn is_aside(&self, at: usize, figure: usize) -> bool {
        self.aside.get(&at).is_some_and(|bits| bits & (1 << figure) != 0)
    }

    /// A column of figures without those that were set aside.
    fn left(&self, column: &Float64Array, figure: usize) -> Float64Array {
        if self.aside.is_empty() {
            return column.clone();
        }
        (0..column.len()).map(|at| (column.is_valid(at) && !self.is_aside(at, figure)).then(|| column.value(at))).collect()
    }

    /// Whether a finding is only told; else the figures of these names, or the row where there are none, are set aside with the reason.
    fn is_taken(&mut self, at: usize, contract: usize, found: BarFinding, figures: &[&str]) -> bool {
        let Contract { symbol, product, .. } = &self.contracts[contract];
        let day = date(self.sheet.as_of.value(at));
        match product.action(found, self.config) {
            Action::Quarantine => {
                let column = (!figures.is_empty()).then(|| figures.join(", "));
                self.rejections.push(self.sheet.rejection(at, column.as_deref(), format!("{symbol} {day}: {}", found.reason())));
                false
            }
            Action::Warn => {
                self.warned.entry(found).or_insert_with(|| (0, format!("{symbol} on {day}"))).0 += 1;
                true
            }
        }
    }

    /// One row of a contract and day: equal ones are one, and of others the later in the file where that is only warned of, else the first.
    fn once(&mut self, rows: Vec<Kept>) -> Vec<Kept> {
        let sheet = self.sheet;
        let mut kept: Vec<Kept> = Vec::with_capacity(rows.len());
        for row in rows {
            let is_same_day = |before: &&mut Kept| {
                sheet.as_of.value(before.at) == sheet.as_of.value(row.at)
                    && (before.contract == row.contract || self.contracts[before.contract].symbol == self.contracts[row.contract].symbol)
            };
            match kept.last_mut().filter(is_same_day) {
                None => kept.push(row),
                Some(before) if is_equal(sheet, before.at, row.at) => self.repeats += 1,
                Some(before) => {
                    if self.is_taken(row.at, row.contract, BarFinding::DuplicateDay, &[]) {
                        *before = row;
                    }
                }
            }
        }
        kept
    }

    /// When each row's bar was known, and its open interest.
    fn dated(&self, rows: &[Kept]) -> Vec<Dated> {
        // days come again with every contract of a calendar
        let mut known: HashMap<(*const ExchangeCalendar, i32), [i64; 3]> = HashMap::new();
        rows.iter()
            .map(|row| {
                let calendar = self.contracts[row.contract].calendar;
                let day = self.sheet.as_of.value(row.at);
                let [start, end, next_morning] = *known.entry((std::ptr::from_ref(calendar), day)).or_insert_with(|| {
                    let (start, end) = calendar.session(date(day));
                    [start.micros(), end.micros(), calendar.next_morning(date(day)).micros()]
                });
                let stamped = self.sheet.available_at.is_valid(row.at).then(|| self.sheet.available_at.value(row.at));
                let grade = match (stamped, calendar.is_known_on(calendar.trade_date_from(date(day)))) {
                    (Some(_), _) => Availability::Stamped,
                    (None, true) => Availability::Rule,
                    (None, false) => Availability::Lagged,
                };
                Dated { start, end, bar: stamped.unwrap_or(end), open_interest: stamped.unwrap_or(next_morning), grade }
            })
            .collect()
    }
}

fn is_equal(sheet: &Sheet, a: usize, b: usize) -> bool {
    let floats = [&sheet.open, &sheet.high, &sheet.low, &sheet.close, &sheet.volume, &sheet.open_interest, &sheet.settlement];
    let same = |of: &Float64Array| of.is_valid(a) == of.is_valid(b) && (of.is_null(a) || of.value(a) == of.value(b));
    floats.into_iter().all(same)
}

/// Instants of a row, in microseconds since 1970.
struct Dated {
    start: i64,
    end: i64,
    bar: i64,
    open_interest: i64,
    grade: Availability,
}

struct Tables<'a> {
    work: &'a Work<'a>,
    dataset: &'a str,
    rows: &'a [Kept],
    dated: &'a [Dated],
}

impl Tables<'_> {
    fn bars(&self) -> Result<RecordBatch, ArrowError> {
        let sheet = self.work.sheet;
        let [open, high, low, close, volume] = [&sheet.open, &sheet.high, &sheet.low, &sheet.close, &sheet.volume];
        let left = |column: &Float64Array, figure| self.work.left(column, figure);
        let (open, high, low, close, volume) = (left(open, 0), left(high, 1), left(low, 2), left(close, 3), left(volume, 4));
        let places = self.places(|at| close.is_valid(at));
        let at = self.of_sheet(&places);
        self.batch(&FUTURES_OHLCV, places.len(), |name| {
            Ok(match name {
                "as_of" => take(&sheet.as_of, &at, None)?,
                "basis" => Arc::new(StringArray::new_repeated("session", places.len())),
                "symbol" => self.symbols(&places),
                "open" => take(&open, &at, None)?,
                "high" => take(&high, &at, None)?,
                "low" => take(&low, &at, None)?,
                "close" => take(&close, &at, None)?,
                "volume" => cast(&take(&volume, &at, None)?, &DataType::Int64)?,
                "session_start" => instants(places.iter().map(|p| self.dated[*p].start)),
                "session_end" => instants(places.iter().map(|p| self.dated[*p].end)),
                RELEASE_AT => instants(places.iter().map(|p| self.dated[*p].bar)),
                name => self.common(name, &places),
            })
        })
    }

    fn figures(&self, stat: &str) -> Result<RecordBatch, ArrowError> {
        let sheet = self.work.sheet;
        let is_settlement = stat == "settlement";
        let settlement = self.work.left(&sheet.settlement, SETTLEMENT);
        let value = if is_settlement { &settlement } else { &sheet.open_interest };
        let places = self.places(|at| value.is_valid(at));
        let at = self.of_sheet(&places);
        self.batch(&FUTURES_STATISTICS, places.len(), |name| {
            Ok(match name {
                "as_of" => take(&sheet.as_of, &at, None)?,
                "stat" => Arc::new(StringArray::new_repeated(stat, places.len())),
                "symbol" => self.symbols(&places),
                "value" => take(value, &at, None)?,
                "final" => new_null_array(&DataType::Boolean, places.len()),
                RELEASE_AT if is_settlement => instants(places.iter().map(|p| self.dated[*p].bar)),
                RELEASE_AT => instants(places.iter().map(|p| self.dated[*p].open_interest)),
                name => self.common(name, &places),
            })
        })
    }

    /// What the file says of each contract, once; again where it says something else of a later day.
    fn definitions(&self) -> Result<RecordBatch, ArrowError> {
        let work = self.work;
        let expiration = |place: usize| {
            let at = self.rows[place].at;
            work.sheet.expiration.is_valid(at).then(|| work.sheet.expiration.value(at))
        };
        let mut places: Vec<usize> = Vec::new();
        for place in 0..self.rows.len() {
            let own = &work.contracts[self.rows[place].contract];
            if own.said.is_none() && expiration(place).is_none() {
                continue;
            }
            let is_said = places.last().is_some_and(|last| {
                let before = &work.contracts[self.rows[*last].contract];
                before.symbol == own.symbol && before.said == own.said && expiration(*last) == expiration(place)
            });
            if !is_said {
                places.push(place);
            }
        }
        let contract = |place: &usize| &work.contracts[self.rows[*place].contract];
        let month = |place: &usize| {
            let day = expiration(*place).unwrap_or_else(|| work.sheet.as_of.value(self.rows[*place].at));
            Some(contract(place).month(date(day))?.to_string())
        };
        let last_instant = |place: &usize| Some(last_instant(contract(place).calendar, date(expiration(*place)?)));
        let at = self.of_sheet(&places);
        self.batch(&FUTURES_DEFINITIONS, places.len(), |name| {
            Ok(match name {
                "as_of" => take(&work.sheet.as_of, &at, None)?,
                "symbol" => self.symbols(&places),
                "origin" => Arc::new(StringArray::new_repeated("file", places.len())),
                "instrument_class" => Arc::new(StringArray::new_repeated("future", places.len())),
                "asset" => Arc::new(places.iter().map(|place| contract(place).said).collect::<StringArray>()),
                "maturity" => Arc::new(places.iter().map(month).collect::<StringArray>()),
                "expiration" => Arc::new(places.iter().map(last_instant).collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
                RELEASE_AT => instants(places.iter().map(|p| self.dated[*p].bar)),
                RELEASE_GRADE | "dataset" | "instrument_id" => self.common(name, &places),
                name => new_null_array(&FUTURES_DEFINITIONS.column(name).map_or(DataType::Utf8, |c| c.kind.arrow()), places.len()),
            })
        })
    }

    /// The places of the rows that have something.
    fn places(&self, has: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.rows.len()).filter(|place| has(self.rows[*place].at)).collect()
    }
    fn of_sheet(&self, places: &[usize]) -> UInt32Array {
        UInt32Array::from_iter_values(places.iter().map(|place| self.rows[*place].at as u32))
    }
    fn symbols(&self, places: &[usize]) -> ArrayRef {
        Arc::new(places.iter().map(|place| Some(self.work.contracts[self.rows[*place].contract].symbol.as_str())).collect::<StringArray>())
    }

    /// Columns that every table has alike; the grade of the date among them.
    fn common(&self, name: &str, places: &[usize]) -> ArrayRef {
        match name {
            "dataset" => Arc::new(StringArray::new_repeated(self.dataset, places.len())),
            "instrument_id" => Arc::new(Int64Array::from_value(0, places.len())),
            _ => Arc::new(places.iter().map(|place| Some(self.dated[*place].grade.name())).collect::<StringArray>()),
        }
    }

    fn batch(
        &self,
        table: &'static Table,
        n_rows: usize,
        column: impl Fn(&str) -> Result<ArrayRef, ArrowError>,
    ) -> Result<RecordBatch, ArrowError> {
        let schema = table.parsed_schema();
        let columns = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>, _>>()?;
        debug_assert!(columns.iter().all(|column| column.len() == n_rows));
        RecordBatch::try_new(schema, columns)
    }
}

/// The last instant of the last trade day: the end of its session, which for a market without hours is the end of the day itself.
fn last_instant(calendar: &ExchangeCalendar, day: NaiveDate) -> i64 {
    let end = calendar.session(day).1.micros();
    if calendar.is_known() { end } else { end - 1 }
}

fn instants(micros: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}
