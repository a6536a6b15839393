//! The fetching edge against a local server: whole answers by wiremock, broken ones by a socket of our own.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use contango::config::Config;
use contango::sources::Download;
use contango::sources::cftc::Cftc;
use contango::sources::http::{Fetched, Fetcher, Patience, Validators};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const BODY: &[u8] = b"PK\x03\x04 the archive";

fn hurried() -> Fetcher<'static> {
    let patience = Patience {
        attempts: 3,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
        longest_retry_after: Duration::from_secs(5),
    };
    Fetcher::new(&Cftc, &Config::built_in().expect("the built-in configuration"), patience).expect("a client")
}

fn download(url: impl Into<String>, fallback: &[String]) -> Download {
    Download { fallback: fallback.to_vec(), timeout: Duration::from_secs(20), ..Download::new("tff futures_only 2024", url) }
}

async fn fetch(download: &Download, known: Option<&Validators>) -> Result<Fetched, String> {
    hurried().fetch(download, known, &|_, _| {}).await.map_err(|error| error.to_string())
}

/// The body, what validates it, and the warning.
fn body(fetched: Fetched) -> (Vec<u8>, Validators, Option<String>) {
    match fetched {
        Fetched::Body { payload, validators, warning } => (payload.bytes.to_vec(), validators, warning),
        Fetched::Unchanged { .. } | Fetched::Nothing { .. } => panic!("a body was expected"),
    }
}

async fn server(answers: Vec<ResponseTemplate>) -> (MockServer, String) {
    let server = MockServer::start().await;
    let last = answers.len() - 1;
    for (at, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(method("GET")).and(path("/fut_fin_txt_2024.zip")).respond_with(answer);
        if at < last { mock.up_to_n_times(1).mount(&server).await } else { mock.mount(&server).await }
    }
    let url = format!("{}/fut_fin_txt_2024.zip", server.uri());
    (server, url)
}

/// A server that sends these bytes to one connection after the other, and then waits before it hangs up.
async fn raw_server(answers: Vec<&'static [u8]>, wait: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/fut_fin_txt_2024.zip", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            socket.write_all(answer).await.expect("a listener");
            tokio::time::sleep(wait).await;
        }
    });
    url
}

#[tokio::test]
async fn a_file_is_fetched_with_our_name_and_its_validators_are_kept() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_bytes(BODY)
        .insert_header("ETag", "\"v1\"")
        .insert_header("Last-Modified", "Fri, 05 Jan 2024 20:30:00 GMT");
    let agent = concat!("contango/", env!("CARGO_PKG_VERSION"));
    Mock::given(method("GET")).and(header("user-agent", agent)).respond_with(answer).mount(&server).await;
    let url = format!("{}/fut_fin_txt_2024.zip", server.uri());
    let seen = Mutex::new(Vec::new());
    let progress = |done: u64, total: Option<u64>| seen.lock().expect("unpoisoned").push((done, total));
    let fetched = hurried().fetch(&download(&url, &[]), None, &progress).await.expect("an answer");
    let Fetched::Body { payload, validators, warning } = fetched else { panic!("a body was expected") };
    assert_eq!((payload.name.as_str(), &payload.bytes[..], payload.origin.as_str()), ("fut_fin_txt_2024.zip", BODY, url.as_str()));
    assert_eq!(validators.etag.as_deref(), Some("\"v1\""));
    assert_eq!(validators.last_modified.as_deref(), Some("Fri, 05 Jan 2024 20:30:00 GMT"));
    assert_eq!(warning, None);
    let last = seen.lock().expect("unpoisoned").last().copied();
    assert_eq!(last, Some((BODY.len() as u64, Some(BODY.len() as u64))));
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let server = MockServer::start().await;
    Mock::given(header("if-none-match", "\"v1\"")).respond_with(ResponseTemplate::new(304)).mount(&server).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_bytes(BODY)).with_priority(9).mount(&server).await;
    let url = format!("{}/fut_fin_txt_2024.zip", server.uri());
    let known = Validators { url: url.clone(), etag: Some("\"v1\"".to_string()), last_modified: None };
    assert!(matches!(fetch(&download(&url, &[]), Some(&known)).await, Ok(Fetched::Unchanged { warning: None })));
    let other = Validators { url: "http://elsewhere/".to_string(), ..known };
    assert_eq!(body(fetch(&download(&url, &[]), Some(&other)).await.expect("a body")).0, BODY, "validators belong to their address");
}

#[tokio::test]
async fn a_missing_file_is_named_and_not_asked_for_twice() {
    let (server, url) = server(vec![ResponseTemplate::new(404).set_body_string("<html>not found</html>")]).await;
    let error = fetch(&download(&url, &[]), None).await.expect_err("there is none");
    assert_eq!(
        error.replace(&url, "URL"),
        "tff futures_only 2024: `URL` answers 404 not found\nhint: give a file that you have with `--file`, or try again later"
    );
    assert_eq!(server.received_requests().await.expect("recorded").len(), 1);
}

#[tokio::test]
async fn a_page_in_place_of_a_file_is_a_failure() {
    let (_server, url) = server(vec![ResponseTemplate::new(200).set_body_string("<!DOCTYPE html><html></html>")]).await;
    let error = fetch(&download(&url, &[]), None).await.expect_err("a page");
    assert!(error.contains("sends a page instead of a zip archive"), "{error}");
}

#[tokio::test]
async fn a_busy_server_is_given_the_time_that_it_asks_for() {
    let (_server, url) =
        server(vec![ResponseTemplate::new(429).insert_header("Retry-After", "1"), ResponseTemplate::new(200).set_body_bytes(BODY)]).await;
    let started = Instant::now();
    assert_eq!(body(fetch(&download(&url, &[]), None).await.expect("the second answer")).0, BODY);
    assert!(started.elapsed() >= Duration::from_secs(1), "it waited");
    let (_server, url) = server_asking("3600").await;
    let error = fetch(&download(&url, &[]), None).await.expect_err("an hour is too long");
    assert!(error.contains("answers 429 too many requests and asks to come back in 3600 s"), "{error}");
    let (_server, url) = server(vec![
        ResponseTemplate::new(503).insert_header("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ResponseTemplate::new(200).set_body_bytes(BODY),
    ])
    .await;
    assert_eq!(body(fetch(&download(&url, &[]), None).await.expect("a date that has passed")).0, BODY);
}

async fn server_asking(pause: &str) -> (MockServer, String) {
    server(vec![ResponseTemplate::new(429).insert_header("Retry-After", pause)]).await
}

#[tokio::test]
async fn a_failing_server_is_asked_again_a_few_times() {
    let (_server, url) =
        server(vec![ResponseTemplate::new(500), ResponseTemplate::new(502), ResponseTemplate::new(200).set_body_bytes(BODY)]).await;
    assert_eq!(body(fetch(&download(&url, &[]), None).await.expect("the third answer")).0, BODY);
    let (server, url) = server(vec![ResponseTemplate::new(500)]).await;
    let error = fetch(&download(&url, &[]), None).await.expect_err("it never works");
    assert!(error.contains("answers 500 internal server error (3 attempts)"), "{error}");
    assert_eq!(server.received_requests().await.expect("recorded").len(), 3);
}

#[tokio::test]
async fn a_cut_off_body_is_read_again() {
    const CUT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nPK\x03\x04 the";
    const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nPK\x03\x04 the archive";
    let url = raw_server(vec![CUT, WHOLE], Duration::ZERO).await;
    assert_eq!(body(fetch(&download(&url, &[]), None).await.expect("the second answer")).0, BODY);
    let url = raw_server(vec![CUT, CUT, CUT], Duration::ZERO).await;
    let error = fetch(&download(&url, &[]), None).await.expect_err("always cut off");
    assert!(error.contains("breaks off") && error.contains("(3 attempts)"), "{error}");
}

#[tokio::test]
async fn a_slow_body_is_given_up_at_the_timeout() {
    const START: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nPK\x03\x04";
    let url = raw_server(vec![START], Duration::from_secs(30)).await;
    let slow = Download { timeout: Duration::from_millis(300), ..download(&url, &[]) };
    let started = Instant::now();
    let error = fetch(&slow, None).await.expect_err("it never ends");
    assert!(error.contains("did not finish within 0.3 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_fallback_stands_in_with_a_warning() {
    let (_broken, broken) = server(vec![ResponseTemplate::new(404)]).await;
    let (_good, good) = server(vec![ResponseTemplate::new(200).set_body_bytes(BODY)]).await;
    let (bytes, validators, warning) = body(fetch(&download(&broken, std::slice::from_ref(&good)), None).await.expect("the fallback"));
    assert_eq!((bytes.as_slice(), validators.url.as_str()), (BODY, good.as_str()));
    let warning = warning.expect("a warning").replace(&broken, "BROKEN").replace(&good, "GOOD");
    assert_eq!(warning, "tff futures_only 2024: `BROKEN` answers 404 not found; taken from `GOOD`");
    let error = fetch(&download(&broken, &["http://127.0.0.1:1/x.zip".to_string()]), None).await.expect_err("both fail");
    assert!(error.contains("answers 404 not found; `http://127.0.0.1:1/x.zip` cannot be reached"), "{error}");
}
