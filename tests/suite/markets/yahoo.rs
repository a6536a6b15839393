//! Yahoo's charts: what was printed is found again, what was not known is not taken, and `market_prices` adjusts by what was known.

use contango::sources::yahoo::Yahoo;
use contango::sources::{Request, Source};
use serde_json::json;

use super::chart::Chart;
use super::{Place, config, parse, refused};
use crate::sources::shown;
use crate::support::day;

/// A fund that was split one to two and later two to one, and paid twice: made on a Wednesday on which its session is open.
fn fund() -> Chart {
    let mut chart = Chart::of("SPY", "2024-03-13").closing(&[
        ("2024-03-05", 400.0),
        ("2024-03-06", f64::NAN),
        ("2024-03-07", 404.05),
        ("2024-03-08", 202.1),
        ("2024-03-11", 203.33),
        ("2024-03-12", 813.0),
        ("2024-03-13", 810.0),
    ]);
    chart.splits = vec![("2024-03-08", 2.0, 1.0), ("2024-03-12", 1.0, 4.0)];
    chart.dividends = vec![("2024-03-07", 1.6), ("2024-03-12", 2.5)];
    chart
}

fn taken(chart: &Chart) -> String {
    shown(&parse("yahoo", &chart.body(), None).expect("taken"))
}

/// The fund as it was seen while its session was open.
async fn place_of(chart: &Chart, seen: &str) -> Place {
    let place = Place::new("");
    place.take("yahoo", chart.body().as_bytes(), seen).await.expect("taken");
    place
}

const SEEN: &str = "2024-03-13 15:00:00Z";

#[tokio::test]
async fn closes_are_what_was_printed() {
    let place = place_of(&fund(), SEEN).await;
    let sql = "SELECT as_of, close, volume, available_at, availability FROM market_data ORDER BY as_of";
    assert_eq!(
        place.rows(None, sql).await,
        [
            ["2024-03-05", "400.0", "1000.0", "2024-03-06T01:00:00Z", "lagged"],
            ["2024-03-07", "404.05", "1000.0", "2024-03-08T01:00:00Z", "lagged"],
            ["2024-03-08", "202.1", "1000.0", "2024-03-09T01:00:00Z", "lagged"],
            ["2024-03-11", "203.33", "1000.0", "2024-03-12T01:00:00Z", "lagged"],
            ["2024-03-12", "813.0", "1000.0", "2024-03-13T01:00:00Z", "lagged"],
        ],
        "the session of the 13th was not over"
    );
    let sql = "SELECT as_of, kind, value FROM market_events ORDER BY as_of, kind";
    let events = [
        ["2024-03-07", "dividend", "1.6"],
        ["2024-03-08", "split", "2.0"],
        ["2024-03-12", "dividend", "2.5"],
        ["2024-03-12", "split", "0.25"],
    ];
    assert_eq!(place.rows(None, sql).await, events);
}

#[tokio::test]
async fn a_later_split_changes_no_price_that_was_printed() {
    let place = place_of(&fund(), SEEN).await;
    let mut later = fund();
    later.made_on = "2024-06-11";
    later.closes.extend([("2024-06-10", Some(40.5)), ("2024-06-11", Some(41.0))]);
    later.splits.push(("2024-06-10", 20.0, 1.0));
    let summary = place.take("yahoo", later.body().as_bytes(), "2024-06-11 15:00:00Z").await.expect("taken");
    assert_eq!((summary.new, summary.repeated, summary.revised), (3, 9, 0), "{summary:?}");
}

#[tokio::test]
async fn an_adjusted_price_knows_no_later_event() {
    let place = place_of(&fund(), SEEN).await;
    let sql = "SELECT as_of, split_factor, split_close, round(adjusted_close, 6) FROM market_prices ORDER BY as_of";
    assert_eq!(
        place.rows(Some("2024-03-09 00:59:59Z"), sql).await,
        [["2024-03-05", "1.0", "400.0", "398.4"], ["2024-03-07", "1.0", "404.05", "404.05"],],
        "the split of the 8th is known with the price of that day"
    );
    assert_eq!(
        place.rows(Some("2024-03-09 01:00:00Z"), sql).await,
        [["2024-03-05", "2.0", "200.0", "199.2"], ["2024-03-07", "2.0", "202.025", "202.025"], ["2024-03-08", "1.0", "202.1", "202.1"],]
    );
    // 2.5 on a share of which one was four before: 0.625 of 203.33
    let kept = 1.0 - 2.5 * 0.25 / 203.33;
    let expected = |close: f64, shares: f64, factor: f64| format!("{:?}", (close / shares * factor * 1e6).round() / 1e6);
    let found = place.rows(None, sql).await;
    assert_eq!(found[0], ["2024-03-05", "0.5", "800.0", &expected(400.0, 0.5, 0.996 * kept)]);
    assert_eq!(found[3], ["2024-03-11", "0.25", "813.32", &expected(203.33, 0.25, kept)]);
    assert_eq!(found[4], ["2024-03-12", "1.0", "813.0", "813.0"]);
}

#[test]
fn an_answer_is_rows_and_events() {
    insta::assert_snapshot!(taken(&fund()));
}

#[test]
fn a_day_is_that_of_the_exchange() {
    // in summer a day of London starts on the UTC day before
    let real = Chart::of_currency("BRL=X", "BRL", "2024-07-03").closing(&[("2024-07-01", 5.5903), ("2024-07-02", 5.6501)]);
    insta::assert_snapshot!("currency", taken(&real));
    let mut tokyo = Chart::of_currency("JPY=X", "JPY", "2024-07-03").closing(&[("2024-07-01", 161.478)]);
    tokyo.zone = chrono_tz::Tz::Asia__Tokyo;
    assert!(taken(&tokyo).contains("| 2024-07-01 |"), "{}", taken(&tokyo));
    // a future's day of New York ends after midnight in UTC, and is known a day later
    let gold = Chart { kind: "FUTURE", zone: chrono_tz::Tz::America__New_York, ..Chart::of_currency("GC=F", "USD", "2024-07-03") };
    assert!(taken(&gold.closing(&[("2024-07-01", 2327.6)])).contains("2024-07-03T01:00:00Z"));
}

#[test]
fn nothing_of_the_present_is_taken() {
    let open = |body: String| parse("yahoo", &body, None).expect("taken").kind;
    // the price of the moment, put behind the bars under the time of its trade
    let mut value = fund().value();
    let result = &mut value["chart"]["result"][0];
    let of_the_moment = result["meta"]["regularMarketTime"].clone();
    *result["timestamp"].as_array_mut().and_then(|stamps| stamps.last_mut()).expect("a stamp") = of_the_moment;
    assert_eq!(open(value.to_string()), "SPY 2024-03-05..2024-03-12, 4 events, 1 day without a price, 1 session not over");
    let empty = json!({ "chart": { "result": [{
        "meta": { "currency": "BRL", "symbol": "BRL=X", "exchangeTimezoneName": "Europe/London", "dataGranularity": "1d" },
        "indicators": { "quote": [{}], "adjclose": [{}] } }], "error": null } });
    assert_eq!(open(empty.to_string()), "USDBRL without days");
}

#[tokio::test]
async fn a_split_whose_session_is_open_holds_everything_back() {
    let mut chart = fund();
    chart.splits.push(("2024-03-13", 3.0, 1.0));
    let place = Place::new("");
    let summary = place.take("yahoo", chart.body().as_bytes(), SEEN).await.expect("taken");
    assert_eq!((summary.kind.as_str(), summary.new), ("SPY without days", 0));
    assert!(summary.warnings[0].contains("a split takes effect on 2024-03-13"), "{:?}", summary.warnings);
}

#[test]
fn an_answer_that_does_not_reach_to_its_day_is_taken_only_of_what_is_never_split() {
    let old = fund().body().replace("\"regularMarketTime\":", "\"regularMarketTime\":1739998801,\"was\":");
    let said = refused(parse("yahoo", &old, None));
    assert!(said.contains("ends on 2024-03-13 and was made on 2025-02-19 or later"), "{said}");
    let undated = fund().body().replace("\"regularMarketTime\":", "\"was\":");
    assert!(refused(parse("yahoo", &undated, None)).contains("does not say when it was made"));
    let old = Chart::of_currency("BRL=X", "BRL", "2024-07-03").closing(&[("2024-07-01", 5.5903)]).body();
    let old = old.replace("\"regularMarketTime\":", "\"regularMarketTime\":1739998801,\"was\":");
    assert_eq!(parse("yahoo", &old, None).expect("taken").kind, "USDBRL 2024-07-01..2024-07-01");
}

#[test]
fn bad_bars_are_set_aside_alone() {
    let mut value = fund().value();
    let quote = &mut value["chart"]["result"][0]["indicators"]["quote"][0];
    quote["close"][0] = json!(-1.0);
    quote["close"][2] = json!(null);
    quote["high"][3] = json!(1.0);
    quote["open"][4] = json!(0.0);
    quote["volume"][5] = json!(-5);
    value["chart"]["result"][0]["events"]["dividends"]["1"] = json!({ "amount": 0.0, "date": 1 });
    insta::assert_snapshot!(shown(&parse("yahoo", &value.to_string(), None).expect("taken")));
}

#[test]
fn what_is_no_chart_is_refused_as_a_whole() {
    let damaged = fund().body().replace("\"volume\":[", "\"volume\":[1,");
    let minutes = fund().body().replace("\"1d\"", "\"1m\"");
    let unknown = fund().body().replace("\"SPY\"", "\"SPZ\"");
    let refusal = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#;
    for (text, said) in [
        ("", "it is no JSON object"),
        ("<html>Will be right back</html>", "the body is a page"),
        ("Too Many Requests", "it is no JSON object"),
        (&fund().body()[..200], "damaged or cut off"),
        ("{\"chart\":{\"result\":[{\"meta\":{}}]}}", "not of the shape that is known"),
        ("{\"quoteResponse\":{}}", "it has no `chart`"),
        ("{\"chart\":{\"result\":[],\"error\":null}}", "not of one symbol"),
        (refusal, "a refusal: Not Found, No data found"),
        (&damaged, "8 figures for 7 stamps"),
        (&minutes, "the bars are of 1m, not of a day"),
        (&unknown, "unknown instrument `SPZ`"),
    ] {
        let found = refused(parse("yahoo", text, None));
        assert!(found.contains(said), "{said}: {found}");
        assert!(!found.ends_with("| "), "no hint: {found}");
    }
    assert!(refused(parse("yahoo", &fund().body(), Some("QQQ"))).contains("was given as `QQQ`, and is of `SPY`"));
}

#[test]
fn every_request_goes_to_tomorrow() {
    let request = |series: &[&str], to: Option<&str>| Request {
        choices: vec![("series".to_string(), series.iter().map(|id| (*id).to_string()).collect())],
        from: Some(day("2020-01-02")),
        to: to.map(day),
    };
    let plan = |request: &Request| Yahoo.plan(request, day("2024-06-03"), &config());
    let asked = plan(&request(&["USDBRL", "^gspc", "BRL=X"], None)).expect("a plan");
    let lines: Vec<String> = asked.iter().map(|d| format!("{}: {} | {}", d.label, d.url, d.fallback.join(" "))).collect();
    insta::assert_snapshot!("plan", lines.join("\n"));
    assert!(plan(&Request::default()).expect("a plan").len() >= 25);
    let error = plan(&request(&["SPY"], Some("2024-01-01"))).expect_err("no");
    assert!(error.to_string().contains("prices cannot be asked for up to 2024-01-01 only"), "{error}");
    let error = plan(&request(&["USDBRR"], None)).expect_err("no");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("did you mean `USDBRL`?")), "{error:?}");
}

/// Where the provider's summer time is not the exchange's, midnight is an evening of the day before; a session of futures begins in one.
#[test]
fn a_stamp_of_the_evening_is_of_the_day_that_follows() {
    let shown = |kind, zone, opens, stamped: &'static str| {
        let mut chart = Chart::of("CL=F", "2022-01-20").closing(&[(stamped, 85.5)]);
        (chart.kind, chart.zone, chart.opens) = (kind, zone, opens);
        taken(&chart)
    };
    let (new_york, london) = (chrono_tz::America::New_York, chrono_tz::Europe::London);
    for (kind, zone, opens, stamped, day) in [
        ("FUTURE", new_york, (0, 0), "2022-01-12", "2022-01-12"),
        ("FUTURE", new_york, (23, 0), "2022-01-11", "2022-01-12"),
        ("FUTURE", new_york, (18, 0), "2022-01-11", "2022-01-12"),
        ("CURRENCY", london, (23, 0), "2022-01-11", "2022-01-12"),
        ("CURRENCY", london, (22, 0), "2022-01-11", "2022-01-12"),
        ("CURRENCY", london, (0, 0), "2022-01-12", "2022-01-12"),
    ] {
        let text = shown(kind, zone, opens, stamped);
        assert!(text.contains(&format!("{day}..{day}")), "{kind} {opens:?}: {text}");
        assert!(!text.contains("2022-01-12T0"), "known after the day, not in its morning: {text}");
    }
}
