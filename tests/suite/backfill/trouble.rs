//! Servers in trouble: the first requests for an address are answered with one of its provider's own failures, then as they should be.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::time::Duration;

use wiremock::{Request, Respond, ResponseTemplate};

use super::world::{Reply, World};

/// The world's servers, in trouble or not.
pub struct Servers {
    pub world: World,
    /// Which troubles there are; `None`: none at all.
    pub seed: Option<u64>,
    pub asked: Mutex<HashMap<String, u64>>,
    /// What every answer takes.
    pub delay: Duration,
}

/// At most so many failures for an address.
const MOST_FAILURES: u64 = 3;

impl Respond for Servers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let url = &request.url;
        let times = {
            let mut asked = self.asked.lock().expect("unpoisoned");
            let times = asked.entry(url.to_string()).or_default();
            *times += 1;
            *times
        };
        let trouble = self.seed.and_then(|seed| {
            let chance = |of: u64| {
                let mut hasher = DefaultHasher::new();
                (seed, url.as_str(), of).hash(&mut hasher);
                hasher.finish()
            };
            let ways = ways(url.path());
            // FRED's pauses are its own, and long: few addresses fail, and once.
            let failures = if url.path().starts_with("/fred/") { u64::from(chance(0) % 16 == 0) } else { chance(0) % (MOST_FAILURES + 1) };
            (times <= failures).then(|| ways[chance(times) as usize % ways.len()])
        });
        let reply = match trouble {
            None => self.world.answer(url),
            Some(Way::Status(status, body)) => Reply::new(status).of("text/html", body),
            // The length that is promised is the length that comes: the text itself breaks off.
            Some(Way::Cut) => {
                let whole = self.world.answer(url);
                let half = whole.body.len() / 2;
                Reply { body: whole.body[..half].to_vec(), ..whole }
            }
        };
        ResponseTemplate::new(reply.status).set_body_raw(reply.body, reply.kind).insert_header("retry-after", "0").set_delay(self.delay)
    }
}

#[derive(Clone, Copy)]
enum Way {
    Status(u16, &'static str),
    Cut,
}

const PAGE: &str = "<!DOCTYPE html><html><title>busy</title></html>";

/// How the provider of an address fails.
fn ways(path: &str) -> &'static [Way] {
    use Way::{Cut, Status};
    match path.trim_start_matches('/').split('/').next().unwrap_or_default() {
        "sgs" => &[
            Status(502, "<html><title>Requisição inválida!</title></html>"),
            Status(200, "<html><title>Requisição inválida!</title></html>"),
            Status(504, ""),
            Status(429, ""),
            Status(500, r#"{"erro":{"statusCode":500,"detail":"java.lang.NullPointerException"}}"#),
        ],
        "ptax" | "focus" => &[Status(500, ""), Status(503, PAGE), Status(504, ""), Cut],
        "sidra" => &[Status(503, ""), Status(500, "Erro interno"), Cut],
        "tesouro" => &[Status(503, PAGE), Status(200, PAGE), Status(502, "")],
        "treasury" => &[Status(403, PAGE), Status(200, PAGE), Status(500, ""), Status(504, "")],
        "yahoo" | "yahoo2" => &[
            Status(429, "Too Many Requests\r\n"),
            Status(200, "<html><body>Will be right back</body></html>"),
            Status(502, ""),
            Status(401, r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#),
        ],
        "cftc" => &[Status(503, PAGE), Status(404, PAGE), Status(200, PAGE)],
        "socrata" => &[Status(429, r#"{"code":"throttled","error":true}"#), Status(500, "")],
        "fred" => &[Status(500, r#"{"error_code":500,"error_message":"Internal Server Error"}"#), Status(503, PAGE)],
        _ => &[Status(404, PAGE)],
    }
}
