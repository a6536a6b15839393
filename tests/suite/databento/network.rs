//! Buying from a server on this machine: what is asked for, what is paid, what is taken, and what every refusal says.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, Order, Progress, Purchase, Workplace};
use contango::lake::{Lake, raw};
use contango::sources::databento::remote::Remote;
use contango::sources::databento::{ApiKey, Kind};
use contango::sources::http::Patience;
use dbn::Schema;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::write::{File, nanos};

const KEY: &str = "db-made-up-key-of-32-characters!";
const DATA: &str = "/v0/timeseries.get_range";
const COST: &str = "/v0/metadata.get_cost";

/// A data folder and a server that knows the dataset's range.
struct Place {
    folder: tempfile::TempDir,
    server: MockServer,
    warnings: Mutex<Vec<String>>,
}

impl Progress for Place {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        self.warnings.lock().expect("unpoisoned").push(warning.to_string());
    }
}

impl Place {
    async fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder"), server: MockServer::start().await, warnings: Mutex::default() };
        let range = r#"{"start":"2024-01-01T00:00:00.000000000Z","end":"2024-01-13T00:00:00.000000000Z","schema":{}}"#;
        let answer = ResponseTemplate::new(200).set_body_raw(range, "application/json");
        Mock::given(method("GET")).and(path("/v0/metadata.get_dataset_range")).respond_with(answer).mount(&place.server).await;
        let answer = ResponseTemplate::new(200).set_body_raw("0.25", "application/json");
        Mock::given(method("POST"))
            .and(path(COST))
            .and(body_string_contains("stype_in=parent"))
            .respond_with(answer)
            .mount(&place.server)
            .await;
        place
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn answers(&self, answer: ResponseTemplate) {
        let basic = "Basic ZGItbWFkZS11cC1rZXktb2YtMzItY2hhcmFjdGVycyE6";
        let mock = Mock::given(method("POST")).and(path(DATA)).and(header("authorization", basic));
        mock.respond_with(answer).up_to_n_times(1).mount(&self.server).await;
    }

    async fn buy(&self, order: Order) -> Result<Purchase> {
        let config = Config::built_in().expect("the built-in configuration");
        let patience = Patience { attempts: 3, first_pause: Duration::from_millis(1), ..Patience::default() };
        let mut remote = Remote::new(&self.server.uri(), ApiKey::new(KEY)?, patience)?;
        ingest::purchase(&Workplace { data: &self.data(), config: &config, progress: self }, &order, &mut remote).await
    }

    /// The windows for which data was asked.
    async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.expect("recorded");
        let body = |request: &wiremock::Request| String::from_utf8_lossy(&request.body).into_owned();
        requests.iter().filter(|request| request.url.path() == DATA).map(body).collect()
    }
}

fn bytes(file: &File) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(file.zstd(), "application/octet-stream")
}

fn week() -> File {
    let file = File::new(Schema::Ohlcv1D, "ES", "2024-01-07", "2024-01-13").map("ESH4", 17, "2024-01-01", "2025-01-01");
    ["2024-01-08", "2024-01-09"].iter().fold(file, |file, day| file.bar(17, day, [100.0, 101.0, 99.0, 100.5], 7))
}

fn order() -> Order {
    let day = |text: &str| Some(text.parse().expect("a day"));
    Order { roots: vec!["ES".into()], kinds: vec![Kind::Daily], from: day("2024-01-08"), to: day("2024-01-12"), ..Order::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_bought_once_and_kept_as_received() {
    let place = Place::new().await;
    place.answers(bytes(&week())).await;
    let bought = place.buy(order()).await.expect("bought");
    assert_eq!((bought.lines.len(), bought.lines[0].cost, bought.summaries[0].new), (1, 0.25, 2));
    let asked = place.asked().await;
    assert_eq!(asked.len(), 1);
    for part in ["symbols=ES.FUT", "schema=ohlcv-1d", "stype_in=parent", "compression=zstd"] {
        assert!(asked[0].contains(part), "{part}: {}", asked[0]);
    }
    assert!(asked[0].contains(&format!("start={}&end={}", nanos("2024-01-07"), nanos("2024-01-13"))), "{}", asked[0]);

    let lake = Lake::new(&place.data()).expect("a lake");
    let sidecars = raw::list(&lake, "databento").await.expect("a listing");
    assert_eq!(raw::read(&lake, &sidecars[0]).await.expect("bytes"), week().zstd());
    assert!(sidecars[0].origin.contains("/v0/timeseries.get_range?dataset=GLBX.MDP3") && !sidecars[0].origin.contains(KEY));

    let again = place.buy(order()).await.expect("nothing to buy");
    assert_eq!((again.lines.len(), again.summaries.len(), place.asked().await.len()), (0, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_window_is_not_asked_for_again_and_only_the_rest_is_bought() {
    let place = Place::new().await;
    place.answers(bytes(&File::new(Schema::Ohlcv1D, "ES", "2024-01-07", "2024-01-13"))).await;
    place.buy(order()).await.expect("bought");
    let longer = Order { from: Some("2024-01-04".parse().expect("a day")), ..order() };
    let lines = place.buy(Order { cost_only: true, ..longer }).await.expect("asked").lines;
    let windows: Vec<(u64, u64)> = lines.iter().map(|line| (line.ask.start, line.ask.end)).collect();
    assert_eq!(windows, [(nanos("2024-01-04"), nanos("2024-01-06"))]);
    assert_eq!(place.asked().await.len(), 1, "`--cost` buys nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_bought_that_costs_too_much() {
    let place = Place::new().await;
    let error = place.buy(Order { max_cost: Some(0.2), ..order() }).await.expect_err("0.25 is more");
    assert!(error.message().contains("cost 0.25 USD, and 0.20 may be spent"), "{error}");
    assert!(place.asked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again_and_one_that_refuses_is_not() {
    let place = Place::new().await;
    place.answers(ResponseTemplate::new(429).insert_header("retry-after", "0").set_body_string(r#"{"detail":"slow down"}"#)).await;
    place.answers(ResponseTemplate::new(503)).await;
    place.answers(bytes(&week())).await;
    assert_eq!(place.buy(order()).await.expect("bought").summaries[0].new, 2);
    assert_eq!(place.asked().await.len(), 3);

    for (status, said) in [(400, "check"), (401, "API key"), (402, "no credit"), (403, "licence")] {
        let place = Place::new().await;
        place.answers(ResponseTemplate::new(status).set_body_string(r#"{"detail":"No."}"#)).await;
        let error = place.buy(order()).await.expect_err("refused");
        assert!(error.hint_text().is_some_and(|hint| hint.contains(said)), "{error}");
        assert_eq!(place.asked().await.len(), 1);
        assert!(raw::list(&Lake::new(&place.data()).expect("a lake"), "databento").await.expect("a listing").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_beyond_the_data_is_narrowed_once_and_told() {
    let place = Place::new().await;
    let refusal = r#"{"detail":{"case":"data_end_after_available_end","message":"too late","status_code":422,"docs":"https://x",
        "payload":{"available_start":"2010-06-06T00:00:00.000000000Z","available_end":"2024-01-11T20:00:00.000000000Z"}}}"#;
    place.answers(ResponseTemplate::new(422).set_body_string(refusal)).await;
    let file = File::new(Schema::Ohlcv1D, "ES", "2024-01-07", "2024-01-11").map("ESH4", 17, "2024-01-01", "2025-01-01");
    place.answers(bytes(&file.bar(17, "2024-01-10", [100.0, 101.0, 99.0, 100.5], 7))).await;
    assert_eq!(place.buy(order()).await.expect("bought").summaries[0].new, 1);
    assert!(place.asked().await[1].contains(&format!("end={}", nanos("2024-01-11"))), "between bars");
    let warnings = place.warnings.lock().expect("unpoisoned").clone();
    assert!(warnings[0].contains("only 2024-01-07..2024-01-11 20:00Z can be had: too late"), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_cut_off_is_not_taken_for_the_whole() {
    let place = Place::new().await;
    let whole = week().zstd();
    place.answers(ResponseTemplate::new(200).set_body_raw(whole[..whole.len() - 3].to_vec(), "application/octet-stream")).await;
    let error = place.buy(order()).await.expect_err("cut off");
    assert!(error.message().contains("damaged or cut off"), "{error}");
    assert_eq!(place.asked().await.len(), 1, "it was billed: it is not asked for again by itself");
    assert!(raw::list(&Lake::new(&place.data()).expect("a lake"), "databento").await.expect("a listing").is_empty());
}
