//! Laws of continuous series over random lakes, arguments and clocks. Prices are eighths, so that sums are exact.

use chrono::{Datelike, NaiveDate, Weekday};
use contango::lake::Lake;
use contango::time::{Availability, KnowledgeTime};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::support::futures::{Of, Row, cut, write_into};
use crate::support::{day, rows, session};

const FIRST: &str = "2023-02-20";
const LAST: &str = "2023-03-31";
const SYMBOLS: [&str; 3] = ["ESH3", "ESM3", "ESU3"];
/// Last trade days by the exchange's rule.
const ENDS: [&str; 3] = ["2023-03-17", "2023-06-16", "2023-09-15"];
const MICROS_AN_HOUR: i64 = 3_600_000_000;

fn trade_dates() -> Vec<NaiveDate> {
    let last = day(LAST);
    // Presidents' Day has no trade date
    let is_open = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && *date != day("2023-02-20");
    day(FIRST).iter_days().take_while(move |date| *date <= last).filter(is_open).collect()
}

/// A day of a contract: steps of the price, open interest, whether there is a settlement and a bar, hours by which open interest is late.
#[derive(Debug, Clone)]
struct Day {
    step: i8,
    open_interest: u8,
    has_bar: bool,
    has_settlement: bool,
    late_hours: u8,
}

fn a_day() -> impl Strategy<Value = Day> {
    (-4..5i8, 0..6u8, prop::bool::weighted(0.9), any::<bool>(), prop_oneof![8 => Just(0), 1 => 1..60u8]).prop_map(
        |(step, open_interest, has_bar, has_settlement, late_hours)| Day { step, open_interest, has_bar, has_settlement, late_hours },
    )
}

fn lake() -> impl Strategy<Value = Vec<Row>> {
    let n = trade_dates().len();
    prop::collection::vec(prop::collection::vec(a_day(), n..=n), 3..=3).prop_map(|contracts| {
        let mut all = Vec::new();
        for (contract, days) in contracts.iter().enumerate() {
            let mut price = 400.0 + 4.0 * contract as f64;
            for (date, own) in trade_dates().into_iter().zip(days).filter(|(date, _)| *date <= day(ENDS[contract])) {
                price += f64::from(own.step) / 8.0;
                all.extend(rows_of(SYMBOLS[contract], date, price, own));
            }
        }
        all
    })
}

fn at(text: String) -> KnowledgeTime {
    KnowledgeTime::parse(&text).expect("an instant")
}

fn rows_of(symbol: &'static str, date: NaiveDate, price: f64, own: &Day) -> Vec<Row> {
    let end = at(format!("{date} 16:00 America/Chicago"));
    let row = |available_at, of| Row {
        dataset: "GLBX.MDP3",
        symbol,
        id: 0,
        as_of: date,
        available_at,
        availability: Availability::Rule,
        backcast: false,
        of,
    };
    let mut all = Vec::new();
    if own.has_bar {
        all.push(row(
            end,
            Of::Bar { basis: "session", close: Some(price), volume: Some(i64::from(own.open_interest) + 1), session_end: end },
        ));
    }
    if own.has_settlement {
        all.push(row(end, Of::Figure { stat: "settlement", value: Some(price + 0.125), is_final: None }));
    }
    let morning = at(format!("{} 06:45 America/Chicago", date.succ_opt().expect("a day"))).micros();
    let known = KnowledgeTime::from_micros(morning + i64::from(own.late_hours) * MICROS_AN_HOUR);
    all.push(row(known, Of::Figure { stat: "open_interest", value: Some(f64::from(own.open_interest) * 100.0), is_final: None }));
    all
}

fn rolls() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "roll => 'open_interest'",
        "roll => 'volume'",
        "roll => 'open_interest', latest => 3",
        "roll => 'days_before_expiry', roll_days => 5",
        "roll => 'days_before_expiry', roll_days => 2, unit => 'business', gap => 'on'",
        "roll => 'calendar'",
        "roll => 'calendar', rolls_on => 'delivery_month'",
        "roll => 'open_interest', rank => 1",
    ])
}

fn clocks() -> impl Strategy<Value = KnowledgeTime> {
    (0..45i64, 0..24i64).prop_map(|(days, hour)| {
        let first = at(format!("{FIRST} 00:00:00Z")).micros();
        KnowledgeTime::from_micros(first + (days * 24 + hour) * MICROS_AN_HOUR)
    })
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime").block_on(future)
}

async fn ask(data: &[Row], clock: Option<KnowledgeTime>, text: &str) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    write_into(&Lake::new(folder.path()).expect("a lake"), data, 2).await;
    rows(&mut session(folder.path(), clock, None), text).await.unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn series(roll: &str, rest: &str, columns: &str) -> String {
    format!("SELECT {columns} FROM continuous_series('ES', {roll}{rest}) ORDER BY as_of")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn under_a_clock_the_series_is_that_of_a_lake_cut_there(
        data in lake(), clock in clocks(), roll in rolls(),
        adjust in prop::sample::select(vec!["none", "ratio", "additive"]), direction in prop::sample::select(vec!["back", "forward"]),
    ) {
        let rest = format!(", adjust => '{adjust}', direction => '{direction}'");
        let texts = [series(roll, &rest, "*"), format!("SELECT * FROM continuous_rolls('ES', {roll}) ORDER BY rolled_on")];
        for text in texts {
            let (full, of_cut) = block(async { (ask(&data, Some(clock), &text).await, ask(&cut(&data, clock), None, &text).await) });
            prop_assert_eq!(&full, &of_cut, "{} at {}", text, clock);
            let late = format!("SELECT count(*) FROM ({}) WHERE available_at > '{clock}'", text.replace(" ORDER BY as_of", "").replace(" ORDER BY rolled_on", ""));
            prop_assert_eq!(block(ask(&data, Some(clock), &late)), vec![vec!["0".to_string()]], "{}", late);
        }
    }

    #[test]
    fn forward_never_changes_what_it_said_and_no_clock_changes_a_return(data in lake(), clock in clocks(), roll in rolls()) {
        let text = series(roll, ", price => 'close', direction => 'forward', adjust => 'additive'", "as_of, contract_id, close, adjustment, held_return");
        let (then, now) = block(async { (ask(&data, Some(clock), &text).await, ask(&data, None, &text).await) });
        is_beginning(&then, &now, clock)?;
    }

    #[test]
    fn adjusting_changes_levels_and_nothing_else(data in lake(), clock in clocks(), roll in rolls()) {
        let columns = "as_of, contract_id, price, price_source, rolled, held_return, days_left, bar_available_at";
        let plain = block(ask(&data, Some(clock), &series(roll, "", columns)));
        for rest in [", adjust => 'ratio'", ", adjust => 'additive'", ", adjust => 'ratio', direction => 'forward'"] {
            prop_assert_eq!(&block(ask(&data, Some(clock), &series(roll, rest, columns))), &plain, "{}", rest);
        }
        let last = block(ask(&data, Some(clock), &series(roll, ", adjust => 'ratio'", "close, price, contract_id"))).pop();
        let newest = format!("SELECT to_contract FROM continuous_rolls('ES', {roll}) ORDER BY rolled_on DESC LIMIT 1");
        let newest = block(ask(&data, Some(clock), &newest)).pop();
        // a contract that is held and has no price yet is the newest all the same
        if let Some(last) = last.filter(|last| newest.is_none_or(|newest| newest[0] == last[2])) {
            prop_assert_eq!(&last[0], &last[1], "the newest contract keeps its own prices");
        }
    }
}

/// What was said at the clock stands at the beginning of what is said later. The gap of a roll is known when both contracts have a price of
/// its day, which are known at one instant here; but the newest roll may turn from a fallback to its own day's gap only within that instant.
fn is_beginning(then: &[Vec<String>], now: &[Vec<String>], clock: KnowledgeTime) -> Result<(), TestCaseError> {
    prop_assert!(then.len() <= now.len());
    for (a, b) in then.iter().zip(now) {
        prop_assert_eq!(a, b, "at {}", clock);
    }
    Ok(())
}
