//! Tesouro Direto: the whole history in one file, in no order of days.

use chrono::NaiveDate;
use contango::time::business::BusinessCalendar;

use super::{Asked, Reply, World, figure};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    assert_eq!(asked.path, "precotaxatesourodireto.csv");
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    let mut text = String::from(
        "Tipo Titulo;Data Vencimento;Data Base;Taxa Compra Manha;Taxa Venda Manha;PU Compra Manha;PU Venda Manha;PU Base Manha\n",
    );
    let comma = |value: f64| format!("{value:.2}").replace('.', ",");
    for (bond, maturity) in [("Tesouro Prefixado", "2029-01-01"), ("Tesouro IPCA+", "2035-05-15")] {
        let days: Vec<NaiveDate> = world.days(BusinessCalendar::Brazil, day("2026-01-02"), world.today).collect();
        for of in days.iter().rev() {
            let rate = 5.0 + figure((bond, of)) / 10.0;
            text.push_str(&format!(
                "{bond};{};{};{};{};{};{};{}\n",
                day(maturity).format("%d/%m/%Y"),
                of.format("%d/%m/%Y"),
                comma(rate),
                comma(rate + 0.12),
                comma(700.0 + rate),
                comma(698.0 + rate),
                comma(698.0 + rate)
            ));
        }
    }
    Reply::new(200).of("text/csv", text)
}
