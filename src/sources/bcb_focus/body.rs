//! From bytes to records, and which survey they are of: what the file was given as, else the entity set that a JSON answer names, else the
//! columns. The file's name never says it.

use super::survey::{self, Survey};
use super::{NAME, surveyed};
use crate::config::{Config, closest};
use crate::error::{Error, Result};
use crate::sources::records::{self, Records};

/// The records of an answer, JSON or CSV.
///
/// # Errors
/// It is neither, or is cut off.
pub(super) fn read(bytes: &[u8]) -> Result<Records<'_>> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match start.first() {
        Some(b'{' | b'[') => records::from_json(bytes, "value"),
        Some(b'<') => Err(Error::source("the file is a page, and no answer of the provider").hint("ask again for JSON or CSV")),
        _ => {
            let header = start.split(|b| *b == b'\n').next().unwrap_or_default();
            let count = |of: u8| header.iter().filter(|b| **b == of).count();
            records::from_csv(bytes, if count(b';') > count(b',') { b';' } else { b',' })
        }
    }
}

/// The survey that the records are of.
///
/// # Errors
/// The hint names none, or nothing tells which it is.
pub(super) fn survey_of(records: &Records, hint: Option<&str>, config: &Config) -> Result<&'static Survey> {
    if let Some(hint) = hint {
        return hinted(hint, config);
    }
    if let Some(context) = records.beside("@odata.context") {
        let set = context.rsplit('#').next().unwrap_or_default().split('(').next().unwrap_or_default();
        return survey::of_set(set).ok_or_else(|| Error::source(format!("the entity set `{set}` is not one that is taken")).hint(choose()));
    }
    by_columns(records).ok_or_else(|| Error::source("the file does not say which survey it is of").hint(choose()))
}

fn hinted(hint: &str, config: &Config) -> Result<&'static Survey> {
    if let Some(survey) = survey::named(hint) {
        return Ok(survey);
    }
    if let Some(series) = config.series_of(NAME).find(|series| series.id.eq_ignore_ascii_case(hint)) {
        return surveyed(series).map(|(survey, _)| survey);
    }
    let names = || survey::SURVEYS.iter().map(|survey| survey.name);
    let near = closest(hint, names()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Err(Error::usage(format!("a file cannot be given as the survey `{hint}`")).hint(format!("{near}{}", choose())))
}

fn choose() -> String {
    let names: Vec<&str> = survey::SURVEYS.iter().map(|survey| survey.name).collect();
    format!("name the survey with `--series`: one of {}", names.join(", "))
}

/// The survey by its columns and the spelling of its horizons; smoothed inflation of 12 and of 24 months look the same.
fn by_columns(records: &Records) -> Option<&'static Survey> {
    let is_top5 = records.column("tipoCalculo").is_some();
    let mut of_kind = survey::SURVEYS.iter().filter(|survey| survey.is_top5 == is_top5);
    if records.column("Reuniao").is_some() {
        return of_kind.find(|survey| survey.horizon == survey::Horizon::Meeting);
    }
    let column = records.column("DataReferencia")?;
    let written = records.rows.first()?.cell(column).written()?;
    let could_be = |survey: &&Survey| match (survey.horizon, written.split_once('/')) {
        (survey::Horizon::Year, None) => survey.horizon_of(Some(written)).is_some(),
        (survey::Horizon::Month, Some((month, _))) => month.len() == 2,
        (survey::Horizon::Quarter, Some((quarter, _))) => quarter.len() == 1,
        _ => false,
    };
    of_kind.find(could_be)
}
