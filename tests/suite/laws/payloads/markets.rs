//! Curves, bonds and prices of markets.

use chrono::Datelike;
use contango::time::IngestTime;

use super::story::{Story, date, eighths, shown, weekdays};
use super::{Dice, Payloads};
use crate::markets::chart::Chart;
use crate::support::plain::interned;

pub fn curves(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let kinds: [(&str, &[&str]); 2] =
        [("par", &["1 Mo", "2 Yr", "5 Yr", "10 Yr", "30 Yr"]), ("real", &["5 YR", "7 YR", "10 YR", "20 YR", "30 YR"])];
    let mut files = Vec::new();
    for (kind, tenors) in kinds {
        if dice.one_in(3) {
            continue;
        }
        let days = shown(dice, weekdays(20), at);
        let heads: Vec<String> = tenors.iter().map(|tenor| format!("\"{tenor}\"")).collect();
        let mut text = format!("Date,{}", heads.join(","));
        for day in days.iter().rev() {
            let cell = |tenor: &&str| story.figure(&format!("{kind} {tenor}"), *day, at).map(eighths).unwrap_or_default();
            let cells: Vec<String> = tenors.iter().map(cell).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                text += &format!("\n{},{}", day.format("%m/%d/%Y"), cells.join(","));
            }
        }
        if text.contains('\n') {
            files.push((None, text.into_bytes()));
        }
    }
    files
}

pub fn bonds(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let mut text = String::from(
        "Tipo Titulo;Data Vencimento;Data Base;Taxa Compra Manha;Taxa Venda Manha;PU Compra Manha;PU Venda Manha;PU Base Manha\n",
    );
    let n_before = text.len();
    for (bond, maturity) in [("Tesouro Prefixado", "01/01/2029"), ("Tesouro IPCA+", "15/05/2035"), ("Tesouro Selic", "01/03/2027")] {
        for day in shown(dice, weekdays(15), at).iter().rev() {
            let cell = |name: &str| story.whole(&format!("{bond} {name}"), *day, at);
            let comma = |n: u64| format!("{:.3}", n as f64 / 8.0).replace('.', ",");
            text += &format!(
                "{bond};{maturity};{};{};{};{};{};{}\n",
                day.format("%d/%m/%Y"),
                comma(cell("bid")),
                comma(cell("ask")),
                comma(800 + cell("bid price")),
                comma(790 + cell("ask price")),
                comma(790 + cell("base"))
            );
        }
    }
    if text.len() > n_before { vec![(None, text.into_bytes())] } else { Vec::new() }
}

/// A chart up to the last session before the moment; what is split later is divided in the older prices, as the provider does.
pub fn prices(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let Some(made_on) = weekdays(220).take_while(|day| *day < date(at)).last() else { return Vec::new() };
    let made_on_text = interned(&made_on.to_string());
    let symbol = *dice.of(&["SPY", "EURUSD=X"]);
    let mut chart = match symbol {
        "SPY" => Chart::of(symbol, made_on_text),
        _ => Chart::of_currency(symbol, "USD", made_on_text),
    };
    let days: Vec<_> = weekdays(220).take_while(|day| *day <= made_on).enumerate().filter(|(n, day)| *n < 25 || *day == made_on).collect();
    for (n, day) in days {
        let text = interned(&day.to_string());
        let close = story.figure(symbol, day, at).map(|n| (16 + n) as f64);
        chart.closes.push((text, close.or((day == made_on).then_some(24.0))));
        if symbol == "SPY" && n > 3 && day < made_on {
            match story.roll((day, "event")) % 12 {
                0 => chart.splits.push((text, 2.0, 1.0)),
                1 if day.day() % 2 == 0 => chart.dividends.push((text, 0.5)),
                _ => {}
            }
        }
    }
    vec![(None, chart.body().into_bytes())]
}
