//! Releases that are attested: the files of `config/releases/`, one per publisher, and the section `releases` of a configuration file.
//!
//! ```csv
//! release,period,released_at,precision,grade,announced_on,evidence
//! credit,2022-03,2022-07-27,day,press,,"Época Negócios, Abecip 2022-07-27"
//! ```
//!
//! `period` is a day, month or quarter, a stretch `first..last`, or `..last` for all before; `released_at` an instant with its offset from
//! UTC, or a day, or nothing for a figure that never was; `evidence` names who says so, in public.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use chrono_tz::America::{New_York, Sao_Paulo};
use chrono_tz::Tz;
use serde::Deserialize;

use super::file::Day;
use super::suggest::closest;
use crate::error::{Error, Result};
use crate::time::KnowledgeTime;
use crate::time::attested::{Attested, Periods, Precision, Rows, end_of};
use crate::time::cot::ReleaseException;
use crate::time::evidence::Evidence;

/// One that publishes figures.
#[derive(Debug, Clone, Copy)]
pub struct Publisher {
    /// As SQL calls it.
    pub name: &'static str,
    pub full_name: &'static str,
    /// Whose days and hours its releases are given in.
    pub zone: Tz,
    file: (&'static str, &'static str),
}

macro_rules! publisher {
    ($name:literal, $full_name:literal, $zone:expr) => {
        Publisher {
            name: $name,
            full_name: $full_name,
            zone: $zone,
            file: (concat!("config/releases/", $name, ".csv"), include_str!(concat!("../../config/releases/", $name, ".csv"))),
        }
    };
}

/// Everybody of whom releases are attested.
pub static PUBLISHERS: &[Publisher] = &[
    publisher!("bcb", "Banco Central do Brasil", Sao_Paulo),
    publisher!("bea", "Bureau of Economic Analysis", New_York),
    publisher!("bls", "Bureau of Labor Statistics and Department of Labor", New_York),
    publisher!("census", "Census Bureau", New_York),
    publisher!("cftc", "Commodity Futures Trading Commission", New_York),
    publisher!("fed", "Federal Reserve", New_York),
    publisher!("fgv", "Fundação Getulio Vargas", Sao_Paulo),
    publisher!("ibge", "Instituto Brasileiro de Geografia e Estatística", Sao_Paulo),
    publisher!("mte", "Ministério do Trabalho", Sao_Paulo),
    publisher!("treasury", "Department of the Treasury", New_York),
];

/// The rows of all publishers, by publisher and release.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    rows: BTreeMap<(&'static str, String), Vec<Arc<Attested>>>,
}

impl Releases {
    /// The publisher of this name.
    pub fn publisher(name: &str) -> Option<&'static Publisher> {
        PUBLISHERS.iter().find(|publisher| publisher.name.eq_ignore_ascii_case(name))
    }
    /// The rows of a publisher, by release.
    pub fn of_publisher(&self, publisher: &str) -> impl Iterator<Item = (&str, &[Arc<Attested>])> {
        let of_it = self.rows.iter().filter(move |((name, _), _)| *name == publisher);
        of_it.map(|((_, release), rows)| (release.as_str(), rows.as_slice()))
    }
    /// The rows of `publisher/release`; none where nothing is attested.
    pub fn rows(&self, name: &str) -> Rows {
        let found = name.split_once('/').and_then(|(publisher, release)| {
            let publisher = Self::publisher(publisher)?;
            self.rows.get(&(publisher.name, release.to_string()))
        });
        Rows::new(found.cloned().unwrap_or_default())
    }

    /// The rows of several names together.
    ///
    /// # Errors
    /// One of them is no release; `wrong` names the place.
    pub(super) fn of_names(&self, names: &[String], wrong: &impl Fn(String) -> Error) -> Result<Rows> {
        let mut all = Vec::new();
        for name in names {
            let rows = self.rows.iter().find(|((publisher, release), _)| name.split_once('/') == Some((*publisher, release.as_str())));
            let Some((_, rows)) = rows else {
                let known: Vec<String> = self.rows.keys().map(|(publisher, release)| format!("{publisher}/{release}")).collect();
                let error = wrong(format!("is released with `{name}`, which is no release"));
                return Err(error.hint(match closest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "it is `publisher/release`, as in config/releases/".to_string(),
                }));
            };
            all.extend(rows.iter().cloned());
        }
        Ok(Rows::new(all))
    }

    /// The weeks of the positioning reports of which something is attested.
    pub(super) fn cot(&self) -> Vec<ReleaseException> {
        let rows = self.rows.get(&("cftc", "cot".to_string())).map_or(&[][..], Vec::as_slice);
        let exceptions = rows.iter().filter_map(|row| {
            let local = DateTime::from_timestamp_micros(row.at?.micros())?.with_timezone(&New_York).naive_local();
            Some(ReleaseException {
                as_of: row.periods.last,
                published_on: local.date(),
                time: local.time(),
                evidence: row.evidence,
                announced_on: row.announced_on,
                note: row.source.clone(),
            })
        });
        exceptions.collect()
    }
}

/// A row as a file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    release: String,
    period: String,
    released_at: String,
    precision: String,
    grade: String,
    announced_on: Option<NaiveDate>,
    evidence: String,
}

/// A row of a user's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    release: String,
    period: String,
    #[serde(default)]
    released_at: String,
    precision: String,
    grade: String,
    announced_on: Option<Day>,
    evidence: String,
}

/// The built-in rows with a user's laid over them: of one period of a release the user's rows replace the others.
///
/// # Errors
/// A row cannot be read, or is of nobody that is known; file and line are named.
pub(super) fn resolve(own: BTreeMap<String, Vec<Entry>>) -> Result<Releases> {
    let mut rows: BTreeMap<(&'static str, String), Vec<Arc<Attested>>> = BTreeMap::new();
    for publisher in PUBLISHERS {
        let (name, text) = publisher.file;
        for (at, line) in csv::Reader::from_reader(text.as_bytes()).deserialize::<Line>().enumerate() {
            let fault = |message: String| Error::config(message).in_file(name).at_row(at as u64 + 2);
            let row = attested(publisher, line.map_err(|error| fault(error.to_string()))?).map_err(fault)?;
            rows.entry((publisher.name, row.release.clone())).or_default().push(Arc::new(row));
        }
    }
    for (name, entries) in own {
        let publisher = Releases::publisher(&name).ok_or_else(|| {
            let known: Vec<&str> = PUBLISHERS.iter().map(|publisher| publisher.name).collect();
            Error::config(format!("`releases.{name}` is of no publisher that is known")).hint(format!("one of {}", known.join(", ")))
        })?;
        for entry in entries {
            let Entry { release, period, released_at, precision, grade, announced_on, evidence } = entry;
            let line = Line { release, period, released_at, precision, grade, announced_on: announced_on.map(|day| day.0), evidence };
            let row = attested(publisher, line).map_err(|message| Error::config(format!("`releases.{name}`: {message}")))?;
            let of_release = rows.entry((publisher.name, row.release.clone())).or_default();
            of_release.retain(|other| other.period != row.period);
            of_release.push(Arc::new(row));
        }
    }
    Ok(Releases { rows })
}

fn attested(publisher: &Publisher, line: Line) -> Result<Attested, String> {
    let Line { release, period, released_at, precision, grade, announced_on, evidence: source } = line;
    let periods = Periods::parse(&period)
        .ok_or_else(|| format!("`{period}` is no period; write `2022-04`, `2022-Q4`, `2022-04-01`, `first..last` or `..last`"))?;
    let names = |all: &[&str]| all.join(", ");
    let precision = Precision::from_name(&precision)
        .ok_or_else(|| format!("the precision `{precision}` is none of {}", names(&Precision::ALL.map(Precision::name))))?;
    let evidence = Evidence::from_name(&grade)
        .ok_or_else(|| format!("the grade `{grade}` is none of {}", names(&Evidence::ALL.map(Evidence::name))))?;
    if source.trim().is_empty() {
        return Err(format!("nobody says when `{release}` of {period} came out"));
    }
    let unreadable = || format!("`{released_at}` is not written for the precision {}", precision.name());
    let (at, day) = match precision {
        Precision::Never if released_at.is_empty() => (None, None),
        Precision::Minute => {
            let at = DateTime::parse_from_str(&released_at, "%Y-%m-%dT%H:%M%:z").map_err(|_| unreadable())?;
            (Some(KnowledgeTime::from_micros(at.timestamp_micros())), Some(at.with_timezone(&publisher.zone).date_naive()))
        }
        Precision::Day => {
            let day: NaiveDate = released_at.parse().map_err(|_| unreadable())?;
            (Some(end_of(day, publisher.zone)), Some(day))
        }
        Precision::Never => return Err(unreadable()),
    };
    if announced_on.zip(day).is_some_and(|(announced, released)| announced > released) {
        return Err(format!("`{release}` of {period} was announced after it had come out"));
    }
    Ok(Attested { publisher: publisher.name, release, period, periods, at, day, precision, evidence, announced_on, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_row_names_a_public_source() {
        let config = Config::built_in().expect("the built-in files are valid");
        for publisher in PUBLISHERS {
            let rows: Vec<_> = config.releases().of_publisher(publisher.name).flat_map(|(_, rows)| rows).collect();
            assert!(!rows.is_empty(), "{}", publisher.name);
            for row in rows {
                let local = ["/work", "realdata", "../", "/home", "/tmp"].iter().find(|path| row.source.contains(*path));
                assert_eq!(local, None, "{} {}: {}", row.release, row.period, row.source);
                let begins = row.periods.last.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp_micros();
                let is_possible = row.at.is_none_or(|at| at.micros() >= begins - 31 * 86_400_000_000);
                assert!(is_possible, "{} {} came out long before its period", row.release, row.period);
            }
        }
    }

    #[test]
    fn a_users_row_replaces_that_of_its_period() {
        let text = "[[releases.bcb]]\nrelease = \"credit\"\nperiod = \"2022-07\"\nreleased_at = \"2022-09-28T08:30-03:00\"\n\
                    precision = \"minute\"\ngrade = \"press\"\nevidence = \"somebody who was there\"\n";
        let config = Config::with_overlay("mine.toml", text).expect("a valid file");
        let series = config.series("bcb_sgs", "20539").expect("a series");
        let at = |month: &str| series.released_by_rule(month.parse().expect("a day")).expect("a release").at.to_string();
        assert_eq!(at("2022-07-01"), "2022-09-28 11:30:00Z");
        assert_eq!(at("2022-03-01"), "2022-07-28 02:59:00Z", "the others stay");
    }

    #[test]
    fn rows_that_make_no_sense_are_named() {
        let refused = |line: &str| {
            let text = format!("[[releases.bcb]]\nrelease = \"credit\"\nevidence = \"x\"\n{line}\n");
            Config::with_overlay("mine.toml", &text).expect_err(line).to_string()
        };
        let when = "precision = \"day\"\ngrade = \"press\"\nreleased_at = \"2022-09-28\"";
        assert!(refused(&format!("period = \"july\"\n{when}")).contains("`july` is no period"));
        assert!(
            refused("period = \"2022-07\"\nprecision = \"day\"\ngrade = \"hearsay\"\nreleased_at = \"2022-09-28\"").contains("`hearsay`")
        );
        assert!(
            refused("period = \"2022-07\"\nprecision = \"minute\"\ngrade = \"press\"\nreleased_at = \"2022-09-28\"")
                .contains("precision minute")
        );
        assert!(refused(&format!("period = \"2022-07\"\n{when}\nannounced_on = 2022-10-01")).contains("announced after"));
        let stranger =
            "[[releases.nobody]]\nrelease = \"x\"\nperiod = \"2022-07\"\nprecision = \"never\"\ngrade = \"press\"\nevidence = \"x\"\n";
        assert!(Config::with_overlay("mine.toml", stranger).is_err_and(|error| error.to_string().contains("no publisher")));
    }
}
