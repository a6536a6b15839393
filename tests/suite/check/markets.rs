//! Checks of positioning, bars, curves, bonds and surveys.

use chrono::{Days, NaiveDate};

use super::lake::{Lines, noon};
use crate::support::day;

/// Tuesdays of three weeks; the report of the last is known, and the next is not due yet.
const WEEKS: [&str; 3] = ["2024-02-13", "2024-02-20", "2024-02-27"];
const NOW: &str = "2024-03-05 12:00:00Z";

/// Reports of one market: each category long, short and spreading, the open interest that they add up to, moved by so much.
fn cot(code: &str, scope: &str, weeks: &[&str], off: i64) -> [(&'static str, String); 2] {
    let mut positions = "report|scope|contract_code|category|as_of|long|short|spreading|open_interest|available_at\n".to_string();
    let mut markets = "report|scope|contract_code|as_of|open_interest|gross_4_long|net_8_short|available_at\n".to_string();
    for (w, week) in weeks.iter().enumerate() {
        let known = noon(day(week) + Days::new(3));
        let w = w as i64;
        let categories = ["asset_manager", "dealer", "leveraged_funds", "nonreportable", "other_reportable"];
        // 15 more spreads than there are of the longs and shorts, which are shifted against each other
        let open_interest = (0..5).map(|c| 100 + 10 * c + w).sum::<i64>() + 4 * 7 + off;
        for (c, category) in categories.iter().enumerate() {
            let (long, short) = (100 + 10 * c as i64 + w, 100 + 10 * (4 - c as i64) + w);
            let spreading = if *category == "nonreportable" { String::new() } else { "7".into() };
            positions += &format!("tff|{scope}|{code}|{category}|{week}|{long}|{short}|{spreading}|{open_interest}|{known}\n");
        }
        markets += &format!("tff|{scope}|{code}|{week}|{open_interest}|31.5|20|{known}\n");
    }
    [("cot", positions), ("cot_markets", markets)]
}

#[tokio::test]
async fn positions_that_do_not_add_up_are_errors_beyond_rounding() {
    assert_eq!(Lines::new(&cot("13874A", "futures_only", &WEEKS, 0)).await.found(NOW).await, [""; 0]);
    let found = Lines::new(&cot("13874A", "futures_only", &WEEKS[..1], 1)).await.found("2024-02-20 12:00:00Z").await;
    assert_eq!(found, ["cot_identities error tff/futures_only 13874A 2024-02-13"]);
    // figures that were rounded one by one
    for (code, scope) in [("13874+", "futures_only"), ("13874A", "combined")] {
        assert_eq!(Lines::new(&cot(code, scope, &WEEKS[..1], 4)).await.found("2024-02-20 12:00:00Z").await, [""; 0]);
        let found = Lines::new(&cot(code, scope, &WEEKS[..1], -5)).await.found("2024-02-20 12:00:00Z").await;
        assert_eq!(found, [format!("cot_identities error tff/{scope} {code} 2024-02-13")]);
    }
}

#[tokio::test]
async fn a_week_without_a_report_is_a_gap() {
    let found = Lines::new(&cot("13874A", "futures_only", &[WEEKS[0], WEEKS[2]], 0)).await.found(NOW).await;
    assert_eq!(found, ["cot_gaps warning tff/futures_only 2024-02-20"]);
}

#[tokio::test]
async fn shares_and_positions_outside_their_range_are_errors() {
    let [(_, positions), (_, markets)] = cot("13874A", "futures_only", &WEEKS, 0);
    let rows = [("cot", positions), ("cot_markets", markets.replacen("|31.5|", "|131.5|", 1))];
    assert_eq!(Lines::new(&rows).await.found(NOW).await, ["range error tff/futures_only 13874A 2024-02-13"]);
    let [(_, positions), (_, markets)] = cot("13874A", "futures_only", &WEEKS, 0);
    // still adding up
    let first = positions.replacen("|100|140|7|", "|-100|-60|207|", 1);
    let found = Lines::new(&[("cot", first), ("cot_markets", markets)]).await.found(NOW).await;
    assert_eq!(found, ["range error tff/futures_only 13874A asset_manager 2024-02-13"]);
}

/// A bar of a futures contract: open, high, low, close.
fn bar(symbol: &str, prices: [f64; 4], volume: i64) -> (&'static str, String) {
    let [open, high, low, close] = prices;
    let names = "dataset|basis|symbol|as_of|open|high|low|close|volume|session_start|session_end|available_at";
    let session = "2024-03-03 23:00:00Z|2024-03-04 22:00:00Z|2024-03-04 22:00:00Z";
    ("futures_ohlcv", format!("{names}\nGLBX.MDP3|session|{symbol}|2024-03-04|{open}|{high}|{low}|{close}|{volume}|{session}\n"))
}

/// A day of an instrument.
fn quote(symbol: &str, prices: [f64; 4]) -> (&'static str, String) {
    let [open, high, low, close] = prices;
    let names = "source|symbol|as_of|open|high|low|close|volume|currency|available_at";
    ("market_data", format!("{names}\nmine|{symbol}|2024-03-04|{open}|{high}|{low}|{close}|100|USD|2024-03-05 01:00:00Z\n"))
}

#[tokio::test]
async fn bars_whose_range_does_not_hold_their_prices_are_errors() {
    let clean = [bar("ESH4", [5130.0, 5140.25, 5120.0, 5135.5], 10), quote("SPY", [512.0, 514.2, 511.1, 512.3])];
    assert_eq!(Lines::new(&clean).await.found(NOW).await, [""; 0]);
    let wrong = [bar("ESH4", [5130.0, 5140.25, 5120.0, 5141.0], 10), quote("SPY", [511.0, 514.2, 511.1, 512.3])];
    assert_eq!(
        Lines::new(&wrong).await.found(NOW).await,
        ["bars error mine SPY 2024-03-04", "bars warning GLBX.MDP3 ESH4 (session) 2024-03-04"]
    );
}

#[tokio::test]
async fn prices_of_zero_and_below_are_errors_where_they_cannot_be() {
    // crude oil was below zero once
    let clean = [bar("CLK4", [1.0, 10.0, -40.0, -37.6], 10)];
    assert_eq!(Lines::new(&clean).await.found(NOW).await, [""; 0]);
    // and opened there on the next day, which is no error for good
    let clean = [quote("WTI", [-14.0, 13.86, -16.74, 10.01])];
    assert_eq!(Lines::new(&clean).await.found(NOW).await, [""; 0]);
    let wrong = [bar("ESH4", [1.0, 10.0, -40.0, -37.6], 10), bar("ESM4", [1.0, 2.0, 1.0, 2.0], -1), quote("SPY", [1.0, 1.0, 0.0, 1.0])];
    let expected = ["range error GLBX.MDP3 ESH4 2024-03-04", "range error GLBX.MDP3 ESM4 2024-03-04", "range error mine SPY 2024-03-04"];
    assert_eq!(Lines::new(&wrong).await.found(NOW).await, expected);
}

#[tokio::test]
async fn a_point_is_worth_what_configuration_says() {
    let defined = |amount: f64| {
        let names = "dataset|symbol|instrument_id|as_of|origin|instrument_class|user_defined|asset|maturity|expiration|min_price_increment|\
                     min_price_increment_amount|display_factor|available_at";
        let line = format!(
            "GLBX.MDP3|ESH4|17|2023-03-17|exchange|future|false|ES|2024-03|2024-03-15 13:30:00Z|0.25|{amount}|0.01|2023-03-17 12:00:00Z"
        );
        [("futures_definitions", format!("{names}\n{line}\n"))]
    };
    assert_eq!(Lines::new(&defined(0.125)).await.found(NOW).await, [""; 0]);
    assert_eq!(Lines::new(&defined(12.5)).await.found(NOW).await, ["point_values error GLBX.MDP3 ES 2023-03-17"]);
}

/// A curve of one day: tenor, years, rate.
fn curve(points: &[(&str, f64, f64)]) -> Vec<(&'static str, String)> {
    let lines = points.iter().map(|(tenor, years, rate)| format!("US_PAR|par|{tenor}|{years}|2024-03-04|{rate}|2024-03-05 04:59:00Z\n"));
    vec![("curves", format!("curve_id|kind|tenor|tenor_years|as_of|rate|available_at\n{}", lines.collect::<String>()))]
}

#[tokio::test]
async fn tenors_out_of_order_are_errors_and_a_jump_is_a_warning() {
    let inverted = [("1M", 1.0 / 12.0, 5.5), ("1.5M", 0.125, 5.5), ("1Y", 1.0, 4.9), ("10Y", 10.0, 4.2)];
    assert_eq!(Lines::new(&curve(&inverted)).await.found(NOW).await, [""; 0]);
    let twice = [("1Y", 1.0, 4.9), ("12M", 1.0, 4.9)];
    assert_eq!(Lines::new(&curve(&twice)).await.said(NOW).await, "1Y and 12M are both 1.0 years");
    let misnamed = [("1Y", 1.0, 4.9), ("2Y", 3.0, 4.9)];
    assert_eq!(Lines::new(&curve(&misnamed)).await.said(NOW).await, "2Y is 3.0 years");
    let jump = [("1Y", 1.0, 4.9), ("2Y", 2.0, 0.48)];
    assert_eq!(Lines::new(&curve(&jump)).await.found(NOW).await, ["curve_tenors warning US_PAR par 2024-03-04"]);
    let wild = [("1Y", 1.0, 498.0), ("2Y", 2.0, 497.0)];
    assert_eq!(
        Lines::new(&curve(&wild)).await.found(NOW).await,
        ["range error US_PAR par 1Y 2024-03-04", "range error US_PAR par 2Y 2024-03-04"]
    );
}

#[tokio::test]
async fn a_day_without_its_curve_is_a_gap_and_a_day_without_a_tenor_is_none() {
    let lines = |days: &[&str]| {
        let point = |tenor: &str, day: &str| {
            format!(
                "US_PAR|par|{tenor}|{}|{day}|4.5|{}\n",
                tenor.trim_end_matches('Y'),
                noon(day.parse::<NaiveDate>().expect("a date") + Days::new(1))
            )
        };
        let all = days.iter().flat_map(|day| [Some(point("1Y", day)), (*day != "2024-02-29").then(|| point("2Y", day))]).flatten();
        vec![("curves", format!("curve_id|kind|tenor|tenor_years|as_of|rate|available_at\n{}", all.collect::<String>()))]
    };
    let week = ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-04"];
    assert_eq!(Lines::new(&lines(&week)).await.found(NOW).await, [""; 0]);
    let holed = [week[0], week[3], week[4]];
    assert_eq!(Lines::new(&lines(&holed)).await.found(NOW).await, ["gaps warning of the day US_PAR 2024-03-01"]);
}

#[tokio::test]
async fn bonds_and_surveys_that_contradict_themselves_are_errors() {
    let bond = |price: &str| {
        let names = "bond|maturity|as_of|bid_yield|ask_yield|bid_price|ask_price|base_price|available_at";
        ("bonds", format!("{names}\nTesouro Prefixado|2027-01-01|2024-03-04|10.1|10.2|{price}|761.1|760.8|2024-03-05 11:00:00Z\n"))
    };
    let survey = |median: &str| {
        let names = "survey|indicator|horizon|statistic|as_of|value|respondents|available_at";
        let line = |statistic: &str, value: &str| format!("annual|IPCA|2024|{statistic}|2024-03-01|{value}|100|2024-03-04 11:30:00Z\n");
        let lines = [line("median", median), line("mean", "3.79"), line("min", "2.9"), line("max", "4.6"), line("std", "0.2")];
        ("expectations", format!("{names}\n{}", lines.concat()))
    };
    assert_eq!(Lines::new(&[bond("762.3"), survey("3.76")]).await.found(NOW).await, [""; 0]);
    let found = Lines::new(&[bond("0"), survey("37.6")]).await.found(NOW).await;
    assert_eq!(found, ["range error Tesouro Prefixado 2027-01-01 2024-03-04", "surveys error annual IPCA 2024 2024-03-01"]);
}
