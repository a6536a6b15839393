//! Asking servers on this machine that answer as the providers do, and fail as they do.

use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Place;
use super::chart::Chart;
use crate::support::day;

const YEAR: &str = "Date,\"1 Mo\",\"10 Yr\"\n03/04/2024,5.53,4.22\n03/01/2024,5.54,4.19";
const ARCHIVE: &str = "Date,1 Mo,10 Yr\n12/30/22,4.12,3.88\n12/29/22,4.04,3.83\n";
const PAGE: &str = "<!DOCTYPE html><html><body>Access denied</body></html>";

async fn answers(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(server).await;
}

fn text(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/csv")
}

#[tokio::test]
async fn curves_come_from_the_archive_and_the_years() {
    let server = MockServer::start().await;
    answers(&server, "/daily-treasury-rate-archives/par-yield-curve-rates-1990-2023.csv", text(ARCHIVE)).await;
    for year in 2023..=2099 {
        let file = if year == 2024 { YEAR } else { "Date,\"1 Mo\",\"10 Yr\"" };
        let mock = Mock::given(method("GET")).and(path(format!("/daily-treasury-rates.csv/{year}/all")));
        mock.and(query_param("type", "daily_treasury_yield_curve")).respond_with(text(file)).mount(&server).await;
    }
    let place = Place::asking("us_treasury", &server.uri(), None);
    let summaries = place.download("us_treasury", &["US_PAR"], "2020-01-01").await.expect("taken");
    assert!(summaries.len() >= 5, "{summaries:?}");
    assert_eq!(summaries.iter().map(|s| s.new).sum::<usize>(), 8);
    let agents = server.received_requests().await.expect("recorded");
    assert!(agents.iter().all(|request| request.headers.get("user-agent").is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"))));
    // what has settled is not asked for again
    let n_asked = agents.len();
    let again = place.download("us_treasury", &["US_PAR"], "2020-01-01").await.expect("taken");
    assert!(again.iter().all(|summary| summary.new + summary.revised == 0), "{again:?}");
    let asked = server.received_requests().await.expect("recorded");
    assert!(asked[n_asked..].iter().all(|request| !request.url.path().contains("archives") && !request.url.path().contains("/2024/")));
    let rows = place.rows(None, "SELECT as_of, rate FROM curves WHERE tenor = '10Y' ORDER BY as_of").await;
    assert_eq!(rows, [["2022-12-29", "3.83"], ["2022-12-30", "3.88"], ["2024-03-01", "4.19"], ["2024-03-04", "4.22"]]);
}

#[tokio::test]
async fn a_page_instead_of_a_curve_leads_to_the_feed_and_leaves_nothing() {
    let server = MockServer::start().await;
    let place = Place::asking("us_treasury", &server.uri(), None);
    for status in [200, 403, 503] {
        server.reset().await;
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(status).set_body_raw(PAGE, "text/html")).mount(&server).await;
        let error = place.download("us_treasury", &["US_PAR"], "2024-01-01").await.expect_err("nothing was had");
        let said = if status == 200 { "sends a page instead of yields".to_string() } else { status.to_string() };
        assert!(error.to_string().contains(&said), "{error}");
    }
    assert_eq!(place.rows(None, "SELECT count(*) FROM curves").await, [["0"]]);
    server.reset().await;
    Mock::given(method("GET")).and(path("/pages/xml")).respond_with(text(&feed())).with_priority(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_raw(PAGE, "text/html")).mount(&server).await;
    let summaries = place.download("us_treasury", &["US_PAR"], "2026-01-01").await.expect("taken");
    assert_eq!(summaries.iter().map(|s| s.new).sum::<usize>(), 1);
    assert!(place.warnings().contains("taken from"));
}

fn feed() -> String {
    "<?xml version=\"1.0\"?><feed xmlns:d=\"d\" xmlns:m=\"m\"><entry><content><m:properties><d:NEW_DATE>2026-03-04T00:00:00</d:NEW_DATE>\
     <d:BC_10YEAR>4.22</d:BC_10YEAR></m:properties></content></entry></feed>"
        .to_string()
}

fn real() -> Chart {
    Chart::of_currency("BRL=X", "BRL", "2024-07-03").closing(&[("2024-07-01", 5.5903), ("2024-07-02", 5.6501)])
}

const REAL: &str = "/v8/finance/chart/BRL%3DX";

#[tokio::test]
async fn a_busy_server_is_asked_again_and_then_the_other_one() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    let place = Place::asking("yahoo", &first.uri(), Some(&second.uri()));
    answers(&second, REAL, text(&real().body())).await;
    for busy in [
        ResponseTemplate::new(429).set_body_string("Too Many Requests\r\n"),
        ResponseTemplate::new(200).set_body_string("Too Many Requests\r\n"),
        ResponseTemplate::new(200).set_body_raw("<html><title>Yahoo</title>Will be right back...</html>", "text/html"),
        ResponseTemplate::new(502).set_body_raw(PAGE, "text/html"),
        ResponseTemplate::new(401)
            .set_body_string(r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#),
    ] {
        first.reset().await;
        Mock::given(method("GET")).respond_with(busy).mount(&first).await;
        let summaries = place.download("yahoo", &["USDBRL"], "2024-07-01").await.expect("taken");
        assert_eq!(summaries.len(), 1);
        assert!(place.warnings().contains("taken from"));
    }
    assert_eq!(place.rows(None, "SELECT symbol, count(*) FROM market_data GROUP BY symbol").await, [["USDBRL", "2"]]);
}

#[tokio::test]
async fn a_symbol_without_prices_stops_no_other() {
    let server = MockServer::start().await;
    let not_found = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#;
    answers(&server, "/v8/finance/chart/SPY", ResponseTemplate::new(404).set_body_string(not_found)).await;
    let before = r#"{"chart":{"result":null,"error":{"code":"Unprocessable Entity","description":"Data doesn't exist for startDate = 1, endDate = 2"}}}"#;
    answers(&server, "/v8/finance/chart/EWZ", ResponseTemplate::new(422).set_body_string(before)).await;
    answers(&server, REAL, text(&real().body())).await;
    let place = Place::asking("yahoo", &server.uri(), Some(&server.uri()));
    let summaries = place.download("yahoo", &["SPY", "EWZ", "USDBRL"], "2024-07-01").await.expect("taken");
    let told: Vec<(&str, &str, usize)> = summaries.iter().map(|s| (s.name.as_str(), s.kind.as_str(), s.new)).collect();
    assert_eq!(
        told,
        [
            ("SPY from 2024-07-01", "nothing there: Not Found: No data found, symbol may be delisted", 0),
            ("EWZ from 2024-07-01", "nothing there: Unprocessable Entity: Data doesn't exist for startDate = 1, endDate = 2", 0),
            ("USDBRL from 2024-07-01", "USDBRL 2024-07-01..2024-07-02", 2),
        ]
    );
}

#[tokio::test]
async fn the_days_asked_for_begin_a_day_early_and_end_after_today() {
    let server = MockServer::start().await;
    answers(&server, REAL, text(&real().body())).await;
    let place = Place::asking("yahoo", &server.uri(), None);
    place.download("yahoo", &["USDBRL"], "2024-07-01").await.expect("taken");
    let asked = server.received_requests().await.expect("recorded");
    let of = |name: &str| asked[0].url.query_pairs().find(|(key, _)| key == name).expect("asked").1.into_owned();
    assert_eq!(of("period1"), day("2024-06-30").and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp().to_string());
    assert!(of("period2").parse::<i64>().expect("seconds") * 1_000_000 > contango::time::IngestTime::now().micros());
    assert_eq!(of("events"), "div,splits,capitalGains");
}
