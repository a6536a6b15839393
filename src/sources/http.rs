//! The one place that downloads: [`Download`] to [`Payload`], for every source.
//!
//! What may go wrong on the way is handled here and nowhere else: a busy or failing server is asked again after a growing pause (or the pause
//! that it asks for), a body that was cut off is read again, one that never ends is given up at the download's timeout, and when an address
//! fails for good the next fallback is tried, which is a warning. An HTML page or anything else than the address promises is a failure and
//! never becomes a payload. Nothing is written: the caller archives what it gets, and keeps the [`Validators`] for the next time.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::pace::{Bucket, Pace};
use super::{Answer, Download, Payload, Source, edge, stream};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// Largest body that is read.
const MAX_BODY: u64 = 1 << 30;

/// How often and how long to wait for a server.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Requests per address, the first included.
    pub attempts: u32,
    /// Pause before the second request; it doubles from one to the next.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Longest `Retry-After` that is honoured; a server that asks for more has failed for now.
    pub longest_retry_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(120),
        }
    }
}

impl Patience {
    /// The pause after so many failed attempts.
    pub(super) fn pause(&self, failed: u32) -> Duration {
        self.first_pause.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1))).min(self.longest_pause)
    }
}

/// What a server said of the version of a file, to ask later whether it has changed. They belong to the address that gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub url: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What came of a download.
#[derive(Debug)]
pub enum Fetched {
    /// The server says that it has nothing there, in these words.
    Nothing { said: String, warning: Option<String> },
    /// The server says that the file is the one that is known.
    Unchanged {
        /// Said when the server is that of a fallback.
        warning: Option<String>,
    },
    Body {
        payload: Box<Payload>,
        validators: Validators,
        /// Said when a fallback was used.
        warning: Option<String>,
    },
}

/// Told of the bytes received so far, and of all that are expected where the server says so.
pub type Progress<'a> = dyn Fn(u64, Option<u64>) + Send + Sync + 'a;

/// A client for one source: by its ways of answering, with our name, at the pace that its server allows, with our patience.
pub struct Fetcher<'s> {
    source: &'s dyn Source,
    client: reqwest::Client,
    patience: Patience,
    /// `None`: the server sets no limit.
    bucket: Option<Mutex<Bucket>>,
    started: Instant,
}

/// What an attempt brought.
enum Got {
    Unchanged,
    Nothing(String),
    Body(Bytes, Validators),
}

/// Why an attempt failed.
enum Failure {
    /// Another attempt may succeed, after a pause that the server may have asked for.
    Passing {
        reason: String,
        retry_after: Option<Duration>,
    },
    Final {
        reason: String,
    },
}

impl<'s> Fetcher<'s> {
    /// # Errors
    /// The machine has no usable TLS setup.
    pub fn new(source: &'s dyn Source, config: &Config, patience: Patience) -> Result<Self> {
        let set = config.source(source.name()).ok();
        let client = reqwest::Client::builder()
            .user_agent(set.and_then(|set| set.user_agent.as_deref()).unwrap_or(concat!("contango/", env!("CARGO_PKG_VERSION"))))
            .connect_timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| Error::source(format!("no HTTP client can be set up: {}", root_cause(&error))))?;
        let bucket = set.map(|set| Mutex::new(Bucket::new(Pace::per_minute(set.requests_per_minute))));
        Ok(Self { source, client, patience, bucket, started: Instant::now() })
    }

    /// Waits until the pace allows another request.
    async fn wait_for_turn(&self) {
        if let Some(bucket) = &self.bucket {
            let wait = bucket.lock().await.take(self.started.elapsed());
            tokio::time::sleep(wait).await;
        }
    }

    /// Downloads from the address, or from the first of its fallbacks that works. `known` is what was kept of the version at hand.
    ///
    /// # Errors
    /// Every address failed; the message says how.
    pub async fn fetch(&self, download: &Download, known: Option<&Validators>, progress: &Progress<'_>) -> Result<Fetched> {
        let mut failures: Vec<String> = Vec::new();
        for url in std::iter::once(&download.url).chain(&download.fallback) {
            let known = known.filter(|validators| validators.url == *url);
            let warning = (!failures.is_empty()).then(|| format!("{}: {}; taken from `{url}`", download.label, failures.join("; ")));
            match self.fetch_patiently(url, download, known, progress).await {
                Ok(Got::Unchanged) => return Ok(Fetched::Unchanged { warning }),
                Ok(Got::Nothing(said)) => return Ok(Fetched::Nothing { said, warning }),
                Ok(Got::Body(bytes, validators)) => {
                    let payload = Payload {
                        name: name_of(url),
                        bytes,
                        observed_at: IngestTime::now(),
                        origin: url.clone(),
                        hint: download.hint.clone(),
                    };
                    return Ok(Fetched::Body { payload: Box::new(payload), validators, warning });
                }
                Err(reason) => failures.push(format!("`{url}` {reason}")),
            }
        }
        Err(Error::source(format!("{}: {}", download.label, failures.join("; ")))
            .hint("give a file that you have with `--file`, or try again later"))
    }

    async fn fetch_patiently(
        &self,
        url: &str,
        download: &Download,
        known: Option<&Validators>,
        progress: &Progress<'_>,
    ) -> Result<Got, String> {
        let mut attempt = 1;
        loop {
            self.wait_for_turn().await;
            let failure = match tokio::time::timeout(download.timeout, self.attempt(url, download, known, progress)).await {
                Ok(Ok(fetched)) => return Ok(fetched),
                Ok(Err(failure)) => failure,
                // A server that used up its whole time once is not given it again.
                Err(_) => Failure::Final { reason: format!("did not finish within {} s", download.timeout.as_secs_f64()) },
            };
            let (reason, retry_after) = match failure {
                Failure::Final { reason } => return Err(reason),
                Failure::Passing { reason, retry_after } => (reason, retry_after),
            };
            if attempt >= self.patience.attempts {
                return Err(format!("{reason} ({attempt} attempts)"));
            }
            if let Some(asked) = retry_after.filter(|asked| *asked > self.patience.longest_retry_after) {
                return Err(format!("{reason} and asks to come back in {} s", asked.as_secs()));
            }
            tokio::time::sleep(retry_after.unwrap_or_else(|| self.patience.pause(attempt))).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, url: &str, download: &Download, known: Option<&Validators>, progress: &Progress<'_>) -> Result<Got, Failure> {
        let mut request = self.client.get(url);
        if let Some(etag) = known.and_then(|known| known.etag.as_deref()) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = known.and_then(|known| known.last_modified.as_deref()) {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        let mut response = request.send().await.map_err(|error| describe(&error))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && known.is_some() {
            return Ok(Got::Unchanged);
        }
        if !status.is_success() {
            let refused = refused(status, response.headers(), self.patience.longest_pause);
            let body = stream::opening(&mut response, download.timeout).await;
            return match edge::judge(self.source, status.as_u16(), &body) {
                None => Err(refused),
                Some(answer) => judged(answer, refused.retry_after()).map(Got::Nothing),
            };
        }
        let validators = Validators {
            url: url.to_string(),
            etag: text_of(response.headers(), &ETAG),
            last_modified: text_of(response.headers(), &LAST_MODIFIED),
        };
        let comes_back = retry_after(response.headers());
        let expected = response.content_length();
        // the whole attempt has a time limit of its own
        let limits = stream::Limits { most: MAX_BODY, time: Duration::MAX, pace: Duration::MAX };
        let told = |done| progress(done, expected);
        let body = stream::body(&mut response, limits, &told).await.map_err(|broken| match broken {
            stream::Broken::Cut(error) => describe(&error),
            stream::Broken::TooLarge(said) | stream::Broken::TooSlow(said) => Failure::Final { reason: said.replacen("it ", "", 1) },
        })?;
        if let Some(expected) = expected.filter(|expected| *expected != body.len() as u64) {
            let reason = format!("sent {} of {expected} bytes", body.len());
            return Err(Failure::Passing { reason, retry_after: None });
        }
        match edge::judge(self.source, status.as_u16(), &body) {
            None => ensure_kind(url, &body)?,
            Some(Answer::Body) => {}
            Some(answer) => return judged(answer, comes_back).map(Got::Nothing),
        }
        Ok(Got::Body(body, validators))
    }
}

impl Failure {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Passing { retry_after, .. } => *retry_after,
            Self::Final { .. } => None,
        }
    }
}

/// What the source makes of an answer that is no body: that there is nothing, or why it failed.
fn judged(answer: Answer, retry_after: Option<Duration>) -> Result<String, Failure> {
    match answer {
        Answer::Nothing(said) => Ok(said),
        Answer::Busy(reason) => Err(Failure::Passing { reason, retry_after }),
        Answer::Refused(reason) => Err(Failure::Final { reason }),
        Answer::Body => Err(Failure::Final { reason: "sends data with a status that says that it has none".to_string() }),
    }
}

/// Why a status is a failure. A server that is asked too often and does not say when to come back is left alone for the longest pause.
fn refused(status: StatusCode, headers: &HeaderMap, longest_pause: Duration) -> Failure {
    let reason = format!("answers {}", status.to_string().to_lowercase());
    let passing =
        status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY);
    let too_often = (status == StatusCode::TOO_MANY_REQUESTS).then_some(longest_pause);
    if passing { Failure::Passing { reason, retry_after: retry_after(headers).or(too_often) } } else { Failure::Final { reason } }
}

/// The pause that the server asks for, in seconds or until a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let now = Duration::from_micros(u64::try_from(IngestTime::now().micros()).ok()?);
    Some(until.saturating_sub(now))
}

/// Whether the body is what the address promises: an archive, an array of records, anything but a page.
fn ensure_kind(url: &str, body: &[u8]) -> Result<(), Failure> {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let found = match start.first() {
        None => "an empty body",
        Some(b'<') => "a page",
        Some(_) => "something else",
    };
    let path = Url::parse(url).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    let (expected, fits) = match path.rsplit('.').next() {
        Some("zip") => ("a zip archive", start.starts_with(b"PK\x03\x04")),
        Some("json") => ("JSON", matches!(start.first(), Some(b'[' | b'{'))),
        _ => ("a file", !matches!(start.first(), None | Some(b'<'))),
    };
    if fits { Ok(()) } else { Err(Failure::Final { reason: format!("sends {found} instead of {expected}") }) }
}

fn text_of(headers: &HeaderMap, name: &reqwest::header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_string)
}

/// The last part of the address, without its query.
fn name_of(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let last = parsed.as_ref().and_then(|url| url.path_segments()).and_then(|mut parts| parts.next_back());
    last.filter(|name| !name.is_empty()).unwrap_or("download").to_string()
}

fn describe(error: &reqwest::Error) -> Failure {
    let cause = root_cause(error);
    if error.is_builder() {
        return Failure::Final { reason: format!("is no address: {cause}") };
    }
    if error.is_redirect() {
        return Failure::Final { reason: format!("leads in a circle: {cause}") };
    }
    let what = if error.is_connect() {
        "cannot be reached"
    } else if error.is_body() || error.is_decode() {
        "breaks off"
    } else {
        "does not answer"
    };
    Failure::Passing { reason: format!("{what}: {cause}"), retry_after: None }
}

/// The innermost error, which is the one that says something.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let patience = Patience { first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(5), ..Patience::default() };
        let pauses: Vec<u64> = (1..=5).map(|failed| patience.pause(failed).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        assert_eq!(patience.pause(u32::MAX).as_secs(), 5);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let headers = |text: &str| HeaderMap::from_iter([(RETRY_AFTER, text.parse().expect("a header value"))]);
        assert_eq!(retry_after(&headers("7")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("Thu, 01 Jan 1970 00:00:10 GMT")), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("soon")), None);
        let far = retry_after(&headers("Fri, 31 Dec 9999 23:59:59 GMT")).expect("a date");
        assert!(far > Duration::from_secs(86_400));
    }

    #[test]
    fn the_name_of_an_address_is_its_last_part() {
        assert_eq!(name_of("https://host/files/dea/history/fut_fin_txt_2024.zip"), "fut_fin_txt_2024.zip");
        assert_eq!(name_of("https://host/resource/gpe5-46if.json?$limit=1"), "gpe5-46if.json");
        assert_eq!(name_of("https://host/"), "download");
    }

    #[test]
    fn a_body_must_be_what_the_address_promises() {
        let fits = |url: &str, body: &[u8]| ensure_kind(url, body).is_ok();
        assert!(fits("http://h/a.zip", b"PK\x03\x04rest"));
        assert!(!fits("http://h/a.zip", b"<html>"));
        assert!(!fits("http://h/a.zip", b""));
        assert!(fits("http://h/a.json?x=1", b" [{}]"));
        assert!(!fits("http://h/a.json", b"\"Market\",1"));
        assert!(fits("http://h/a.csv", b"\"Market\",1"));
        assert!(!fits("http://h/a.csv", b"\n<!DOCTYPE html>"));
    }
}
