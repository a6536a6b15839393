//! Focus: statistics of a survey per day, page by page; a query without a filter or an order has no answer.

use chrono::{Datelike, NaiveDate};
use contango::time::business::BusinessCalendar;

use super::{Asked, Reply, World, figure, json};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let of = |name: &str| asked.query.get(name).map(String::as_str);
    let (Some(filter), Some(_)) = (of("$filter"), of("$orderby")) else { return Reply::new(504) };
    let quoted = |after: &str| filter.split_once(after).and_then(|(_, rest)| rest.split('\'').nth(1)).expect("a quoted value");
    let day = |after: &str| quoted(after).parse::<NaiveDate>().expect("an ISO day in quotes");
    let indicator = quoted(" eq ");
    let number = |name: &str| of(name).and_then(|text| text.parse::<usize>().ok()).expect("a number");
    let days = world.days(BusinessCalendar::Brazil, day("Data ge "), day("Data le "));
    let rows: Vec<String> = days.flat_map(|day| rows_of(&asked.path, indicator, day)).collect();
    let page: Vec<&String> = rows.iter().skip(number("$skip")).take(number("$top")).collect();
    let page: Vec<&str> = page.into_iter().map(String::as_str).collect();
    json(format!(r#"{{"@odata.context":"https://host/$metadata#{}","value":[{}]}}"#, asked.path, page.join(",")))
}

fn rows_of(set: &str, indicator: &str, day: NaiveDate) -> Vec<String> {
    let median = figure((set, indicator, day));
    let statistics = |lower: bool| {
        let names = ["Media", "Mediana", "DesvioPadrao", "Minimo", "Maximo"];
        let values = [median + 0.01, median, 0.25, median - 1.0, median + 1.0];
        let pairs = names.iter().zip(values).map(|(name, value)| {
            let first = if lower { name[..1].to_lowercase() } else { name[..1].to_string() };
            format!(r#""{first}{}":{value:.2}"#, &name[1..])
        });
        pairs.collect::<Vec<_>>().join(",")
    };
    if set == "ExpectativasMercadoTop5Selic" {
        let row = format!(
            r#""indicador":"{indicator}","Data":"{day}","reuniao":"R8/{}","tipoCalculo":"C","coeficienteVariacao":1.5"#,
            day.year()
        );
        return vec![format!("{{{row},{}}}", statistics(true))];
    }
    let horizon = if set.contains("Selic") {
        format!(r#""Reuniao":"R8/{}""#, day.year())
    } else if set.contains("Mensais") {
        format!(r#""DataReferencia":"{}""#, day.format("%m/%Y"))
    } else if set.contains("Trimestr") {
        format!(r#""DataReferencia":"{}/{}""#, day.quarter(), day.year())
    } else if set.contains("Meses") {
        r#""Suavizada":"S""#.to_string()
    } else {
        format!(r#""IndicadorDetalhe":null,"DataReferencia":"{}""#, day.year())
    };
    let head = format!(r#""Indicador":"{indicator}","Data":"{day}",{horizon},{}"#, statistics(false));
    if set.contains("Top5") {
        return vec![format!(r#"{{{head},"tipoCalculo":"C"}}"#)];
    }
    [0, 1].map(|base| format!(r#"{{{head},"numeroRespondentes":{},"baseCalculo":{base}}}"#, 100 - 50 * base)).to_vec()
}
