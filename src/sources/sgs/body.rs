//! From bytes to rows: the JSON of the interface, or its CSV. What rows mean is decided elsewhere; here is refused, as a whole, what is no
//! answer of this interface, or a refusal that was saved.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::answer::said;
use crate::error::{Error, Result};
use crate::sources::number::{self, Separator};

/// An answer, or a file of the same interface.
#[derive(Debug)]
pub(super) struct Body<'a> {
    /// Of its figures.
    pub separator: Separator,
    pub rows: Vec<Row<'a>>,
}

/// One row, and where it stands: the place in the list, or the line of the file.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub line: u64,
    pub content: Content<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Figure(#[serde(borrow)] Figure<'a>),
    Other(serde_json::Value),
}

/// A row with everything that it needs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Figure<'a> {
    #[serde(borrow)]
    pub data: Cow<'a, str>,
    /// Of a series of periods, the last day of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datafim: Option<Cow<'a, str>>,
    /// Without a default: a row that says nothing of its figure is none.
    #[serde(deserialize_with = "nullable")]
    pub valor: Option<Cow<'a, str>>,
}

fn nullable<'de: 'a, 'a, D: Deserializer<'de>>(input: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    Option::deserialize(input)
}

const ANSWERS: &str = "the answers of SGS are taken: JSON (`formato=json`), or its CSV with the columns `data` and `valor`";

impl<'a> Body<'a> {
    /// # Errors
    /// As the file says.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
        match text.first() {
            Some(b'[') => json(text),
            Some(b'{') => {
                let said = said(text).unwrap_or_else(|| "an object, and no list of figures".to_string());
                Err(Error::source(format!("the file holds a refusal of the server: {said}")).hint("ask again for what it refuses"))
            }
            Some(b'<') => Err(Error::source("the file is a page or XML, and no figures").hint(ANSWERS)),
            None => Err(Error::source("the file is empty").hint("download or copy it again")),
            Some(_) => csv(text),
        }
    }
}

fn json(text: &[u8]) -> Result<Body<'_>> {
    let rows: Vec<Content> = crate::sources::json::read(text)
        .map_err(|e| Error::source(format!("the JSON is damaged or cut off: {e}")).hint("download or copy the file again"))?;
    let rows = (1..).zip(rows).map(|(line, content)| Row { line, content }).collect();
    Ok(Body { separator: Separator::Point, rows })
}

fn csv(text: &[u8]) -> Result<Body<'_>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').trim(csv::Trim::All).flexible(true).from_reader(text);
    let no_csv = |_| Error::source("no answer of SGS: neither a JSON list nor its CSV").hint(ANSWERS);
    let names = reader.headers().map_err(no_csv)?.clone();
    let place = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let (Some(data), Some(valor)) = (place("data"), place("valor")) else {
        return Err(Error::source("no answer of SGS: neither a JSON list nor a CSV with the columns `data` and `valor`").hint(ANSWERS));
    };
    let datafim = place("datafim");
    let mut rows = Vec::new();
    for record in reader.records() {
        crate::memory::demand_room();
        let record = record.map_err(|e| Error::source(format!("the CSV is damaged: {e}")).hint("download or copy the file again"))?;
        let cell = |place: usize| record.get(place).map(|cell| Cow::Owned(cell.to_string()));
        let line = record.position().map_or(0, csv::Position::line);
        let content = match (cell(data), cell(valor)) {
            (Some(data), Some(valor)) if record.len() == names.len() => {
                Content::Figure(Figure { data, datafim: datafim.and_then(cell).filter(|day| !day.is_empty()), valor: Some(valor) })
            }
            _ => Content::Other(record.iter().collect::<Vec<_>>().join(";").into()),
        };
        rows.push(Row { line, content });
    }
    Ok(Body { separator: Separator::Comma, rows })
}

impl Figure<'_> {
    /// The figure; none where the source says that there is none.
    pub fn value(&self, separator: Separator) -> Result<Option<f64>, String> {
        let Some(text) = self.valor.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        let value = match separator {
            Separator::Point => number::decimal(text.as_bytes()),
            Separator::Comma => number::written(text.as_bytes(), separator),
        };
        value.map(Some).ok_or_else(|| format!("`{text}` is no number"))
    }
}

impl Row<'_> {
    /// The row as received, with the spaces between left out.
    pub fn text(&self) -> String {
        match &self.content {
            Content::Figure(figure) => serde_json::to_string(figure).unwrap_or_default(),
            Content::Other(serde_json::Value::String(line)) => line.clone(),
            Content::Other(value) => value.to_string(),
        }
    }
}
