//! `ingest` by download against a server on this machine: what is asked for, what is taken, and what an unhelpful server leaves behind.
//! The files are the made-up sample; the day is given, and so is the patience.

use std::collections::HashMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, PayloadSummary, Workplace};
use contango::lake::{Lake, raw};
use contango::metadata::{Metadata, Validators};
use contango::sources::cftc::{Cftc, sample};
use contango::sources::http::Patience;
use contango::sources::{Download, Parsed, Payload, Request, Source};
use contango::tables::Table;
use contango::time::IngestTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::faults::{assert_sound, contents};

const TODAY: &str = "2024-12-31";
const SOCRATA: &str = "/gpe5-46if.json";
const PAGE: &str = "<!DOCTYPE html><html>no such file</html>";

/// The provider, on a day and with a timeout of our own.
struct On {
    today: &'static str,
    timeout: Duration,
}

impl Source for On {
    fn name(&self) -> &'static str {
        Cftc.name()
    }
    fn doc(&self) -> &'static str {
        Cftc.doc()
    }
    fn tables(&self) -> &'static [&'static Table] {
        Cftc.tables()
    }
    fn revises(&self, config: &Config) -> bool {
        Cftc.revises(config)
    }
    fn release_window(&self, config: &Config) -> chrono::Duration {
        Cftc.release_window(config)
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        Cftc.parse(payload, config)
    }
    fn plan(&self, request: &Request, _: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        let mut downloads = Cftc.plan(request, day(self.today), config)?;
        for download in &mut downloads {
            download.timeout = self.timeout;
            // What is fetched is fetched now, when all years of the sample have settled: one that changes on our day always does.
            download.settled_on = download.settled_on.filter(|settled| *settled <= day(self.today));
        }
        Ok(downloads)
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// A data folder, the configuration that names the servers, and what was warned of.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    warnings: Mutex<Vec<String>>,
}

impl ingest::Progress for Place {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        self.warnings.lock().expect("unpoisoned").push(warning.to_string());
    }
}

impl Place {
    /// `archive` and `socrata` are the addresses of the two servers.
    fn new(archive: &str, socrata: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("contango.toml");
        std::fs::write(&file, format!("[cftc]\narchive_url = \"{archive}\"\nsocrata_url = \"{socrata}\"\n")).expect("written");
        let config = Config::load(Some(&file)).expect("a configuration");
        Self { folder, config, warnings: Mutex::default() }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn lake(&self) -> Lake {
        Lake::new(&self.data()).expect("a lake")
    }

    /// Downloads the TFF report of these years.
    async fn download(&self, years: (&str, &str)) -> Result<Vec<PayloadSummary>> {
        self.download_on(TODAY, years, Duration::from_secs(20)).await
    }

    async fn download_on(&self, today: &'static str, (from, to): (&str, &str), timeout: Duration) -> Result<Vec<PayloadSummary>> {
        let request = Request {
            choices: vec![("report".to_string(), vec!["tff".to_string()])],
            from: Some(day(&format!("{from}-01-01"))),
            to: Some(day(&format!("{to}-12-31"))),
        };
        let place = Workplace { data: &self.data(), config: &self.config, progress: self };
        let patience = Patience {
            attempts: 3,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(4),
            longest_retry_after: Duration::from_secs(5),
        };
        ingest::download(&place, &On { today, timeout }, &request, patience).await
    }

    fn warnings(&self) -> String {
        std::mem::take(&mut *self.warnings.lock().expect("unpoisoned")).join("\n")
    }

    /// Versions of the tables and their rows: what must stay where nothing is new.
    async fn state(&self) -> (Vec<Option<u64>>, Vec<String>) {
        let lake = self.lake();
        let mut versions = Vec::new();
        for table in Cftc.tables() {
            versions.push(lake.snapshot(table).await.expect("a table").version);
        }
        (versions, contents(&lake, "cot").await)
    }

    async fn assert_nothing_is_there(&self) {
        let (versions, rows) = self.state().await;
        assert!(versions.iter().all(Option::is_none) && rows.is_empty(), "{versions:?}");
        assert!(raw::list(&self.lake(), "cftc").await.expect("a listing").is_empty());
    }
}

/// The sample's TFF file of a year.
fn year(year: i32) -> Vec<u8> {
    static FILES: LazyLock<HashMap<String, Vec<u8>>> = LazyLock::new(|| sample::files().into_iter().collect());
    FILES[&format!("fut_fin_txt_{year}.zip")].clone()
}

fn text_of(zip: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).expect("a zip");
    let mut text = String::new();
    archive.by_index(0).expect("a member").read_to_string(&mut text).expect("text");
    text
}

fn zip_of(text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("FinFutYY.txt", zip::write::SimpleFileOptions::default()).expect("a member");
    archive.write_all(text.as_bytes()).expect("written");
    archive.finish().expect("a zip").into_inner()
}

/// The weeks of a file from a day on, as Socrata sends them.
fn json_of(zip: &[u8], from: &str) -> Vec<u8> {
    let text = text_of(zip);
    let mut lines = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<String> = lines.headers().expect("a header").iter().map(|name| name.to_lowercase().replace('-', "_")).collect();
    let date = names.iter().position(|name| name == "report_date_as_yyyy_mm_dd").expect("the date");
    let records: Vec<HashMap<&String, String>> = lines
        .records()
        .map(|line| line.expect("a line"))
        .filter(|line| day(&line[date]) >= day(from))
        .map(|line| {
            let value = |at: usize, value: &str| if at == date { format!("{value}T00:00:00.000") } else { value.to_string() };
            names.iter().enumerate().map(|(at, name)| (name, value(at, &line[at]))).collect()
        })
        .collect();
    serde_json::to_vec(&records).expect("JSON")
}

/// Another value of the newest concentration figure of one market.
fn revised(zip: &[u8]) -> Vec<u8> {
    let text = text_of(zip);
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = lines.headers().expect("a header").clone();
    writer.write_record(&names).expect("written");
    let figure = names.iter().position(|name| name == "Conc_Gross_LE_4_TDR_Long_All").expect("the figure");
    for (at, line) in lines.records().map(|line| line.expect("a line")).enumerate() {
        let changed = line.iter().enumerate().map(|(column, value)| if at == 0 && column == figure { "99.5" } else { value });
        writer.write_record(changed).expect("written");
    }
    zip_of(&String::from_utf8(writer.into_inner().expect("bytes")).expect("text"))
}

fn file(bytes: Vec<u8>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_bytes(bytes)
}

fn not_found() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_string(PAGE)
}

/// Answers the address with each of these in turn, with the last one from then on.
async fn answer(server: &MockServer, address: &str, answers: Vec<ResponseTemplate>) {
    let last = answers.len() - 1;
    for (at, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(method("GET")).and(path(address)).respond_with(answer);
        if at < last { mock.up_to_n_times(1).mount(server).await } else { mock.mount(server).await }
    }
}

fn archive_of(year: i32) -> String {
    format!("/fut_fin_txt_{year}.zip")
}

/// Addresses asked for since the last look, in order.
async fn asked(server: &MockServer, seen: &mut usize) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    let new = requests[*seen..].iter().map(|request| request.url.path().to_string()).collect();
    *seen = requests.len();
    new
}

/// A server for both, with the sample's years.
async fn sample_server() -> (MockServer, Place) {
    let server = MockServer::start().await;
    for n in [2022, 2023, 2024] {
        answer(&server, &archive_of(n), vec![file(year(n)).insert_header("ETag", format!("\"{n}\"").as_str())]).await;
    }
    answer(&server, SOCRATA, vec![file(json_of(&year(2024), "2024-12-03"))]).await;
    let place = Place::new(&server.uri(), &server.uri());
    (server, place)
}

#[tokio::test]
async fn what_has_settled_is_asked_for_once_and_the_rest_on_every_run() {
    let (server, place) = sample_server().await;
    let mut seen = 0;
    let first = place.download(("2022", "2024")).await.expect("taken");
    assert_eq!(asked(&server, &mut seen).await, [&archive_of(2022), &archive_of(2023), &archive_of(2024), SOCRATA]);
    assert!(first[..3].iter().all(|summary| summary.new > 0 && summary.revised == 0), "{first:#?}");
    assert_eq!((first[3].new, first[3].revised), (0, 0), "the last weeks are those of the year: {first:#?}");
    assert!(first[3].rows_read > 0 && first[3].repeated > 0 && first[3].quarantined == 0, "{first:#?}");
    let before = place.state().await;

    let again = place.download(("2022", "2024")).await.expect("taken");
    assert_eq!(asked(&server, &mut seen).await, [&archive_of(2024), SOCRATA], "same bytes, sent again");
    assert!(again.iter().all(|summary| summary.already), "{again:#?}");
    assert!(place.state().await == before);
    assert_eq!(place.warnings(), "");
    assert_sound(&place.lake()).await;
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_and_changes_nothing() {
    let server = MockServer::start().await;
    let same = Mock::given(path(archive_of(2024))).and(header("if-none-match", "\"v1\"")).and(header("if-modified-since", "then"));
    same.respond_with(ResponseTemplate::new(304)).expect(2).mount(&server).await;
    let sent = file(year(2024)).insert_header("ETag", "\"v1\"").insert_header("Last-Modified", "then");
    Mock::given(path(archive_of(2024))).respond_with(sent).with_priority(9).expect(1).mount(&server).await;
    answer(&server, SOCRATA, vec![file(b"[]".to_vec())]).await;
    let place = Place::new(&server.uri(), &server.uri());
    let first = place.download(("2024", "2024")).await.expect("taken");
    assert!(first[0].new > 0 && !first[0].already);
    let before = place.state().await;
    for _ in 0..2 {
        let again = place.download(("2024", "2024")).await.expect("unchanged");
        assert!(again.iter().all(|summary| summary.already), "{again:#?}");
        assert!(place.state().await == before);
    }
}

#[tokio::test]
async fn a_year_that_was_read_while_it_still_changed_is_read_once_more() {
    let (server, place) = sample_server().await;
    let mut seen = 0;
    place.download(("2023", "2023")).await.expect("taken");
    assert_eq!(asked(&server, &mut seen).await, [archive_of(2023)]);
    // As a run in the summer of that year left it.
    let url = format!("{}{}", server.uri(), archive_of(2023));
    let metadata = Metadata::open(&place.data()).expect("the metadata");
    let known = metadata.validators(&url).expect("read").expect("a known address");
    let summer = IngestTime::parse("2023-06-09").expect("an instant");
    metadata.set_validators(&url, &Validators { checked_at: summer, ..known }).expect("written");
    for expected in [1, 0] {
        assert!(place.download(("2023", "2023")).await.expect("taken")[0].already);
        assert_eq!(asked(&server, &mut seen).await.len(), expected);
    }
}

#[tokio::test]
async fn a_changed_file_of_the_current_year_is_a_revision_known_from_when_it_was_seen() {
    let server = MockServer::start().await;
    answer(&server, &archive_of(2024), vec![file(year(2024)), file(revised(&year(2024)))]).await;
    answer(&server, SOCRATA, vec![file(b"[]".to_vec())]).await;
    let place = Place::new(&server.uri(), &server.uri());
    place.download(("2024", "2024")).await.expect("taken");
    let before = contents(&place.lake(), "cot_markets").await;
    let (start, changed, end) = (IngestTime::now(), place.download(("2024", "2024")).await.expect("taken"), IngestTime::now());
    assert_eq!((changed[0].new, changed[0].revised, changed[0].quarantined), (0, 1, 0), "{changed:#?}");
    let after = contents(&place.lake(), "cot_markets").await;
    let news: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
    assert_eq!((news.len(), after.len()), (1, before.len() + 1));
    assert!(news[0].contains(" 99.5 ") && news[0].contains(" observed false "), "{}", news[0]);
    // `available_at` and `ingested_at` are both the moment of the second download.
    let (available_at, rest) = news[0].split_once(" observed false ").expect("checked above");
    let available_at = available_at.rsplit(' ').next().expect("an instant");
    let seen_at = IngestTime::parse(available_at).expect("an instant");
    assert!(start < seen_at && seen_at < end && rest.starts_with(available_at), "{}", news[0]);
}

#[tokio::test]
async fn the_archive_and_socrata_stand_in_for_each_other() {
    let (up, down) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET")).respond_with(not_found()).mount(&down).await;
    answer(&up, &archive_of(2024), vec![file(year(2024)).insert_header("ETag", "\"v1\"")]).await;
    answer(&up, SOCRATA, vec![file(json_of(&year(2024), "2024-01-01"))]).await;
    let whole = Place::new(&up.uri(), &up.uri());
    whole.download(("2024", "2024")).await.expect("taken");
    assert_eq!(whole.warnings(), "");
    // Everything but what is dated by the payload itself.
    let known = |rows: Vec<String>| rows.iter().map(|row| row.rsplitn(3, ' ').nth(2).expect("a part").to_string()).collect::<Vec<_>>();

    let place = Place::new(&down.uri(), &up.uri());
    place.download(("2024", "2024")).await.expect("the fallback");
    let warnings = place.warnings();
    let archive = format!("`{}{}` answers 404 not found; taken from `{}{SOCRATA}", down.uri(), archive_of(2024), up.uri());
    assert!(warnings.contains(&archive) && warnings.lines().count() == 1, "{warnings}");
    assert!(known(place.state().await.1) == known(whole.state().await.1));

    let place = Place::new(&up.uri(), &down.uri());
    place.download(("2024", "2024")).await.expect("the fallback");
    let warnings = place.warnings();
    let socrata = format!("answers 404 not found; taken from `{}{}`", up.uri(), archive_of(2024));
    assert!(warnings.contains(SOCRATA) && warnings.contains(&socrata) && warnings.lines().count() == 1, "{warnings}");
    assert!(known(place.state().await.1) == known(whole.state().await.1));
    // The stand-in says 'unchanged' now, and the warning is there all the same.
    let same = Mock::given(path(archive_of(2024))).and(header("if-none-match", "\"v1\"")).respond_with(ResponseTemplate::new(304));
    same.with_priority(1).mount(&up).await;
    place.download(("2024", "2024")).await.expect("the fallback");
    assert!(place.warnings().contains(&socrata));
}

#[tokio::test]
async fn where_no_server_has_the_file_the_error_names_them_and_nothing_is_there() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(not_found()).mount(&server).await;
    let place = Place::new(&server.uri(), &server.uri());
    let error = place.download(("2024", "2024")).await.expect_err("no file").to_string();
    for address in [archive_of(2024).as_str(), SOCRATA] {
        assert!(error.contains(&format!("`{}{address}", server.uri())), "{error}");
    }
    assert!(error.contains("answers 404 not found") && error.contains("hint: ") && !error.contains("html"), "{error}");
    // The bundle of the early years can be had nowhere else.
    let error = place.download(("2015", "2016")).await.expect_err("no file").to_string();
    assert!(error.contains("fin_fut_txt_2006_2016.zip` answers 404 not found"), "{error}");
    place.assert_nothing_is_there().await;

    // A page in the place of the file is no file either, and neither is an archive that does not open.
    for body in [PAGE.as_bytes().to_vec(), b"PK\x03\x04 and nothing more".to_vec()] {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(file(body)).mount(&server).await;
        let place = Place::new(&server.uri(), &server.uri());
        let error = place.download(("2024", "2024")).await.expect_err("no archive").to_string();
        assert!(error.contains(&server.uri()), "{error}");
        place.assert_nothing_is_there().await;
    }
}

#[tokio::test]
async fn a_busy_or_failing_server_is_asked_again() {
    let server = MockServer::start().await;
    let busy = || ResponseTemplate::new(429).insert_header("Retry-After", "0");
    answer(&server, &archive_of(2024), vec![busy(), ResponseTemplate::new(500), file(year(2024))]).await;
    answer(&server, SOCRATA, vec![ResponseTemplate::new(503), file(b"[]".to_vec())]).await;
    let place = Place::new(&server.uri(), &server.uri());
    let taken = place.download(("2024", "2024")).await.expect("the third answer");
    assert!(taken[0].new > 0);
    assert_eq!(place.warnings(), "", "nothing was taken from elsewhere");
    assert_eq!(asked(&server, &mut 0).await.len(), 5);
    assert_sound(&place.lake()).await;
}

/// A server that sends these bytes to one connection after the other, says no more, and hangs up after a wait.
async fn raw_server(answers: Vec<Vec<u8>>, wait: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(&answer).await;
            tokio::time::sleep(wait).await;
        }
    });
    address
}

/// The answer with the file of 2024, of which so many bytes are sent.
fn cut(at: usize) -> Vec<u8> {
    let file = year(2024);
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", file.len()).into_bytes();
    answer.extend_from_slice(&file[..at.min(file.len())]);
    answer
}

#[tokio::test]
async fn a_body_that_was_cut_off_is_read_again_and_nothing_of_it_is_kept() {
    let socrata = MockServer::start().await;
    answer(&socrata, SOCRATA, vec![not_found()]).await;
    let archive = raw_server(vec![cut(2000), cut(9000), cut(usize::MAX), cut(usize::MAX)], Duration::ZERO).await;
    let place = Place::new(&archive, &socrata.uri());
    let taken = place.download(("2024", "2024")).await.expect("the third answer");
    assert!(taken[0].new > 0 && taken[1].already, "{taken:#?}");
    assert_eq!(raw::list(&place.lake(), "cftc").await.expect("a listing").len(), 1);
    assert_sound(&place.lake()).await;

    let archive = raw_server(vec![cut(2000), cut(2000), cut(2000)], Duration::ZERO).await;
    let place = Place::new(&archive, &socrata.uri());
    let error = place.download(("2024", "2024")).await.expect_err("always cut off").to_string();
    assert!(error.contains("breaks off") && error.contains("(3 attempts)") && error.contains(&archive), "{error}");
    place.assert_nothing_is_there().await;
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let socrata = MockServer::start().await;
    answer(&socrata, SOCRATA, vec![not_found()]).await;
    let archive = raw_server(vec![cut(2000)], Duration::from_secs(30)).await;
    let place = Place::new(&archive, &socrata.uri());
    let started = Instant::now();
    let error = place.download_on(TODAY, ("2024", "2024"), Duration::from_millis(200)).await.expect_err("it never ends").to_string();
    assert!(error.contains("did not finish within 0.2 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
    place.assert_nothing_is_there().await;
}

fn contango(place: &Place) -> (bool, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("contango"));
    command.args(["ingest", "cftc", "--report", "tff", "--years", "2024..", "--format", "csv", "--data"]).arg(place.data());
    let output = command.arg("--config").arg(place.folder.path().join("contango.toml")).output().expect("a process");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_downloads_from_the_addresses_of_its_configuration() {
    let server = MockServer::start().await;
    // The program reads the calendar itself, so every later year has a file too: the one of the year before the last.
    let tagged = |bytes| file(bytes).insert_header("ETag", "\"v1\"");
    let any_year = || Mock::given(path_regex(r"^/fut_fin_txt_\d{4}\.zip$"));
    any_year().and(header("if-none-match", "\"v1\"")).respond_with(ResponseTemplate::new(304)).with_priority(1).mount(&server).await;
    Mock::given(path(archive_of(2024))).respond_with(tagged(year(2024))).with_priority(2).mount(&server).await;
    any_year().respond_with(tagged(year(2023))).mount(&server).await;
    answer(&server, SOCRATA, vec![file(json_of(&year(2024), "2024-12-03"))]).await;
    let place = Place::new(&server.uri(), &server.uri());

    let (success, stdout, stderr) = contango(&place);
    assert!(success, "{stderr}");
    assert!(stdout.starts_with("payload,kind,state,") && stdout.contains("tff futures_only 2024,"), "{stdout}");
    assert!(stdout.lines().last().is_some_and(|line| line.contains("last four weeks") && line.contains(",taken,")), "{stdout}");
    assert!(!stderr.contains("warning"), "{stderr}");
    let before = place.state().await;
    assert!(!before.1.is_empty());
    let requests = asked(&server, &mut 0).await.len();

    let (success, stdout, stderr) = contango(&place);
    assert!(success, "{stderr}");
    assert!(stdout.lines().skip(1).all(|line| line.contains("in the lake before")), "{stdout}");
    assert!(place.state().await == before);
    // Settled years are not asked for again; the current one, and last year's in spring, are.
    assert!(asked(&server, &mut requests.clone()).await.len() <= 3);
    assert_noted(&place.data());
}

/// Every payload of a table's log is noted in the metadata.
fn assert_noted(data: &Path) {
    let noted = Metadata::open(data).expect("the metadata").ingested_payloads().expect("read");
    let archived = std::fs::read_dir(data.join("raw/cftc")).expect("the archive");
    let names = archived.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let sidecars: Vec<String> = names.filter_map(|name| name.strip_suffix(".meta.json").map(str::to_string)).collect();
    assert!(!sidecars.is_empty() && sidecars.iter().all(|sha256| noted.contains(sha256)), "{noted:?}");
}
