//! The series server of the Banco Central: a list of figures, none before a series begins.

use chrono::NaiveDate;
use contango::config::Frequency;
use contango::time::business::BusinessCalendar;

use super::{Asked, Reply, World, figure, json};

/// A code that the server knows and has no figures of.
const EMPTY: &str = "4466";

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let code = asked.path.strip_prefix("bcdata.sgs.").and_then(|rest| rest.strip_suffix("/dados")).expect("a code");
    let day = |name: &str| asked.query.get(name).map(|text| NaiveDate::parse_from_str(text, "%d/%m/%Y").expect("dd/mm/yyyy"));
    let (first, last) = (day("dataInicial"), day("dataFinal").unwrap_or(world.today));
    let series = world.config.series.iter().find(|series| {
        ["bcb_sgs", "bcb_fx_flow", "stn_fiscal"].contains(&series.source.as_str()) && series.code.as_deref().unwrap_or(&series.id) == code
    });
    let Some(series) = series.filter(|_| code != EMPTY) else {
        return Reply::new(404).of("text/plain", r#"{"error":{"statusCode":404,"detail":"Value(s) not found"}}"#);
    };
    let is_daily = series.frequency == Frequency::Daily;
    if is_daily && first.is_none_or(|first| last.years_since(first).is_some_and(|years| years >= 10)) {
        let said = "O sistema aceita uma janela de consulta de, no máximo, 10 anos em séries de periodicidade diária";
        return Reply::new(406).of("text/plain", format!(r#"{{"error":"{said}","message":"{said}","syntax":""}}"#));
    }
    let first = first.unwrap_or(NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day"));
    let days: Vec<NaiveDate> =
        if is_daily { world.days(BusinessCalendar::Brazil, first, last).collect() } else { world.months(first, last).collect() };
    let row = |day: &NaiveDate| format!(r#"{{"data":"{}","valor":"{:.2}"}}"#, day.format("%d/%m/%Y"), 1.0 + figure((code, day)));
    json(format!("[{}]", days.iter().map(row).collect::<Vec<_>>().join(",")))
}
