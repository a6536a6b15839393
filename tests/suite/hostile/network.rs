//! Servers that send without end, trickle, or send back the key: given up within limits, and the key is shown nowhere.

use std::time::Duration;

use contango::config::Config;
use contango::ingest::{self, Order, Progress, Wanted, Workplace};
use contango::sources::databento::{self, Kind};
use contango::sources::fred::{self, Pace, SeriesId};
use contango::sources::http::Patience;
use contango::sources::stream::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const FRED_KEY: &str = "0123456789abcdefghijklmnopqrstuv";
const DATABENTO_KEY: &str = "db-made-up-key-of-32-characters!";

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

/// What a server does with every request.
#[derive(Clone, Copy)]
enum Manner {
    /// Sends a body that does not end.
    Endless,
    /// Sends a byte now and then.
    Trickle,
    /// Refuses with the request in its words, as it is and in base64.
    Echo(u16),
    /// Sends the request back as the body.
    EchoBody,
}

/// A server on this machine, and its address.
async fn server(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 16 << 10];
                let n = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..n]).into_owned();
                let first = request.lines().next().unwrap_or_default().replace('"', "'");
                let sent = request.lines().find(|line| line.to_lowercase().starts_with("authorization")).unwrap_or_default().to_string();
                let words = format!("{first} {sent} {FRED_KEY} {DATABENTO_KEY}");
                match manner {
                    Manner::Endless | Manner::Trickle => {
                        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
                        let (piece, pause) = if matches!(manner, Manner::Endless) { (vec![b' '; 1 << 16], 0) } else { (vec![b' '], 5) };
                        let mut open = stream.write_all(head.as_bytes()).await.is_ok();
                        while open {
                            open = stream.write_all(&piece).await.is_ok();
                            tokio::time::sleep(Duration::from_millis(pause)).await;
                        }
                    }
                    Manner::Echo(status) => {
                        let body = format!("{{\"detail\":\"{words}\",\"error_message\":\"{words}\"}}");
                        let head = format!("HTTP/1.1 {status} No\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                    }
                    Manner::EchoBody => {
                        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", words.len());
                        let _ = stream.write_all(format!("{head}{words}").as_bytes()).await;
                    }
                }
            });
        }
    });
    address
}

fn limits() -> Limits {
    Limits { most: 1 << 20, time: Duration::from_secs(2), pace: Duration::from_millis(300) }
}

fn patience() -> Patience {
    Patience { attempts: 2, first_pause: Duration::from_millis(1), ..Patience::default() }
}

async fn ask_fred(manner: Manner) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::built_in().expect("the built-in configuration");
    let pace = Pace { every: Duration::from_millis(1), burst: 100, pause: Duration::from_millis(1) };
    let key = fred::ApiKey::new(FRED_KEY).expect("a key");
    let remote = fred::remote::Remote::new(&server(manner).await, key, patience(), pace).expect("a server").limited(limits());
    let wanted = Wanted { series: vec![SeriesId::new("GDP").expect("a name")], ..Wanted::default() };
    let place = Workplace { data: &folder.path().join("data"), config: &config, progress: &Silent };
    ingest::fred(&place, &wanted, &remote).await.expect_err("no answer").to_string()
}

async fn ask_databento(manner: Manner) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::built_in().expect("the built-in configuration");
    let key = databento::ApiKey::new(DATABENTO_KEY).expect("a key");
    let mut remote = databento::remote::Remote::new(&server(manner).await, key, patience()).expect("a server").limited(limits());
    let order = Order { roots: vec!["ES".into()], kinds: vec![Kind::Daily], ..Order::default() };
    let place = Workplace { data: &folder.path().join("data"), config: &config, progress: &Silent };
    ingest::purchase(&place, &order, &mut remote).await.expect_err("no answer").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_given_up() {
    for said in [ask_fred(Manner::Endless).await, ask_databento(Manner::Endless).await] {
        assert!(said.contains("given up: it sends more than 1 MiB"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_trickles_is_given_up() {
    for said in [ask_fred(Manner::Trickle).await, ask_databento(Manner::Trickle).await] {
        assert!(said.contains("given up: it trickles"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_sent_back_is_shown_nowhere() {
    let basic = "ZGItbWFkZS11cC1rZXktb2YtMzItY2hhcmFjdGVycyE6";
    for manner in [Manner::Echo(400), Manner::Echo(401), Manner::Echo(422), Manner::Echo(503), Manner::EchoBody] {
        let said = ask_fred(manner).await;
        assert!(!said.contains(FRED_KEY), "{said}");
        let said = ask_databento(manner).await;
        assert!(!said.contains(DATABENTO_KEY) && !said.contains(&basic[4..40]), "{said}");
    }
}

#[test]
fn a_key_is_sent_to_nobody_in_the_open() {
    let key = || fred::ApiKey::new(FRED_KEY).expect("a key");
    let pace = Pace { every: Duration::from_millis(1), burst: 1, pause: Duration::from_millis(1) };
    let open = "http://api.example.org/fred";
    let said = fred::remote::Remote::new(open, key(), patience(), pace).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains("`fred.url` would send the key to `api.example.org`"), "{said}");
    let key = databento::ApiKey::new(DATABENTO_KEY).expect("a key");
    let said = databento::remote::Remote::new(open, key, patience()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains("`databento.url` would send the key"), "{said}");
}
