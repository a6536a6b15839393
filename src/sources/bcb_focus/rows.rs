//! Rows of an answer as typed figures. A row of which a cell cannot be read is set aside as a whole: half a row would look like a survey
//! without that statistic.

use chrono::NaiveDate;

use super::survey::Survey;
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::sources::day::Days;
use crate::sources::number::{self, Separator};
use crate::sources::records::{Cell, Record, Records};

/// The surveys began in 1999.
const DAYS: Days = Days::iso(1998, 2150);

/// The provider's names of the statistics, and the table's.
const STATISTICS: [(&str, &str); 6] = [
    ("Mediana", "median"),
    ("Media", "mean"),
    ("DesvioPadrao", "std"),
    ("CoeficienteVariacao", "coefficient_of_variation"),
    ("Minimo", "min"),
    ("Maximo", "max"),
];

/// One row: what is forecast, by whom, and the statistics of the forecasts.
#[derive(Debug)]
pub(super) struct Row {
    /// Its place in the file.
    pub at: usize,
    pub indicator: String,
    pub detail: String,
    pub day: NaiveDate,
    pub horizon: String,
    pub variant: String,
    /// `None` where the file has no column for it.
    pub sample: Option<&'static str>,
    /// Statistics that the file has a column of, NULL ones among them.
    pub statistics: Vec<(&'static str, Option<f64>)>,
    pub respondents: Option<i64>,
}

impl Row {
    /// What the row is a forecast of, whatever sample it is computed from.
    pub fn forecast(&self) -> (NaiveDate, &str, &str, &str, &str) {
        (self.day, &self.indicator, &self.detail, &self.horizon, &self.variant)
    }
}

/// Where the columns of a file are.
struct Columns {
    indicator: usize,
    day: usize,
    horizon: Option<usize>,
    detail: Option<usize>,
    smoothed: Option<usize>,
    ranking: Option<usize>,
    base: Option<usize>,
    respondents: Option<usize>,
    statistics: Vec<(usize, &'static str, &'static str)>,
    decimals: Separator,
}

/// A cell that cannot be read: its column and what was expected.
type Unfit = (&'static str, String);

/// The rows of an answer to this survey, and those that cannot be taken. `last` is the last day that can have been surveyed.
///
/// # Errors
/// A column that every answer has is missing.
pub(super) fn read(records: &Records, survey: &Survey, last: NaiveDate) -> Result<(Vec<Row>, Vec<Rejection>)> {
    let columns = Columns::of(records, survey)?;
    let (mut rows, mut rejections) = (Vec::with_capacity(records.rows.len()), Vec::new());
    for (at, record) in records.rows.iter().enumerate() {
        match columns.row(record, at, survey, last) {
            Ok(row) => rows.push(row),
            Err((column, reason)) => rejections.push(record.rejection(Some(column), reason)),
        }
    }
    Ok((rows, rejections))
}

impl Columns {
    fn of(records: &Records, survey: &Survey) -> Result<Self> {
        let find = |name: &str| records.column(name);
        let need = |name: &str| {
            find(name).ok_or_else(|| {
                Error::source(format!("an answer to the survey `{}` has a column `{name}`, and this has none", survey.name))
                    .in_column(name)
                    .hint("is the file of another survey? name it with `--series`")
            })
        };
        use super::survey::Horizon::{Meeting, Rolling};
        let horizon = match survey.horizon {
            Rolling(_) => None,
            Meeting => Some(need("Reuniao")?),
            _ => Some(need("DataReferencia")?),
        };
        let statistics: Vec<_> = STATISTICS.into_iter().filter_map(|(theirs, ours)| Some((find(theirs)?, theirs, ours))).collect();
        need("Mediana")?;
        let has_comma = |record: &Record| statistics.iter().any(|(at, ..)| record.cell(*at).written().is_some_and(|n| n.contains(',')));
        let decimals = if records.rows.iter().any(has_comma) { Separator::Comma } else { Separator::Point };
        Ok(Self {
            indicator: need("Indicador")?,
            day: need("Data")?,
            horizon,
            detail: find("IndicadorDetalhe"),
            smoothed: find("Suavizada"),
            ranking: find("tipoCalculo"),
            base: find("baseCalculo"),
            respondents: find("numeroRespondentes"),
            statistics,
            decimals,
        })
    }

    fn row(&self, record: &Record, at: usize, survey: &Survey, last: NaiveDate) -> Result<Row, Unfit> {
        let text = |column: Option<usize>| column.and_then(|column| record.cell(column).written());
        let indicator = text(Some(self.indicator)).ok_or(("Indicador", "the row names no indicator".to_string()))?;
        let written = text(Some(self.day)).unwrap_or_default();
        let day = DAYS.read(written).map_err(|reason| ("Data", reason))?;
        if day > last {
            return Err(("Data", format!("the survey of {day} was not made when the answer is said to have been observed")));
        }
        let written = text(self.horizon);
        let name = if survey.horizon == super::survey::Horizon::Meeting { "Reuniao" } else { "DataReferencia" };
        let horizon =
            survey.horizon_of(written).ok_or_else(|| (name, format!("`{}` is no horizon of this survey", written.unwrap_or_default())))?;
        let statistics = self.statistics.iter().map(|(column, theirs, ours)| Ok((*ours, self.figure(record.cell(*column), theirs)?)));
        let respondents = text(self.respondents);
        Ok(Row {
            at,
            indicator: indicator.to_string(),
            detail: text(self.detail).unwrap_or_default().to_string(),
            day,
            horizon,
            variant: self.variant(record)?,
            sample: self.sample(record, survey)?,
            statistics: statistics.collect::<Result<_, Unfit>>()?,
            respondents: match respondents {
                None => None,
                Some(written) => Some(
                    number::integer(written.as_bytes())
                        .filter(|n| *n >= 0)
                        .ok_or_else(|| ("numeroRespondentes", format!("`{written}` is no number of respondents")))?,
                ),
            },
        })
    }

    fn figure(&self, cell: &Cell, column: &'static str) -> Result<Option<f64>, Unfit> {
        let Some(written) = cell.written() else { return Ok(None) };
        let value = match self.decimals {
            // JSON and programs may write a small number with an exponent.
            Separator::Point => number::scientific(written.as_bytes()),
            Separator::Comma => number::written(written.as_bytes(), Separator::Comma),
        };
        value.map(Some).ok_or_else(|| (column, format!("`{written}` is no number")))
    }

    /// Smoothed or not, and the ranking by which five institutions were the best.
    fn variant(&self, record: &Record) -> Result<String, Unfit> {
        let cell = |column: Option<usize>| column.and_then(|column| record.cell(column).written());
        let smoothed = match cell(self.smoothed) {
            None => None,
            Some("S") => Some("smoothed"),
            Some("N") => Some("unsmoothed"),
            Some(other) => return Err(("Suavizada", format!("expected `S` or `N`, found `{other}`"))),
        };
        let ranking = match cell(self.ranking) {
            None => None,
            Some("C") => Some("short"),
            Some("M") => Some("medium"),
            Some("L") => Some("long"),
            Some(other) => return Err(("tipoCalculo", format!("expected `C`, `M` or `L`, found `{other}`"))),
        };
        Ok(ranking.into_iter().chain(smoothed).collect::<Vec<_>>().join(" "))
    }

    /// The answers that the statistics are of; those of the best five are not told apart.
    fn sample(&self, record: &Record, survey: &Survey) -> Result<Option<&'static str>, Unfit> {
        match (self.base, survey.is_top5) {
            (None, true) => Ok(Some("")),
            (None, false) => Ok(None),
            (Some(base), _) => match record.cell(base).written() {
                Some("0") => Ok(Some("30d")),
                Some("1") => Ok(Some("5d")),
                None if survey.is_top5 => Ok(Some("")),
                other => Err(("baseCalculo", format!("expected `0` or `1`, found `{}`", other.unwrap_or_default()))),
            },
        }
    }
}
