//! A made-up answer in the exact shape of the monthly surveys of Focus: what was expected of the made-up IPCA on each business day of two years,
//! for the month and the one after it, for the demo and for tests. **Every figure is made up** by a generator that gives the same numbers on every
//! machine; expectations come nearer to the figure as its release does.

use std::fmt::Write as _;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::sources::chance::Chance;
use crate::sources::ibge_sidra;
use crate::time::business::BusinessCalendar;

/// Nobody is asked for a month any more when it is published, some days into the next.
const ASKED_UNTIL: u64 = 8;
/// Months for which a survey asks at once.
const N_MONTHS: u32 = 2;

/// Name and bytes of the file.
pub fn file() -> (String, Vec<u8>) {
    let mut chance = Chance::of("FOCUS_IPCA_MONTHLY");
    let context = "https://was-p.bcnet.bcb.gov.br/olinda/servico/Expectativas/versao/v1/odata$metadata#ExpectativaMercadoMensais";
    let mut text = format!("{{\"@odata.context\":\"{context}\",\"value\":[");
    let mut separator = "";
    for (month, change) in ibge_sidra::sample::changes() {
        let (from, to) = (month - Months::new(N_MONTHS - 1), month + Months::new(1) + Days::new(ASKED_UNTIL));
        for day in from.iter_days().take_while(|day| *day < to).filter(|day| BusinessCalendar::Brazil.is_business_day(*day)) {
            let _ = write!(text, "{separator}{}", record(day, month, change, (to - day).num_days() as f64, &mut chance));
            separator = ",";
        }
    }
    text.push_str("]}");
    ("made_up_focus_ipca.json".to_string(), text.into_bytes())
}

/// What was answered on a day, so many days before the figure.
fn record(day: NaiveDate, month: NaiveDate, change: i32, days: f64, chance: &mut Chance) -> String {
    let error = (4.0 + 0.25 * days) * chance.step();
    let median = (f64::from(change) + error).round() / 100.0;
    let spread = 0.05 + 0.001 * days;
    format!(
        r#"{{"Indicador":"IPCA","Data":"{day}","DataReferencia":"{:02}/{}","Media":{:.4},"Mediana":{median:.4},"DesvioPadrao":{spread:.4},"Minimo":{:.4},"Maximo":{:.4},"numeroRespondentes":{},"baseCalculo":0}}"#,
        month.month(),
        month.year(),
        median + 0.002,
        median - 3.0 * spread,
        median + 3.0 * spread,
        120 + (20.0 * chance.share()) as u32
    )
}
