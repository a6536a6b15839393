//! Asking a server on this machine: windows, pages, what is not asked again, what every refusal says, and that the key is nowhere.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use chrono::NaiveDate;
use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, PayloadSummary, Progress, Wanted, Workplace};
use contango::lake::{Lake, raw};
use contango::sources::SOURCES;
use contango::sources::fred::remote::{OBSERVATIONS_PER_PAGE, Remote};
use contango::sources::fred::{ApiKey, Pace, SeriesId};
use contango::sources::http::Patience;
use contango::tables::MACRO_SERIES;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::answer::{Answer, BEGINNING, END, Row};
use crate::support::{rows, session};

const KEY: &str = "0123456789abcdefghijklmnopqrstuv";
const OBSERVATIONS: &str = "/fred/series/observations";
const VINTAGE_DATES: &str = "/fred/series/vintagedates";

/// A data folder, a server and what was warned of.
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

/// JSON under the type that the provider sometimes gives it.
fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/xml; charset=UTF-8")
}

fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_string(format!(r#"{{"error_code":{status},"error_message":"{message}"}}"#))
}

fn dates(days: &[String], count: usize) -> ResponseTemplate {
    let list: Vec<String> = days.iter().map(|day| format!("\"{day}\"")).collect();
    json(&format!(r#"{{"realtime_start":"{BEGINNING}","realtime_end":"{END}","count":{count},"vintage_dates":[{}]}}"#, list.join(",")))
}

fn days(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_string()).collect()
}

impl Place {
    async fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), server: MockServer::start().await, warnings: Mutex::default() }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn lists(&self, answer: ResponseTemplate) {
        Mock::given(method("GET")).and(path(VINTAGE_DATES)).respond_with(answer).up_to_n_times(1).mount(&self.server).await;
    }

    async fn sends(&self, answer: ResponseTemplate) {
        let mock = Mock::given(method("GET")).and(path(OBSERVATIONS)).and(query_param("api_key", KEY));
        mock.and(query_param("file_type", "json")).respond_with(answer).up_to_n_times(1).mount(&self.server).await;
    }

    async fn ask_in_pages(&self, series: &[&str], per_page: u64) -> Result<Vec<PayloadSummary>> {
        let series = series.iter().map(|id| SeriesId::new(id)).collect::<Result<_>>()?;
        self.ask_for(Wanted { series, ..Wanted::default() }, per_page).await
    }

    async fn ask_for(&self, wanted: Wanted, per_page: u64) -> Result<Vec<PayloadSummary>> {
        let config = Config::built_in().expect("the built-in configuration");
        let ms = Duration::from_millis;
        let patience = Patience { attempts: 3, first_pause: ms(1), ..Patience::default() };
        let pace = Pace { every: ms(1), burst: 100, pause: ms(20) };
        let remote = Remote::new(&format!("{}/fred/", self.server.uri()), ApiKey::new(KEY)?, patience, pace)?.with_pages_of(per_page);
        ingest::fred(&Workplace { data: &self.data(), config: &config, progress: self }, &wanted, &remote).await
    }

    async fn ask(&self, series: &[&str]) -> Result<Vec<PayloadSummary>> {
        self.ask_in_pages(series, OBSERVATIONS_PER_PAGE).await
    }

    /// Real-time period and offset of every request for observations.
    async fn windows(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.expect("recorded");
        let of = |request: &wiremock::Request, name: &str| {
            request.url.query_pairs().find(|(key, _)| key == name).map_or("-".to_string(), |(_, value)| value.into_owned())
        };
        let shown = |request: &wiremock::Request| {
            format!("{}..{} {}", of(request, "realtime_start"), of(request, "realtime_end"), of(request, "offset"))
        };
        requests.iter().filter(|request| request.url.path() == OBSERVATIONS).map(shown).collect()
    }

    async fn listed_from(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.expect("recorded");
        let lists = requests.iter().filter(|request| request.url.path() == VINTAGE_DATES);
        let start = |request: &wiremock::Request| {
            request.url.query_pairs().find(|(key, _)| key == "realtime_start").map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        lists.map(start).collect()
    }

    async fn archived(&self) -> Vec<raw::Sidecar> {
        raw::list(&Lake::new(&self.data()).expect("a lake"), "fred").await.expect("a listing")
    }

    async fn vintages(&self) -> Vec<String> {
        let sql = "SELECT as_of, value, available_at, availability FROM macro_series_vintages ORDER BY as_of, available_at";
        let found = rows(&mut session(&self.data(), None, None), sql).await.expect("rows");
        found.into_iter().map(|row| row.join(" ")).collect()
    }
}

fn answer(start: &str, end: &str, rows: &[Row]) -> ResponseTemplate {
    json(&Answer::new(start, end, rows).text())
}

const FIRST: [Row; 2] = [("2024-02-02", "2024-03-07", "2024-01-01", "157585"), ("2024-03-08", "2024-03-08", "2024-01-01", "157418")];

async fn with_two_vintages() -> Place {
    let place = Place::new().await;
    place.lists(dates(&days(&["2024-02-02", "2024-03-08"]), 2)).await;
    place.sends(answer(BEGINNING, "2024-03-08", &FIRST)).await;
    let taken = place.ask(&["PAYEMS"]).await.expect("taken");
    assert_eq!((taken.len(), taken[0].new), (1, 2));
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vintage_is_asked_for_once_and_kept_as_received() {
    let place = with_two_vintages().await;
    assert_eq!(place.windows().await, ["1776-07-04..2024-03-08 0"]);
    let archived = place.archived().await;
    let lake = Lake::new(&place.data()).expect("a lake");
    let expected = Answer::new(BEGINNING, "2024-03-08", &FIRST).bytes();
    assert_eq!(raw::read(&lake, &archived[0]).await.expect("bytes"), expected);
    assert!(archived[0].origin.contains("/fred/series/observations?series_id=PAYEMS&"), "{}", archived[0].origin);
    assert_eq!(archived[0].hint.as_deref(), Some("PAYEMS"));

    place.lists(dates(&days(&["2024-03-08"]), 1)).await;
    let again = place.ask(&["PAYEMS"]).await.expect("nothing is missing");
    assert!(again[0].already && again[0].kind == "no vintage is missing", "{again:?}");
    assert_eq!((place.windows().await.len(), place.listed_from().await), (1, days(&[BEGINNING, "2024-03-08"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_asks_from_the_last_vintage_on() {
    let place = with_two_vintages().await;
    place.lists(dates(&days(&["2024-03-08", "2024-03-09"]), 2)).await;
    let rows: [Row; 2] = [("2024-03-08", "2024-03-08", "2024-01-01", "157418"), ("2024-03-09", "2024-03-09", "2024-01-01", "157440")];
    place.sends(answer("2024-03-08", "2024-03-09", &rows)).await;
    let taken = place.ask(&["PAYEMS"]).await.expect("taken");
    assert_eq!((taken[0].new, taken[0].repeated), (1, 1), "what stood on the first day is in the lake");
    assert_eq!(place.windows().await[1], "2024-03-08..2024-03-09 0");
    assert_eq!(
        place.vintages().await,
        [
            "2024-01-01 157585.0 2024-02-02T13:30:00Z scheduled",
            "2024-01-01 157418.0 2024-03-08T13:30:00Z scheduled",
            "2024-01-01 157440.0 2024-03-09T13:30:00Z rule",
        ],
        "the edge is no vintage, and one on the very next day is"
    );
    let config = Config::built_in().expect("the built-in configuration");
    let data = place.data();
    let workplace = Workplace { data: &data, config: &config, progress: &place };
    let rebuilt = ingest::rebuild_tables(&workplace, SOURCES, &[&MACRO_SERIES]).await.expect("rebuilt");
    assert_eq!((rebuilt[0].rows_before, rebuilt[0].rows_after), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_corrected_on_the_last_day_is_seen_with_the_next_vintage() {
    let place = with_two_vintages().await;
    place.lists(dates(&days(&["2024-03-08", "2024-04-05"]), 2)).await;
    let rows: [Row; 2] = [("2024-03-08", "2024-04-05", "2024-01-01", "157400"), ("2024-04-05", "2024-04-05", "2024-02-01", "157808")];
    place.sends(answer("2024-03-08", "2024-04-05", &rows)).await;
    place.ask(&["PAYEMS"]).await.expect("taken");
    assert_eq!(
        place.vintages().await[1..],
        [
            "2024-01-01 157418.0 2024-03-08T13:30:00Z scheduled",
            "2024-01-01 157400.0 2024-03-09T05:00:00Z lagged",
            "2024-02-01 157808.0 2024-04-05T12:30:00Z scheduled",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_vintages_than_a_request_may_span_are_asked_for_in_parts() {
    let place = Place::new().await;
    let first: NaiveDate = "2010-01-01".parse().expect("a day");
    let all: Vec<String> = first.iter_days().take(4_500).map(|day| day.to_string()).collect();
    // The list itself comes in two pages.
    place.lists(dates(&all[..3_000], 4_500)).await;
    place.lists(dates(&all[3_000..], 4_500)).await;
    let edges = [BEGINNING, &all[1_999], &all[3_998], &all[4_499]];
    for pair in edges.windows(2) {
        place.sends(answer(pair[0], pair[1], &[(pair[1], pair[1], "2010-01-01", "1")])).await;
    }
    place.ask(&["DGS10"]).await.expect("taken");
    let expected: Vec<String> = edges.windows(2).map(|pair| format!("{}..{} 0", pair[0], pair[1])).collect();
    assert_eq!(place.windows().await, expected);
    place.lists(dates(&all[4_499..], 1)).await;
    place.ask(&["DGS10"]).await.expect("nothing is missing");
    assert_eq!(place.windows().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_several_pages_counts_when_all_are_there() {
    let place = Place::new().await;
    let vintages = || dates(&days(&["2024-02-02", "2024-03-08"]), 2);
    let page = |offset: usize| {
        let rows = FIRST[offset..=offset].to_vec();
        json(&Answer { count: Some(2), offset, limit: 1, ..Answer::new(BEGINNING, "2024-03-08", &rows) }.text())
    };
    place.lists(vintages()).await;
    place.sends(page(0)).await;
    place.sends(refusal(403, "Forbidden.")).await;
    place.ask_in_pages(&["PAYEMS"], 1).await.expect_err("the second page is refused");
    assert_eq!((place.archived().await.len(), place.vintages().await.len()), (1, 1), "the first stays");

    place.lists(vintages()).await;
    place.sends(page(0)).await;
    place.sends(page(1)).await;
    let taken = place.ask_in_pages(&["PAYEMS"], 1).await.expect("taken");
    assert_eq!(taken.iter().map(|summary| summary.already).collect::<Vec<_>>(), [true, false]);
    assert_eq!(place.windows().await[2..], ["1776-07-04..2024-03-08 0", "1776-07-04..2024-03-08 1"]);
    place.lists(dates(&days(&["2024-03-08"]), 1)).await;
    assert!(place.ask_in_pages(&["PAYEMS"], 1).await.expect("nothing is missing")[0].already);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_vintages_of_the_days_asked_for_are_taken() {
    let place = Place::new().await;
    place.lists(dates(&days(&["2024-02-02", "2024-03-08", "2024-04-05", "2024-05-03"]), 4)).await;
    let rows: [Row; 2] = [("2024-02-02", "2024-03-07", "2024-01-01", "157585"), ("2024-03-08", "2024-04-05", "2024-01-01", "157418")];
    place.sends(answer("2024-02-02", "2024-04-05", &rows)).await;
    let day = |text: &str| Some(text.parse().expect("a day"));
    let wanted = Wanted { series: vec![SeriesId::new("PAYEMS").expect("a name")], from: day("2024-03-01"), to: day("2024-04-30") };
    place.ask_for(wanted, OBSERVATIONS_PER_PAGE).await.expect("taken");
    assert_eq!(place.windows().await, ["2024-02-02..2024-04-05 0"]);
    assert_eq!(
        place.vintages().await,
        ["2024-01-01 157585.0 2024-02-03T05:00:00Z lagged", "2024-01-01 157418.0 2024-03-08T13:30:00Z scheduled"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again_and_one_that_refuses_is_not() {
    let place = Place::new().await;
    place.lists(refusal(429, "Too Many Requests.  Exceeded Rate Limit")).await;
    place.lists(dates(&days(&["2024-02-02", "2024-03-08"]), 2)).await;
    place.sends(ResponseTemplate::new(503)).await;
    place.sends(json(r#"{"count":2,"observations":[{"realtime"#)).await;
    place.sends(answer(BEGINNING, "2024-03-08", &FIRST)).await;
    assert_eq!(place.ask(&["PAYEMS"]).await.expect("taken")[0].new, 2);
    assert_eq!(place.windows().await.len(), 3);

    for (status, message, said) in [
        (400, "Bad Request.  The value for variable api_key is not registered.  Read … for more information.", "set FRED_API_KEY"),
        (403, "Forbidden.", "set FRED_API_KEY"),
        (423, "Locked.", "locked"),
    ] {
        let place = Place::new().await;
        place.lists(refusal(status, message)).await;
        let error = place.ask(&["PAYEMS"]).await.expect_err("refused");
        assert!(error.message().contains(message) && error.hint_text().is_some_and(|hint| hint.contains(said)), "{error}");
        assert_eq!(place.listed_from().await.len(), 1);
        assert!(place.archived().await.is_empty());
    }
    let place = Place::new().await;
    for _ in 0..3 {
        place.lists(refusal(429, "Too Many Requests.  Exceeded Rate Limit")).await;
    }
    let error = place.ask(&["PAYEMS"]).await.expect_err("it stays busy");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("too often")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_without_vintages_is_taken_as_it_stands_today() {
    let place = Place::new().await;
    place.lists(refusal(400, "Bad Request.  The series does not exist in ALFRED but may exist in FRED.")).await;
    place.sends(answer("2024-03-08", "2024-03-08", &[("2024-03-08", "2024-03-08", "2024-03-07", "13.5")])).await;
    place.ask(&["VIXCLS"]).await.expect("taken");
    assert_eq!(
        (place.windows().await, place.vintages().await),
        (days(&["-..- 0"]), days(&["2024-03-07 13.5 2024-03-09T05:00:00Z lagged"]))
    );
    let warnings = place.warnings.lock().expect("unpoisoned").clone();
    assert!(
        warnings[0].starts_with("VIXCLS: the provider has no vintages of it (Bad Request.  The series does not exist in ALFRED"),
        "{warnings:?}"
    );

    let place = Place::new().await;
    let unknown = || refusal(400, "Bad Request.  The series does not exist.");
    place.lists(unknown()).await;
    place.sends(unknown()).await;
    let error = place.ask(&["PAYMES"]).await.expect_err("no such series");
    assert!(error.hint_text().is_some_and(|hint| hint.starts_with("did you mean `PAYEMS`?")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_nowhere() {
    let place = with_two_vintages().await;
    place.lists(refusal(400, &format!("Bad Request.  The value {KEY} for variable api_key is not registered."))).await;
    let refused = place.ask(&["PAYEMS"]).await.expect_err("refused");
    let uri = place.server.uri();
    place.lists(ResponseTemplate::new(302).insert_header("location", format!("{uri}/elsewhere?api_key={KEY}").as_str())).await;
    let led_away = place.ask(&["PAYEMS"]).await.expect_err("no redirection is followed");
    let config = Config::built_in().expect("the built-in configuration");
    let patience = Patience { attempts: 1, ..Patience::default() };
    let remote =
        Remote::new("http://127.0.0.1:1/fred", ApiKey::new(KEY).expect("a key"), patience, Pace::per_minute(90)).expect("a remote");
    let wanted = Wanted { series: vec![SeriesId::new("GDP").expect("a name")], ..Wanted::default() };
    let data = place.data();
    let unreachable =
        ingest::fred(&Workplace { data: &data, config: &config, progress: &place }, &wanted, &remote).await.expect_err("nobody there");
    for error in [refused, led_away, unreachable] {
        assert!(!error.to_string().contains(KEY) && !format!("{error:?}").contains(KEY), "{error:?}");
    }
    let mut files = vec![place.folder.path().to_path_buf()];
    while let Some(file) = files.pop() {
        if file.is_dir() {
            files.extend(std::fs::read_dir(&file).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else {
            let bytes = std::fs::read(&file).expect("readable");
            assert!(!String::from_utf8_lossy(&bytes).contains(KEY), "{}", file.display());
        }
    }
}
