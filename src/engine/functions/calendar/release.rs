//! `next_period`, `release_due`, `release_overdue` and `release_earliest`: which figure of a series comes next, and when it is out by what
//! configuration attests, else by its rule.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, Date32Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility};

use super::{Given, date, known_on, number};
use crate::config::{Config, Frequency};
use crate::engine::context::StatementContext;
use crate::engine::functions::Documentation;
use crate::tables::ColumnType;
use crate::time::KnowledgeTime;
use crate::time::release_dates::ReleaseDates;

pub static NEXT: Documentation = Documentation {
    name: "next_period",
    syntax: "next_period(source, series_id, as_of)",
    summary: "The day that the next observation of a series is dated by, after that of `as_of`: the next business day of a daily series by its \
              calendar, the next month by its first or last day. A series that configuration does not describe goes by its source.",
    nulls: "NULL where the source or the day is, and where neither series nor source are described; `series_id` may be NULL.",
    causality: "Configuration, by the holidays that were law at the clock.",
    example: "SELECT next_period('fred', 'PAYEMS', DATE '2024-01-01')",
};

pub static DUE: Documentation = Documentation {
    name: "release_due",
    syntax: "release_due(source, series_id, as_of)",
    summary: "When the figure of `as_of` is out: as its release is attested in config/releases/, else by the rule of its series in \
              config/series.toml, else of its source in config/sources.toml. `available_at` says when a figure was known.",
    nulls: "NULL where the source or the day is, and where there is no rule; `series_id` may be NULL.",
    causality: "Configuration, by the holidays that were law at the clock; a date that is no rule's counts from the day after it was announced, \
                or after the release itself.",
    example: "SELECT as_of, available_at, release_due('fred', series_id, as_of) AS due FROM macro_series WHERE series_id = 'PAYEMS' LIMIT 3",
};

pub static OVERDUE: Documentation = Documentation {
    name: "release_overdue",
    syntax: "release_overdue(source, series_id, as_of)",
    summary: "From when on a figure of `as_of` that is not there is late: release_due and a grace of business days by the calendar of the rule, \
              one for a daily series, two for a weekly, three for a monthly and five for others.",
    nulls: "As release_due.",
    causality: "Configuration, by the holidays that were law at the clock.",
    example: "SELECT release_overdue('fred', 'PAYEMS', DATE '2024-01-01') IS NULL AS nobody_says",
};

pub static EARLIEST: Documentation = Documentation {
    name: "release_earliest",
    syntax: "release_earliest(source, series_id, as_of)",
    summary: "From when on it is worth asking for the figure of `as_of`: where its day is not known, after the shortest lag that any attested \
              release of the series had, else half of what the rule allows. Never later than release_due; `contango update` asks by it, and \
              nothing is dated by it.",
    nulls: "As release_due.",
    causality: "As release_due.",
    example: "SELECT release_earliest('bcb_sgs', '20539', DATE '2024-06-01') < release_due('bcb_sgs', '20539', DATE '2024-06-01') AS sooner",
};

/// Business days for which a figure may be late before that is told.
const fn grace(frequency: Frequency) -> i32 {
    match frequency {
        Frequency::Daily => 1,
        Frequency::Weekly => 2,
        Frequency::Monthly => 3,
        Frequency::Quarterly | Frequency::Annual => 5,
    }
}

pub fn next_period(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Next)
}
pub fn release_due(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Due)
}
pub fn release_overdue(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Overdue)
}

pub fn release_earliest(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Earliest)
}

fn function(context: &StatementContext, asked: Asked) -> ScalarUDF {
    let types = TypeSignature::Exact(vec![DataType::Utf8, DataType::Utf8, DataType::Date32]);
    ScalarUDF::from(Calendar {
        asked,
        signature: Signature::new(types, Volatility::Stable),
        config: context.config.clone(),
        known_on: known_on(context),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Next,
    Due,
    Overdue,
    Earliest,
}

#[derive(Debug)]
struct Calendar {
    asked: Asked,
    signature: Signature,
    config: Arc<Config>,
    known_on: NaiveDate,
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        (self.asked, self.known_on) == (other.asked, other.known_on) && Arc::ptr_eq(&self.config, &other.config)
    }
}
impl Eq for Calendar {}
impl Hash for Calendar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.asked, self.known_on).hash(state);
    }
}

impl ScalarUDFImpl for Calendar {
    fn name(&self) -> &str {
        match self.asked {
            Asked::Next => NEXT.name,
            Asked::Due => DUE.name,
            Asked::Overdue => OVERDUE.name,
            Asked::Earliest => EARLIEST.name,
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::Next => DataType::Date32,
            Asked::Due | Asked::Overdue | Asked::Earliest => ColumnType::Instant.arrow(),
        })
    }
    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = Given::of(&arguments)?;
        let (sources, series, days) = (given.texts(0)?, given.texts(1)?, given.days(2)?);
        let rows = (0..given.rows()).map(|row| {
            let id = series.is_valid(row).then(|| series.value(row));
            let day = days.is_valid(row).then(|| days.value(row)).and_then(date);
            (sources.is_valid(row).then(|| sources.value(row)), id, day)
        });
        let result: ArrayRef = match self.asked {
            Asked::Next => {
                let next = rows.map(|(source, id, day)| next(&self.config, source?, id, day?, self.known_on).and_then(number));
                Arc::new(next.collect::<Date32Array>())
            }
            Asked::Due | Asked::Overdue | Asked::Earliest => {
                let of = match self.asked {
                    Asked::Overdue => overdue,
                    Asked::Earliest => earliest,
                    _ => due,
                };
                let instants = rows.map(|(source, id, day)| of(&self.config, source?, id, day?, self.known_on).map(KnowledgeTime::micros));
                Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
            }
        };
        given.answer(result)
    }
}

fn next(config: &Config, source: &str, id: Option<&str>, as_of: NaiveDate, known_on: NaiveDate) -> Option<NaiveDate> {
    match id.and_then(|id| config.series(source, id)) {
        Some(series) => series.next_period(as_of, known_on),
        None => config.source(source).ok().map(|source| source.calendar.offset_as_known(as_of, 1, known_on)),
    }
}

/// The dates of a series, else those of its source; with the last day of the period, and how often there is a figure.
fn dates<'a>(config: &'a Config, source: &str, id: Option<&str>, as_of: NaiveDate) -> Option<(&'a ReleaseDates, NaiveDate, Frequency)> {
    match id.and_then(|id| config.series(source, id)) {
        Some(series) => Some((series.rule.as_ref()?, series.period_end(as_of)?, series.frequency)),
        None => Some((config.source(source).ok()?.rule.as_ref()?, as_of, Frequency::Daily)),
    }
}

fn due(config: &Config, source: &str, id: Option<&str>, as_of: NaiveDate, known_on: NaiveDate) -> Option<KnowledgeTime> {
    let (dates, period_end, _) = dates(config, source, id, as_of)?;
    dates.due(period_end, known_on)
}

fn earliest(config: &Config, source: &str, id: Option<&str>, as_of: NaiveDate, known_on: NaiveDate) -> Option<KnowledgeTime> {
    let (dates, period_end, _) = dates(config, source, id, as_of)?;
    dates.earliest(period_end, known_on)
}

fn overdue(config: &Config, source: &str, id: Option<&str>, as_of: NaiveDate, known_on: NaiveDate) -> Option<KnowledgeTime> {
    let (dates, period_end, frequency) = dates(config, source, id, as_of)?;
    let (due, rule) = (dates.due(period_end, known_on)?, dates.rule(period_end));
    let local = chrono::DateTime::from_timestamp_micros(due.micros())?.with_timezone(&rule.zone).naive_local();
    let day = rule.calendar.offset_as_known(local.date(), grace(frequency), known_on);
    Some(KnowledgeTime::from_local(day.and_time(local.time()), rule.zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let text = "[series.mine]\nX = { name = \"x\", unit = \"percent\", frequency = \"monthly\", dated = \"start\", revises = false, \
                    release = { month = 1, day = 15, time = \"09:00\", zone = \"America/Sao_Paulo\", calendar = \"BR\" } }\n\
                    [sources.mine]\nurl = \"http://localhost\"\nrevises = false\nrelease_window_days = 1\nrequests_per_minute = 60\ncalendar = \"BR\"\n\
                    release = { business_days = 1, time = \"20:00\", zone = \"America/Sao_Paulo\" }\n";
        Config::with_overlay("mine.toml", text).expect("it makes sense")
    }
    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_series_has_its_own_rule_and_another_goes_by_its_source() {
        let config = config();
        let at = |text| Some(KnowledgeTime::parse(text).expect("an instant"));
        assert_eq!(next(&config, "mine", Some("X"), day("2024-01-01"), NaiveDate::MAX), Some(day("2024-02-01")));
        assert_eq!(due(&config, "mine", Some("X"), day("2024-05-01"), NaiveDate::MAX), at("2024-06-17 12:00:00Z"));
        assert_eq!(
            overdue(&config, "mine", Some("X"), day("2024-05-01"), NaiveDate::MAX),
            at("2024-06-20 12:00:00Z"),
            "three business days for a month"
        );
        for other in [None, Some("Y")] {
            assert_eq!(next(&config, "mine", other, day("2024-02-09"), NaiveDate::MAX), Some(day("2024-02-14")), "over carnival");
            assert_eq!(due(&config, "mine", other, day("2024-02-09"), NaiveDate::MAX), at("2024-02-14 23:00:00Z"));
            assert_eq!(overdue(&config, "mine", other, day("2024-02-09"), NaiveDate::MAX), at("2024-02-15 23:00:00Z"));
        }
        assert_eq!(
            (
                next(&config, "nobody", Some("X"), day("2024-02-09"), NaiveDate::MAX),
                due(&config, "nobody", None, day("2024-02-09"), NaiveDate::MAX)
            ),
            (None, None)
        );
    }

    #[test]
    fn a_holiday_moves_a_release_only_when_it_is_law() {
        let (config, eve) = (config(), day("2024-11-19"));
        assert_eq!(next(&config, "mine", None, eve, day("2023-01-01")), Some(day("2024-11-20")));
        assert_eq!(next(&config, "mine", None, eve, day("2024-01-01")), Some(day("2024-11-21")));
        let at = |text| Some(KnowledgeTime::parse(text).expect("an instant"));
        assert_eq!(due(&config, "mine", None, eve, day("2023-01-01")), at("2024-11-20 23:00:00Z"));
        assert_eq!(due(&config, "mine", None, eve, day("2024-01-01")), at("2024-11-21 23:00:00Z"));
    }
}
