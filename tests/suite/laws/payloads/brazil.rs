//! Figures of Brazil: prices and what was expected of them, flows of exchange, public accounts.

use chrono::NaiveDate;
use contango::time::IngestTime;

use super::story::{Story, eighths, months, shown, weekdays};
use super::{Dice, Payloads};

/// Figures in the shape of the central bank's series; none where nothing is shown.
fn figures(days: &[NaiveDate], value: impl Fn(NaiveDate) -> Option<u64>) -> Option<Vec<u8>> {
    let row = |day: &NaiveDate| {
        let value = value(*day).map_or("null".to_string(), |n| format!("\"{}\"", eighths(n)));
        format!(r#"{{"data":"{}","valor":{value}}}"#, day.format("%d/%m/%Y"))
    };
    (!days.is_empty()).then(|| format!("[{}]", days.iter().map(row).collect::<Vec<_>>().join(",")).into_bytes())
}

pub fn prices(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let days = shown(dice, months("2022-10-01", 5), at);
    let figures = figures(&days, |day| Some(story.roll((day, "433")) % 12));
    figures.into_iter().map(|bytes| (Some("433"), bytes)).collect()
}

pub fn flows(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let series: Vec<&'static str> = dice.some(&["FX_TOTAL_NET", "FX_EXPORTS", "FX_FINANCIAL_NET"], 2).into_iter().copied().collect();
    let of_series = |series: &'static str| {
        let days = shown(dice, weekdays(30), at);
        Some((Some(series), figures(&days, |day| story.figure(series, day, at))?))
    };
    series.into_iter().filter_map(of_series).collect()
}

pub fn accounts(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let series: Vec<&'static str> = dice.some(&["PRIMARY", "PRIMARY_CENTRAL", "GROSS_DEBT"], 2).into_iter().copied().collect();
    let of_series = |series: &'static str| {
        let days = shown(dice, months("2021-10-01", 17), at);
        Some((Some(series), figures(&days, |day| Some(story.whole(series, day, at)))?))
    };
    series.into_iter().filter_map(of_series).collect()
}

pub fn surveys(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let is_monthly = !dice.one_in(4);
    let (set, horizons): (&str, &[&str]) = match is_monthly {
        true => ("ExpectativaMercadoMensais", &["12/2022", "01/2023", "02/2023"]),
        false => ("ExpectativasMercadoAnuais", &["2023", "2024"]),
    };
    let days = shown(dice, weekdays(30), at);
    let mut rows = Vec::new();
    for day in days {
        for horizon in horizons {
            for base in 0..2 {
                let median = story.whole(&format!("{horizon} {base}"), day, at) % 12;
                let detail = if is_monthly { "" } else { r#""IndicadorDetalhe":null,"# };
                rows.push(format!(
                    r#"{{"Indicador":"IPCA",{detail}"Data":"{day}","DataReferencia":"{horizon}","Media":{m},"Mediana":{m},"DesvioPadrao":0.125,"Minimo":0.0,"Maximo":8.0,"numeroRespondentes":{},"baseCalculo":{base}}}"#,
                    48 - 8 * base,
                    m = eighths(median)
                ));
            }
        }
    }
    let context = format!("https://was-p.bcnet.bcb.gov.br/olinda/servico/Expectativas/versao/v1/odata$metadata#{set}");
    let text = format!("{{\"@odata.context\":\"{context}\",\"value\":[{}]}}", rows.join(","));
    if rows.is_empty() { Vec::new() } else { vec![(None, text.into_bytes())] }
}
