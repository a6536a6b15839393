//! From bytes to quotes, and what the server means where it sends none. What quotes mean is decided elsewhere.
//!
//! Rates are JSON numbers of at most seven or eight digits: read by way of `f64` they are the nearest to their text all the same, since the
//! parser divides two exact numbers where the digits make less than 2^53.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sources::Answer;

/// One row of an answer.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Row<'a> {
    Quote(#[serde(borrow)] Quote<'a>),
    Other(serde_json::Value),
}

/// A row with everything that it needs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Quote<'a> {
    pub cotacao_compra: f64,
    pub cotacao_venda: f64,
    #[serde(borrow)]
    pub data_hora_cotacao: Cow<'a, str>,
    /// Opening, intermediate or closing; of the dollar the closing alone is sent, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tipo_boletim: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: Option<Vec<Row<'a>>>,
}

/// # Errors
/// The bytes are no answer of this service.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Row<'_>>> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    if text.first() != Some(&b'{') {
        return Err(Error::source("no answer of PTAX: it is no JSON object").hint(ANSWERS));
    }
    let envelope: Envelope = crate::sources::json::read(text)
        .map_err(|e| Error::source(format!("the JSON is damaged or cut off: {e}")).hint("download or copy the file again"))?;
    envelope.value.ok_or_else(|| Error::source("no answer of PTAX: it has no list `value`").hint(ANSWERS))
}

const ANSWERS: &str = "the answers of `CotacaoDolarPeriodo` and `CotacaoMoedaPeriodo` are taken, with `$format=json`";

/// An empty list is the answer to days without rates, and to days that the server cannot read: it is told, and nothing is kept of it.
pub(super) fn judge(status: u16, body: &[u8]) -> Option<Answer> {
    if !(200..=299).contains(&status) {
        return None;
    }
    match read(body) {
        Ok(rows) if rows.is_empty() => {
            Some(Answer::Nothing("an empty list, which is its answer to dates that it cannot read, too".to_string()))
        }
        Ok(_) => Some(Answer::Body),
        Err(_) if body.trim_ascii_start().first() == Some(&b'{') => {
            Some(Answer::Busy("sends no list of rates, or a part of one".to_string()))
        }
        Err(_) => Some(Answer::Busy("sends a page instead of rates".to_string())),
    }
}

impl Row<'_> {
    /// The row as it was read: its numbers in their shortest spelling, without what is not looked at.
    pub fn text(&self) -> String {
        match self {
            Self::Quote(quote) => serde_json::to_string(quote).unwrap_or_default(),
            Self::Other(value) => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::number;

    #[test]
    fn a_rate_is_the_nearest_to_its_text() {
        for n in (1..100_000).step_by(37) {
            for text in [format!("{}.{:05}", n / 10_000, n), format!("0.{n:07}"), format!("{n}.{:04}0", n % 10_000)] {
                let body = format!(r#"{{"value":[{{"cotacaoCompra":{text},"cotacaoVenda":{text},"dataHoraCotacao":"x"}}]}}"#);
                let rows = read(body.as_bytes()).expect("an answer");
                let [Row::Quote(quote)] = rows.as_slice() else { panic!("{text} is a quote") };
                assert_eq!(Some(quote.cotacao_compra), number::decimal(text.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn an_empty_list_is_told() {
        assert!(matches!(judge(200, br#"{"@odata.context":"c","value":[]}"#), Some(Answer::Nothing(_))));
        assert!(matches!(judge(200, b"<html>"), Some(Answer::Busy(_))));
        assert!(matches!(judge(200, br#"{"value":[{"cotacaoCompra":5."#), Some(Answer::Busy(_))));
        assert_eq!(judge(500, b"{}"), None);
    }
}
