//! `meta.freshness` and the check that reads it: what is due, what is late, and what nobody can say.

use super::lake::{Lines, series};
use crate::support::{day, rows};

async fn stands(lake: &Lines, now: &str) -> Vec<String> {
    let query = "SELECT source, series_id, next_as_of, due_at, state, late_by FROM meta.freshness ORDER BY source, series_id";
    rows(&mut lake.session(now), query).await.expect("it answers").into_iter().map(|row| row.join(" ")).collect()
}

#[tokio::test]
async fn a_series_is_fresh_then_due_then_late() {
    let text = series("mine", "DAILY", &[(day("2024-02-08"), 10.0), (day("2024-02-09"), 10.1)], 1);
    let lake = Lines::new(&[("macro_series", text)]).await;
    // carnival: the next figure is that of Ash Wednesday, out on Thursday, late from Friday on
    let stand = |state: &str| vec![format!("mine DAILY 2024-02-14 2024-02-15T12:00:00Z {state}")];
    assert_eq!(stands(&lake, "2024-02-15 11:59:59Z").await, stand("fresh NULL"));
    assert_eq!(stands(&lake, "2024-02-15 12:00:00Z").await, stand("due NULL"));
    assert_eq!(stands(&lake, "2024-02-16 11:59:59Z").await, stand("due NULL"));
    assert_eq!(stands(&lake, "2024-02-16 12:00:00Z").await, stand("late 1.0"));
    assert_eq!(lake.found("2024-02-15 12:00:00Z").await, [""; 0]);
    assert_eq!(lake.found("2024-02-18 00:00:00Z").await, ["freshness warning mine DAILY 2024-02-14"]);
    assert_eq!(lake.said("2024-02-18 00:00:00Z").await, "due at 2024-02-15T12:00:00 UTC, 2.5 days ago; the newest is 2024-02-09");
    // what a clock hides is not held, and what came later says nothing of it
    let mut clocked = lake.session("2024-02-18 00:00:00Z");
    clocked.run("SET clock = '2024-02-10 00:00:00Z'").await.expect("a clock");
    let then = rows(&mut clocked, "SELECT newest_as_of, next_as_of, state FROM meta.freshness").await.expect("it answers");
    assert_eq!(then, [["2024-02-08", "2024-02-09", "fresh"]]);
}

#[tokio::test]
async fn a_series_without_a_rule_has_no_state_and_one_that_ended_no_row() {
    let of = |id, at: &str| series("mine", id, &[(day(at), 10.0)], 1);
    let lake = Lines::new(&[
        ("macro_series", of("WEEKLY", "2024-02-10")),
        ("macro_series", of("ENDED", "2024-03-04")),
        ("macro_series", of("UNKNOWN", "2024-03-04")),
    ])
    .await;
    assert_eq!(stands(&lake, "2024-06-01 00:00:00Z").await, ["mine WEEKLY 2024-02-17 NULL NULL NULL"]);
    let before = Lines::new(&[("macro_series", of("ENDED", "2024-03-03"))]).await;
    assert_eq!(stands(&before, "2024-03-05 10:00:00Z").await, ["mine ENDED 2024-03-04 2024-03-05T09:00:00Z due NULL"]);
}

#[tokio::test]
async fn tables_go_by_their_sources_and_reports_by_their_calendar() {
    let lake = Lines::new(&[
        ("curves", "curve_id|kind|tenor|as_of|rate|available_at\nUS_PAR|par|1Y|2024-03-28|4.5|2024-03-29 03:59:00Z\n".into()),
        ("bonds", "bond|maturity|as_of|base_price|available_at\nTesouro Selic|2027-03-01|2024-03-28|14000|2024-04-01 15:00:00Z\n".into()),
        (
            "expectations",
            "survey|indicator|horizon|statistic|as_of|value|available_at\nannual|Nobody|2024|median|2024-03-22|3.7|2024-03-25 11:30:00Z\n"
                .into(),
        ),
        ("market_data", "source|symbol|as_of|close|available_at\nyahoo|SPY|2024-03-28|520|2024-03-29 01:00:00Z\n".into()),
        (
            "cot_markets",
            "report|scope|contract_code|as_of|open_interest|available_at\ntff|futures_only|13874A|2024-03-19|1|2024-03-22 19:30:00Z\n"
                .into(),
        ),
    ])
    .await;
    let stand = stands(&lake, "2024-04-01 12:00:00Z").await;
    let expected = [
        "b3_tesouro tesouro_direto 2024-04-01 2024-04-02T15:00:00Z fresh NULL",
        "bcb_focus annual/Nobody 2024-03-25 2024-04-01T12:00:00Z due NULL",
        // Good Friday is a closure of the government for nobody, but not of the market
        "cftc tff/futures_only 2024-03-26 2024-03-29T19:30:00Z due NULL",
        "us_treasury US_PAR 2024-04-01 2024-04-02T03:59:00Z fresh NULL",
        "yahoo SPY 2024-04-01 2024-04-02T01:00:00Z fresh NULL",
    ];
    assert_eq!(stand, expected);
}
