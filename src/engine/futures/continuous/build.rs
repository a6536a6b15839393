//! Contracts that are known → a continuous series. What the rules need of a contract (deadlines, first days, figures, prices) is taken from it
//! here; the rules themselves stand in `quant`.

use chrono::{Days, NaiveDate};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::request::{Request, RollRule, day_number};
use crate::config::{Config, Root, closest};
use crate::contract::ContractMonth;
use crate::engine::futures::compose::{Bars, ContractBars, Figures};
use crate::engine::futures::contract::{Contract, date};
use crate::engine::notes::Notes;
use crate::error::{Error, Result};
use crate::quant::holding::{self, Dated, Holding, Measured};
use crate::quant::known::{Known, NO_INSTANT};
use crate::quant::splice::{Gap, Quotes, Series, splice};
use crate::time::exchange::ExchangeCalendar;

/// The series of one root.
pub struct Built {
    /// In order of expiration; rows and rolls name contracts by their places.
    pub contracts: Vec<Arc<ContractBars>>,
    pub series: Series,
}

/// What one thread builds: each root's place among those asked for, its contracts and its days before a deadline.
type Share = Vec<(usize, (Vec<Arc<ContractBars>>, u32))>;

/// Builds the series of every root that was asked for; the contracts come in order of root, then expiration. Those without a price are left
/// out first: they are among the contracts only where a query also shows a figure, and what a query shows must not change what is held.
///
/// # Errors
/// A root that is unknown, a contract without an expiration where one is needed, a ratio of prices that are not positive.
pub fn build(contracts: Vec<Arc<ContractBars>>, request: &Request, config: &Config, notes: &Notes) -> Result<Vec<Built>> {
    let mut by_root: Vec<Vec<Arc<ContractBars>>> = Vec::new();
    for contract in contracts.into_iter().filter(|own| has_price(own)) {
        match by_root.last_mut().filter(|own| own[0].contract.root == contract.contract.root) {
            Some(own) => own.push(contract),
            None => by_root.push(vec![contract]),
        }
    }
    let mut work = Vec::new();
    for (root, roll_days) in &request.roots {
        match by_root.iter().position(|own| own[0].contract.root == *root) {
            Some(at) => work.push((by_root.swap_remove(at), request.roll_days(*roll_days))),
            None if config.find_root(root).is_some() => notes.add(format!("no contract of {root} is known")),
            None => return Err(unknown_root(root, config)),
        }
    }
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(work.len()).max(1);
    let mut shares: Vec<Share> = (0..n_threads).map(|_| Vec::new()).collect();
    for (at, one) in work.into_iter().enumerate() {
        shares[at % n_threads].push((at, one));
    }
    let of_share = |share: Share| {
        let built = share.into_iter().map(|(at, (own, roll_days))| Ok((at, of_root(own, roll_days, request, config, notes)?)));
        built.collect::<Result<Vec<_>>>()
    };
    let mut built = std::thread::scope(|scope| {
        let mut shares = shares.into_iter();
        let own = shares.next();
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || of_share(share))).collect();
        let mut all = own.map_or_else(|| Ok(Vec::new()), of_share)?;
        for thread in threads {
            all.extend(thread.join().map_err(|_| Error::internal("a thread that builds a series failed"))??);
        }
        Ok::<_, Error>(all)
    })?;
    built.sort_by_key(|(at, _)| *at);
    Ok(built.into_iter().map(|(_, built)| built).collect())
}

fn has_price(own: &ContractBars) -> bool {
    !own.bars.day.is_empty() || !own.settlement.day.is_empty()
}

fn unknown_root(root: &str, config: &Config) -> Error {
    let error = Error::query(format!("there is no root or saved series `{root}`, and no contract of it is known"));
    error.hint(match closest(&root.to_uppercase(), config.roots.iter().map(|known| known.root.as_str())) {
        Some(near) => format!("did you mean `{near}`? `SELECT DISTINCT root FROM contracts` lists what is held"),
        None => "`SELECT DISTINCT root FROM contracts` lists what is held, `contango series list` the saved series".to_string(),
    })
}

fn of_root(contracts: Vec<Arc<ContractBars>>, roll_days: u32, request: &Request, config: &Config, notes: &Notes) -> Result<Built> {
    let name = contracts[0].contract.root.clone();
    let root = config.find_root(&name);
    let calendar = config.calendar_of(&name);
    let mut contracts = of_dataset(contracts, root, request)?;
    let cycle: Option<Vec<u32>> = match &request.months {
        Some(months) => Some(months.clone()).filter(|months| !months.is_empty()),
        None => {
            root.and_then(|root| root.months.as_ref()).map(|letters| letters.chars().filter_map(crate::contract::month_of_letter).collect())
        }
    };
    if let Some(cycle) = cycle {
        contracts.retain(|own| own.contract.month.is_some_and(|month| cycle.contains(&month.month)));
        if contracts.is_empty() {
            notes.add(format!("no contract of {name} that is known is of the months asked for; months => 'all' takes every one"));
        }
    }
    let quotes: Vec<Quotes<'_>> = contracts.iter().map(|own| quotes(own)).collect();
    let first_days: Vec<i32> = quotes.iter().map(|own| own.day.first().copied().unwrap_or(i32::MAX)).collect();
    let days = union(&quotes);
    let holding = held(&contracts, &days, &first_days, roll_days, request, calendar, notes)?;
    let holding = holding::ranked(&days, &holding, &first_days, request.rank);
    let mut series = splice(&days, &holding, &quotes, request.terms).map_err(|bad| {
        let contract = &contracts[bad.contract as usize].contract;
        Error::query(format!("{} has the price {} on {}, which has no ratio", contract.contract_id, bad.price, date(bad.day)))
            .hint("adjust => 'additive' takes any price; adjust => 'none' leaves prices as they are")
    })?;
    for roll in &mut series.rolls {
        if roll.decided_at == NO_INSTANT {
            // The calendar or the table is known before the session in which the roll is made.
            // Prices of the gap that were stamped earlier show that it was known earlier still.
            let made_on = roll.gap.map_or(roll.day, |Gap { day, .. }| day);
            let known = roll.gap.map_or(i64::MAX, |gap| gap.out.available_at.max(gap.into.available_at));
            roll.decided_at = calendar.session(date(made_on)).0.micros().min(known);
        }
        // and not before it was known when the contracts end
        roll.decided_at = roll.decided_at.max(roll.since);
        if roll.gap.is_none() {
            let id = |at: u32| contracts[at as usize].contract.contract_id.as_str();
            notes.add(format!(
                "the gap from {} to {} at {} is not known: no day near it has prices of both",
                id(roll.from),
                id(roll.to),
                date(roll.day)
            ));
        }
    }
    series.rows.retain(|row| request.from.is_none_or(|from| row.day >= from) && request.to.is_none_or(|to| row.day <= to));
    series.rolls.retain(|roll| request.from.is_none_or(|from| roll.day >= from) && request.to.is_none_or(|to| roll.day <= to));
    Ok(Built { contracts, series })
}

/// The contracts of one dataset: the one asked for, else the root's own, else the only one.
fn of_dataset(mut contracts: Vec<Arc<ContractBars>>, root: Option<&Root>, request: &Request) -> Result<Vec<Arc<ContractBars>>> {
    let datasets: BTreeSet<&str> = contracts.iter().map(|own| own.contract.dataset.as_str()).collect();
    if request.dataset.is_some() || datasets.len() < 2 {
        return Ok(contracts);
    }
    let own = root.and_then(|root| root.dataset.as_deref()).filter(|own| datasets.contains(own));
    let Some(own) = own.map(str::to_string) else {
        let names: Vec<&str> = datasets.into_iter().collect();
        return Err(Error::query(format!("several datasets hold contracts of {}", contracts[0].contract.root))
            .hint(format!("say which with dataset => '...': {}", names.join(", "))));
    };
    contracts.retain(|contract| contract.contract.dataset == own);
    Ok(contracts)
}

fn held(
    contracts: &[Arc<ContractBars>],
    days: &[i32],
    first_days: &[i32],
    roll_days: u32,
    request: &Request,
    calendar: &ExchangeCalendar,
    notes: &Notes,
) -> Result<Holding> {
    let before = |deadline: NaiveDate, n: u32, is_business: bool| match is_business {
        true if n > 0 => calendar.offset(deadline, -(n as i32)),
        _ => deadline.checked_sub_days(Days::new(n.into())).unwrap_or(deadline),
    };
    let dated = |next_from: &dyn Fn(&Contract) -> Result<NaiveDate>| -> Result<Holding> {
        let all = contracts.iter().zip(first_days).map(|(own, first_day)| {
            Ok(Dated { first_day: *first_day, next_from: Known::new(day_number(next_from(&own.contract)?), own.since) })
        });
        Ok(holding::by_calendar(days, &all.collect::<Result<Vec<_>>>()?))
    };
    match &request.roll {
        RollRule::Days { before_notice, is_business, .. } => dated(&|contract| {
            let expiration = contract.ensure_expiration()?;
            let deadline = contract.first_notice.filter(|_| *before_notice).unwrap_or(expiration);
            Ok(before(deadline, roll_days, *is_business))
        }),
        RollRule::LastTradeDay => dated(&|contract| contract.ensure_expiration()),
        RollRule::DeliveryMonth => dated(&|contract| {
            contract.month.map(|month| month.first_day()).ok_or_else(|| {
                Error::query(format!("no delivery month is known for the contract `{}`", contract.symbol))
                    .hint("rolls_on => 'last_trade_day' needs none")
            })
        }),
        RollRule::Volume | RollRule::OpenInterest => {
            let decide_by: Vec<i64> = days.iter().map(|day| calendar.session(date(*day)).1.micros()).collect();
            let by_volume = request.roll == RollRule::Volume;
            let all = contracts.iter().zip(first_days).map(|(own, first_day)| {
                // figures say when a contract is left; where nothing says when it ends, it is not held beyond its month
                let Contract { expiration, month, .. } = &own.contract;
                let last = expiration.map(|deadline| before(deadline, request.latest, true)).or(month.map(ContractMonth::last_day));
                let last_day = Known::new(last.map_or(i32::MAX, day_number), own.since);
                let (day, available_at, value) = if by_volume {
                    let Bars { day, available_at, volume, .. } = &own.bars;
                    (day, available_at, volume)
                } else {
                    let Figures { day, available_at, value, .. } = &own.open_interest;
                    (day, available_at, value)
                };
                Measured { first_day: *first_day, last_day, day, available_at, value }
            });
            Ok(holding::by_figure(days, &decide_by, &all.collect::<Vec<_>>()))
        }
        RollRule::Schedule(table) => {
            let last_day = days.last().copied().unwrap_or(i32::MIN);
            let place = |name: &str| {
                let found = contracts.iter().position(|own| own.contract.contract_id == name || own.contract.symbol == name);
                if found.is_none() {
                    notes.add(format!("the roll table names `{name}`, of which nothing is known"));
                }
                found
            };
            // the contract before the first roll is held also while that roll is to come
            let first = table.first().and_then(|roll| place(&roll.from));
            let reached = table.iter().filter(|roll| roll.day <= last_day);
            let rolls: Vec<(i32, usize)> = reached.filter_map(|roll| Some((roll.day, place(&roll.to)?))).collect();
            Ok(holding::by_schedule(days, first, &rolls))
        }
    }
}

/// Every day on which a contract has a price.
fn union(quotes: &[Quotes<'_>]) -> Vec<i32> {
    let first = quotes.iter().filter_map(|own| own.day.first()).min();
    let last = quotes.iter().filter_map(|own| own.day.last()).max();
    let (Some(&first), Some(&last)) = (first, last) else { return Vec::new() };
    let mut is_day = vec![false; (last - first) as usize + 1];
    for day in quotes.iter().flat_map(|own| own.day.iter()) {
        is_day[(day - first) as usize] = true;
    }
    (first..=last).zip(is_day).filter_map(|(day, is_day)| is_day.then_some(day)).collect()
}

/// The newest vintage of each day's close and settlement.
fn quotes(own: &ContractBars) -> Quotes<'_> {
    let (bars, settlement) = (&own.bars, &own.settlement);
    let close = Newest::of(&bars.day, &bars.close, &bars.available_at);
    let settled = Newest::of(&settlement.day, &settlement.value, &settlement.available_at);
    if settled.day.is_empty() {
        return Quotes { day: close.day, close: close.value, close_at: close.at, ..Quotes::default() };
    }
    if close.day.is_empty() {
        return Quotes { day: settled.day, settlement: settled.value, settlement_at: settled.at, ..Quotes::default() };
    }
    if close.day == settled.day {
        let Newest { day, value, at } = close;
        return Quotes { day, close: value, close_at: at, settlement: settled.value, settlement_at: settled.at };
    }
    let mut days: Vec<i32> = close.day.iter().chain(settled.day.iter()).copied().collect();
    days.sort_unstable();
    days.dedup();
    let (close, close_at) = close.on(&days);
    let (settlement, settlement_at) = settled.on(&days);
    Quotes {
        day: days.into(),
        close: close.into(),
        close_at: close_at.into(),
        settlement: settlement.into(),
        settlement_at: settlement_at.into(),
    }
}

/// The newest vintage of each day; borrowed where no day has several.
struct Newest<'a> {
    day: Cow<'a, [i32]>,
    value: Cow<'a, [f64]>,
    at: Cow<'a, [i64]>,
}

impl<'a> Newest<'a> {
    fn of(day: &'a [i32], value: &'a [f64], at: &'a [i64]) -> Self {
        if day.windows(2).all(|pair| pair[0] < pair[1]) {
            return Self { day: day.into(), value: value.into(), at: at.into() };
        }
        let is_last = |place: &usize| day.get(place + 1) != Some(&day[*place]);
        let places: Vec<usize> = (0..day.len()).filter(is_last).collect();
        Self {
            day: places.iter().map(|at| day[*at]).collect(),
            value: places.iter().map(|at| value[*at]).collect(),
            at: places.iter().map(|place| at[*place]).collect(),
        }
    }
    /// On these days, which are among others all of its own; NaN where there is none.
    fn on(&self, days: &[i32]) -> (Vec<f64>, Vec<i64>) {
        let mut next = 0;
        days.iter()
            .map(|day| match self.day.get(next) {
                Some(own) if own == day => {
                    next += 1;
                    (self.value[next - 1], self.at[next - 1])
                }
                _ => (f64::NAN, NO_INSTANT),
            })
            .unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::splice::{Adjust, Direction, GapDay, PriceKind, Terms};

    fn contract(dataset: &str, month: Option<ContractMonth>, bars: Bars, open_interest: Figures) -> Arc<ContractBars> {
        Arc::new(ContractBars {
            contract: Contract {
                dataset: dataset.to_string(),
                root: "ES".to_string(),
                parent: None,
                symbol: "opaque".to_string(),
                instrument_id: None,
                contract_id: "opaque".to_string(),
                month,
                expiration: month.map(ContractMonth::first_day),
                first_notice: None,
                from: None,
                known_at: NO_INSTANT,
                grade: None,
            },
            since: NO_INSTANT,
            superseded_at: i64::MAX,
            bars,
            settlement: Figures::default(),
            cleared_volume: Figures::default(),
            open_interest,
        })
    }

    fn priced(dataset: &str, month: Option<ContractMonth>) -> Arc<ContractBars> {
        let bars = Bars { day: vec![19_000], available_at: vec![19_001 * 86_400_000_000], close: vec![100.0], ..Bars::default() };
        contract(dataset, month, bars, Figures::default())
    }

    fn request(roots: &[&str]) -> Request {
        Request {
            roots: roots.iter().map(|root| (root.to_string(), None)).collect(),
            roll: RollRule::Days { before_notice: false, days: None, is_business: false },
            terms: Terms { price: PriceKind::Auto, gap: GapDay::Before, adjust: Adjust::Unadjusted, direction: Direction::Back },
            rank: 0,
            months: None,
            latest: 0,
            dataset: None,
            from: None,
            to: None,
            at: None,
        }
    }

    const JUNE: Option<ContractMonth> = Some(ContractMonth { year: 2022, month: 6 });

    #[test]
    fn a_contract_that_has_figures_alone_is_no_contract_of_the_series() {
        let config = Config::built_in().expect("the built-in configuration");
        let figure = Figures { day: vec![19_000], available_at: vec![0], value: vec![5.0], ..Figures::default() };
        // of another dataset, and without an expiration: either would be an error
        let contracts = vec![priced("acme", JUNE), contract("other", None, Bars::default(), figure)];
        let built = build(contracts, &request(&["ES"]), &config, &Notes::default()).expect("one contract has a price");
        assert_eq!(built.iter().map(|built| (built.contracts.len(), built.series.rows.len())).collect::<Vec<_>>(), [(1, 1)]);
    }

    #[test]
    fn figures_roll_contracts_of_which_no_end_is_known() {
        let config = Config::built_in().expect("the built-in configuration");
        let of = |month: u32, volumes: [f64; 3]| {
            let days: Vec<i32> = vec![19_513, 19_514, 19_515];
            let available_at = days.iter().map(|day| i64::from(*day) * 86_400_000_000 + 75_600_000_000).collect();
            let bars = Bars { day: days, available_at, close: vec![100.0; 3], volume: volumes.to_vec(), ..Bars::default() };
            let mut own = (*contract("acme", Some(ContractMonth { year: 2023, month }), bars, Figures::default())).clone();
            (own.contract.expiration, own.contract.contract_id) = (None, format!("ES{month}"));
            Arc::new(own)
        };
        let request = Request { roll: RollRule::Volume, ..request(&["ES"]) };
        let contracts = vec![of(6, [9.0, 1.0, 1.0]), of(9, [2.0, 7.0, 8.0])];
        let built = build(contracts, &request, &config, &Notes::default()).expect("no end is needed");
        let held: Vec<(i32, u32)> = built[0].series.rows.iter().map(|row| (row.day, row.contract)).collect();
        assert_eq!(held, [(19_514, 0), (19_515, 1)]);
    }

    #[test]
    fn contracts_that_are_all_outside_the_cycle_are_reported() {
        let config = Config::built_in().expect("the built-in configuration");
        let notes = Notes::default();
        let built = build(vec![priced("acme", None)], &request(&["ES"]), &config, &notes).expect("nothing to hold is no error");
        assert!(built.iter().all(|built| built.series.rows.is_empty()));
        assert_eq!(notes.take(), ["no contract of ES that is known is of the months asked for; months => 'all' takes every one"]);
        let all = Request { months: Some(Vec::new()), ..request(&["ES"]) };
        let error = build(vec![priced("acme", None)], &all, &config, &notes).err().expect("no expiration is known");
        assert!(error.to_string().contains("no expiration is known for the contract `opaque`"), "{error}");
    }
}
