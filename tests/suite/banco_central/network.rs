//! What is asked of the servers, what is taken of their answers, and what an unhelpful one leaves behind.

use std::time::Duration;

use contango::lake::raw;
use contango::tables;
use wiremock::matchers::{method, path, query_param, query_param_contains, query_param_is_missing};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use super::{Place, dollar, sgs};
use crate::support::{rows, session};

const TODAY: &str = "2024-03-08";
const NOTHING: &str = r#"{"error":{"statusCode":404,"detail":"Value(s) not found"}}"#;
const NOTHING_EITHER: &str =
    r#"{"erro":{"statusCode":404,"detail":"br.gov.bcb.pec.sgs.comum.excecoes.SGSNegocioException: Value(s) not found"}}"#;
const TOO_LONG: &str = r#"{"error":"O sistema aceita uma janela de consulta de, no máximo, 10 anos em séries de periodicidade diária","message":"m","syntax":"s"}"#;
const PAGE: &str = "<!DOCTYPE html><html><title>Requisição inválida!</title></html>";

fn asked_for(code: &str) -> MockBuilder {
    Mock::given(method("GET")).and(path(format!("/bcdata.sgs.{code}/dados"))).and(query_param("formato", "json"))
}

/// One window of a daily series.
fn window(code: &str, first: &str) -> MockBuilder {
    asked_for(code).and(query_param("dataInicial", first))
}

fn body(text: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(text.into())
}

fn refusal(status: u16, text: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_string(text)
}

/// Queries asked since the last look, in order.
async fn asked(server: &MockServer, seen: &mut usize) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    let new = requests[*seen..].iter().map(|request| request.url.query().unwrap_or_default().to_string()).collect();
    *seen = requests.len();
    new
}

async fn values(place: &Place, sql: &str) -> Vec<Vec<String>> {
    rows(&mut session(&place.data(), None, None), sql).await.expect("rows")
}

async fn assert_nothing_is_there(place: &Place, source: &str) {
    assert!(raw::list(&place.lake(), source).await.expect("a listing").is_empty());
    for table in tables::TABLES {
        assert_eq!(place.lake().snapshot(table).await.expect("a table").version, None, "{}", table.name);
    }
}

#[tokio::test]
async fn daily_series_are_asked_for_by_decades_and_those_that_are_over_once() {
    let server = MockServer::start().await;
    window("11", "01/01/2000").respond_with(refusal(404, NOTHING)).mount(&server).await;
    window("11", "01/01/2010")
        .and(query_param("dataFinal", "31/12/2019"))
        .respond_with(body(sgs(&[("04/01/2010", "0.0328")])))
        .mount(&server)
        .await;
    window("11", "01/01/2020")
        .and(query_param("dataFinal", "31/12/2023"))
        .respond_with(body(sgs(&[("02/01/2020", "0.0171")])))
        .mount(&server)
        .await;
    let newest = sgs(&[("02/01/2024", "0.0436"), ("03/01/2024", "0.0436")]);
    window("11", "01/01/2024").and(query_param_is_missing("dataFinal")).respond_with(body(newest)).mount(&server).await;
    let place = Place::new(&server.uri());
    let mut seen = 0;
    let first = place.download("bcb_sgs", &["11"], Some("2005-06-01"), TODAY).await.expect("taken");
    assert_eq!(
        asked(&server, &mut seen).await,
        [
            "formato=json&dataInicial=01%2F01%2F2000&dataFinal=31%2F12%2F2009",
            "formato=json&dataInicial=01%2F01%2F2010&dataFinal=31%2F12%2F2019",
            "formato=json&dataInicial=01%2F01%2F2020&dataFinal=31%2F12%2F2023",
            "formato=json&dataInicial=01%2F01%2F2024",
        ]
    );
    let told: Vec<(&str, usize)> = first.iter().map(|summary| (summary.name.as_str(), summary.new)).collect();
    assert_eq!(
        told,
        [
            ("SGS 11 2000-01-01..2009-12-31", 0),
            ("SGS 11 2010-01-01..2019-12-31", 1),
            ("SGS 11 2020-01-01..2023-12-31", 1),
            ("SGS 11 2024-01-01..", 2)
        ]
    );
    assert!(first[0].kind.contains("no figures there"), "{:?}", first[0]);

    let again = place.download("bcb_sgs", &["11"], Some("2005-06-01"), TODAY).await.expect("taken");
    let second = asked(&server, &mut seen).await;
    assert_eq!(second.len(), 2, "what is over and was there is not asked for: {second:?}");
    assert!(again.iter().all(|summary| summary.new + summary.revised == 0), "{again:#?}");
    let all =
        values(&place, "SELECT as_of, value, backcast FROM macro_series WHERE source = 'bcb_sgs' AND series_id = '11' ORDER BY as_of")
            .await;
    assert_eq!(all[0], ["2010-01-04", "0.0328", "false"]);
    assert_eq!(all.len(), 4);
}

#[tokio::test]
async fn a_monthly_series_is_asked_for_at_once() {
    let server = MockServer::start().await;
    let whole = asked_for("433").and(query_param_is_missing("dataInicial")).and(query_param_is_missing("dataFinal"));
    whole.respond_with(body(sgs(&[("01/01/2024", "0.42")]))).expect(1).mount(&server).await;
    window("433", "01/01/2020").respond_with(body(sgs(&[("01/01/2024", "0.42"), ("01/02/2024", "0.83")]))).mount(&server).await;
    let place = Place::new(&server.uri());
    assert_eq!(place.download("bcb_sgs", &["433"], None, TODAY).await.expect("taken")[0].new, 1);
    let since = place.download("bcb_sgs", &["433"], Some("2020-05-17"), TODAY).await.expect("taken");
    assert_eq!((since[0].new, since[0].repeated), (1, 1), "{since:#?}");
}

#[tokio::test]
async fn two_series_of_equal_figures_are_two_payloads() {
    let server = MockServer::start().await;
    let same = sgs(&[("02/01/2024", "0.043739"), ("03/01/2024", "0.043739")]);
    for code in ["11", "12"] {
        asked_for(code).respond_with(body(same.clone())).mount(&server).await;
    }
    let place = Place::new(&server.uri());
    let taken = place.download("bcb_sgs", &["11", "12"], Some("2024-01-01"), TODAY).await.expect("taken");
    assert_eq!(taken.iter().map(|summary| summary.new).collect::<Vec<_>>(), [2, 2]);
    let counts = values(&place, "SELECT series_id, count(*) FROM macro_series GROUP BY series_id ORDER BY series_id").await;
    assert_eq!(counts, [["11", "2"], ["12", "2"]]);
    let again = place.download("bcb_sgs", &["12", "11"], Some("2024-01-01"), TODAY).await.expect("taken");
    assert!(again.iter().all(|summary| summary.already), "{again:#?}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let server = MockServer::start().await;
    let cut = ResponseTemplate::new(200).set_body_string(r#"[{"data":"02/01/2024","val"#);
    for passing in [body(PAGE), cut, refusal(502, PAGE), refusal(504, ""), refusal(429, "").insert_header("Retry-After", "0"), body("")] {
        server.reset().await;
        asked_for("11").respond_with(passing).up_to_n_times(2).mount(&server).await;
        asked_for("11").respond_with(body(sgs(&[("02/01/2024", "0.0436")]))).mount(&server).await;
        let place = Place::new(&server.uri());
        let taken = place.download("bcb_sgs", &["11"], Some("2024-01-01"), TODAY).await.expect("taken at last");
        assert_eq!(taken[0].new, 1);
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_its_words_and_leaves_nothing() {
    let server = MockServer::start().await;
    let limit = r#"{"erro":{"statusCode":400,"detail":"br.gov.bcb.SGSNegocioException: A quantidade máxima de valores deve ser 20"}}"#;
    for (answer, words) in [
        (refusal(406, TOO_LONG), "answers 406: O sistema aceita uma janela"),
        (refusal(400, limit), "answers 400: A quantidade máxima de valores deve ser 20"),
        (refusal(404, PAGE), "answers 404 not found"),
        (body(PAGE), "sends a page instead of figures"),
        (body(r#"{"message":"no"}"#), "no"),
    ] {
        server.reset().await;
        asked_for("11").respond_with(answer).mount(&server).await;
        let place = Place::new(&server.uri());
        let error = place.download("bcb_sgs", &["11"], Some("2024-01-01"), TODAY).await.expect_err("refused").to_string();
        assert!(error.contains(words) && error.contains("SGS 11 2024-01-01.."), "{error}");
        assert_nothing_is_there(&place, "bcb_sgs").await;
    }
    server.reset().await;
    asked_for("11").respond_with(body("[]").set_delay(Duration::from_secs(5))).mount(&server).await;
    let place = Place::new(&server.uri());
    let slow = place.download_within("bcb_sgs", &["11"], Some("2024-01-01"), TODAY, Duration::from_millis(200)).await;
    assert!(slow.expect_err("given up").to_string().contains("did not finish within 0.2 s"));
    assert_nothing_is_there(&place, "bcb_sgs").await;
}

#[tokio::test]
async fn both_ways_of_having_nothing_are_no_failure() {
    let server = MockServer::start().await;
    for nothing in [NOTHING, NOTHING_EITHER] {
        server.reset().await;
        asked_for("11").respond_with(refusal(404, nothing)).mount(&server).await;
        let place = Place::new(&server.uri());
        let told = place.download("bcb_sgs", &["11"], Some("2024-01-01"), TODAY).await.expect("nothing there");
        assert!(told[0].kind.contains("the server has no figures there"), "{told:?}");
        assert_nothing_is_there(&place, "bcb_sgs").await;
    }
}

#[tokio::test]
async fn a_run_that_failed_goes_on_where_it_stopped() {
    let server = MockServer::start().await;
    window("11", "01/01/2010").respond_with(body(sgs(&[("04/01/2010", "0.0328")]))).expect(1).mount(&server).await;
    window("11", "01/01/2020").respond_with(refusal(502, PAGE)).up_to_n_times(3).mount(&server).await;
    window("11", "01/01/2020").respond_with(body(sgs(&[("02/01/2020", "0.0171")]))).mount(&server).await;
    window("11", "01/01/2024").respond_with(body("[]")).mount(&server).await;
    let place = Place::new(&server.uri());
    let error = place.download("bcb_sgs", &["11"], Some("2010-01-01"), TODAY).await.expect_err("the second window fails");
    assert!(error.to_string().contains("(3 attempts)"), "{error}");
    let taken = place.download("bcb_sgs", &["11"], Some("2010-01-01"), TODAY).await.expect("taken");
    assert_eq!(taken.iter().map(|summary| (summary.already, summary.new)).collect::<Vec<_>>(), [(true, 0), (false, 1), (false, 0)]);
}

#[tokio::test]
async fn the_newest_figure_in_an_empty_window_is_not_taken_twice() {
    let server = MockServer::start().await;
    window("11", "01/01/2020").respond_with(body(sgs(&[("29/12/2023", "0.0436")]))).mount(&server).await;
    window("11", "01/01/2024").respond_with(body(sgs(&[("29/12/2023", "0.0436")]))).mount(&server).await;
    let place = Place::new(&server.uri());
    let taken = place.download("bcb_sgs", &["11"], Some("2023-01-01"), "2024-01-01").await.expect("taken");
    assert_eq!((taken[0].new, taken[1].new), (1, 0));
    assert!(taken[1].warnings[0].contains("outside the days asked for (2024-01-01..)"), "{taken:#?}");
}

#[tokio::test]
async fn flows_and_public_accounts_stand_in_their_own_tables() {
    let server = MockServer::start().await;
    asked_for("13961").respond_with(body(sgs(&[("09/02/2024", "766.80000000")]))).mount(&server).await;
    asked_for("5793").respond_with(body(sgs(&[("01/01/2024", "2.25")]))).mount(&server).await;
    let place = Place::new(&server.uri());
    place.download("bcb_fx_flow", &["FX_TOTAL_NET"], Some("2024-01-01"), TODAY).await.expect("taken");
    place.download("stn_fiscal", &["primary_12m"], None, TODAY).await.expect("taken");
    let flow =
        values(&place, "SELECT as_of, value, unit, available_at, availability, backcast FROM flow_data WHERE series_id = 'FX_TOTAL_NET'")
            .await;
    assert_eq!(flow, [["2024-02-09", "766.8", "millions of dollars", "2024-02-16T02:59:00Z", "lagged", "true"]]);
    let fiscal = values(&place, "SELECT series_id, value, unit, period_end, available_at, backcast FROM fiscal_data").await;
    assert_eq!(fiscal, [["PRIMARY_12M", "2.25", "percent of GDP", "2024-01-31", "2024-03-08T02:59:00Z", "true"]]);
}

#[tokio::test]
async fn every_day_that_ptax_is_asked_for_is_written_as_it_reads_them() {
    let server = MockServer::start().await;
    let of_dollar = Mock::given(path("/CotacaoDolarPeriodo(dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)"));
    let of_2024 = of_dollar
        .and(query_param("@dataInicial", "'01-01-2024'"))
        .and(query_param("@dataFinalCotacao", "'03-08-2024'"))
        .and(query_param("$format", "json"))
        .and(query_param_contains("$top", "000"));
    of_2024.respond_with(body(dollar(&[("4.89100", "4.89160", "2024-01-02 13:05:50.319")]))).mount(&server).await;
    Mock::given(method("GET")).respond_with(body(dollar(&[]))).with_priority(9).mount(&server).await;
    let place = Place::new(&server.uri());
    let taken = place.download("bcb_ptax", &["USD"], Some("2023-06-01"), TODAY).await.expect("taken");
    assert!(taken[0].kind.contains("an empty list, which is its answer to dates that it cannot read"), "{taken:#?}");
    assert_eq!((taken[1].name.as_str(), taken[1].new), ("PTAX USD 2024-01-01..", 2));
    let all = values(&place, "SELECT series_id, as_of, value, unit, available_at, availability FROM macro_series ORDER BY series_id").await;
    assert_eq!(all[0], ["PTAX_USD_ASK", "2024-01-02", "4.8916", "reais", "2024-01-02T16:05:50.319Z", "stamped"]);
    assert_eq!(all[1][..3], ["PTAX_USD_BID", "2024-01-02", "4.891"]);
}
