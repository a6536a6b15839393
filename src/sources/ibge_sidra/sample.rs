//! A made-up answer in the exact shape of SIDRA's table 7060, two years of the IPCA as a whole, for the demo and for tests. **Every figure is
//! made up** by a generator that gives the same numbers on every machine.

use std::fmt::Write as _;

use chrono::{Months, NaiveDate};

use crate::sources::chance::Chance;

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2022, 1, 1).expect("a day");
const N_MONTHS: u32 = 24;

/// The first record names the columns.
const HEADER: &str = r#"{"NC":"Nível Territorial (Código)","NN":"Nível Territorial","MC":"Unidade de Medida (Código)","MN":"Unidade de Medida","V":"Valor","D1C":"Brasil (Código)","D1N":"Brasil","D2C":"Variável (Código)","D2N":"Variável","D3C":"Mês (Código)","D3N":"Mês","D4C":"Geral, grupo, subgrupo, item e subitem (Código)","D4N":"Geral, grupo, subgrupo, item e subitem"}"#;

/// The changes in hundredths of a percent, month by month.
pub fn changes() -> Vec<(NaiveDate, i32)> {
    let mut chance = Chance::of("IPCA");
    let mut momentum = 0.0;
    let mut change = |n: u32| {
        momentum = 0.6 * momentum + 22.0 * chance.step();
        (FIRST + Months::new(n), (42.0 + momentum).round() as i32)
    };
    (0..N_MONTHS).map(&mut change).collect()
}

/// Name and bytes of the file.
pub fn file() -> (String, Vec<u8>) {
    let mut text = format!("[{HEADER}");
    for (month, change) in changes() {
        let _ = write!(
            text,
            r#",{{"NC":"1","NN":"Brasil","MC":"2","MN":"%","V":"{:.2}","D1C":"1","D1N":"Brasil","D2C":"63","D2N":"IPCA - Variação mensal","D3C":"{}","D3N":"{}","D4C":"7169","D4N":"Índice geral"}}"#,
            f64::from(change) / 100.0,
            month.format("%Y%m"),
            month.format("%m/%Y")
        );
    }
    text.push(']');
    ("made_up_ipca.json".to_string(), text.into_bytes())
}
