//! What the server says: figures, that it has none, that it is busy, or no.
//!
//! It speaks in four voices: JSON under `error`, JSON under `erro`, a fault of its inner service as XML, and a page that says
//! `Requisição inválida` with status 200 or 502 when it is busy, or when the code is dead. Codes are checked before they are asked for, so a
//! page is taken for the first.

use serde_json::Value;

use crate::sources::Answer;

/// What the server says where a window has no figures.
const NOTHING: &str = "Value(s) not found";

/// `None`: as for any other server.
pub(super) fn judge(status: u16, body: &[u8]) -> Option<Answer> {
    if says_nothing(body) {
        return Some(Answer::Nothing("the server has no figures there".to_string()));
    }
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().first();
    match (status, start) {
        (200..=299, Some(b'[')) if body.trim_ascii_end().last() == Some(&b']') => Some(Answer::Body),
        (200..=299, Some(b'[')) => Some(Answer::Busy("breaks off within the list".to_string())),
        (200..=299, Some(b'{')) => {
            Some(Answer::Refused(said(body).unwrap_or_else(|| "answers an object, and no list of figures".to_string())))
        }
        (200..=299, None) => Some(Answer::Busy("sends an empty body".to_string())),
        (200..=299, Some(_)) => Some(Answer::Busy("sends a page instead of figures: it is busy, or the code is dead".to_string())),
        (400..=499, Some(b'{')) if !matches!(status, 408 | 425 | 429) => Some(Answer::Refused(match said(body) {
            Some(said) => format!("answers {status}: {said}"),
            None => format!("answers {status}"),
        })),
        _ => None,
    }
}

/// Whether there is nothing where the server was asked, as JSON or as a fault of its inner service.
fn says_nothing(body: &[u8]) -> bool {
    let is_refusal = matches!(body.trim_ascii_start().first(), Some(b'{' | b'<'));
    is_refusal && body.windows(NOTHING.len()).any(|part| part.eq_ignore_ascii_case(NOTHING.as_bytes()))
}

/// The server's own words, under either of its keys.
pub(super) fn said(body: &[u8]) -> Option<String> {
    let body: Value = crate::sources::json::read(body).ok()?;
    let words = [body.get("error"), body.get("erro")].into_iter().flatten().find_map(|error| match error {
        Value::String(text) => Some(text.as_str()),
        object => object.get("detail").and_then(Value::as_str),
    });
    // The name of a class of theirs says nothing to anyone.
    let words = words.or_else(|| body.get("message").and_then(Value::as_str))?;
    Some(words.rsplit_once("Exception: ").map_or(words, |(_, words)| words).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> String {
        format!("{:?}", judge(status, body.as_bytes()))
    }

    #[test]
    fn the_four_voices_of_the_server() {
        let window = r#"{"error":"O sistema aceita uma janela de consulta de, no máximo, 10 anos em séries de periodicidade diária","message":"m","syntax":"s"}"#;
        assert!(judged(406, window).contains("Refused(\"answers 406: O sistema aceita uma janela"), "{}", judged(406, window));
        let erro = r#"{"erro":{"statusCode":400,"detail":"br.gov.bcb.pec.sgs.comum.excecoes.SGSNegocioException: A quantidade máxima de valores deve ser 20"}}"#;
        assert_eq!(judged(400, erro), "Some(Refused(\"answers 400: A quantidade máxima de valores deve ser 20\"))");
        for nothing in [
            r#"{"error":{"statusCode":404,"detail":"Value(s) not found"}}"#,
            r#"{"erro":{"statusCode":404,"detail":"br.gov.bcb.pec.sgs.comum.excecoes.SGSNegocioException: Value(s) not found"}}"#,
            "<?xml version=\"1.0\"?><faultstring>br.gov.bcb.SGSNegocioException: Value(s) not found</faultstring>",
        ] {
            assert!(judged(404, nothing).starts_with("Some(Nothing("), "{nothing}");
        }
        assert!(judged(200, "<html><title>Requisição inválida!</title></html>").starts_with("Some(Busy("));
        assert!(judged(200, "").starts_with("Some(Busy("));
        assert!(judged(200, "[{\"data\":\"01/01/2024\",\"val").starts_with("Some(Busy("));
        assert_eq!(judged(200, " [{\"data\":\"01/01/2024\",\"valor\":\"1\"}]"), "Some(Body)");
        for (status, body) in [(502, "<html>"), (504, ""), (429, "{}"), (404, "<html>no such page</html>")] {
            assert_eq!(judged(status, body), "None", "{status}");
        }
    }
}
