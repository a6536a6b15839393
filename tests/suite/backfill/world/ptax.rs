//! PTAX: closing quotes with their stamps, and of other currencies every bulletin of the day.

use contango::time::business::BusinessCalendar;

use super::{Asked, Reply, World, american, figure, json};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let of = |name: &str| asked.query.get(name).expect("a parameter");
    let (first, last) = (american(of("@dataInicial")), american(of("@dataFinalCotacao")));
    let currency = asked.query.get("@moeda").map_or("USD", |currency| currency.trim_matches('\''));
    let days = world.days(BusinessCalendar::Brazil, first, last);
    let rows = days.map(|day| {
        let price = 5.0 + figure((currency, day)) / 1000.0;
        let figures = format!(r#""cotacaoCompra":{price:.4},"cotacaoVenda":{:.4},"dataHoraCotacao":"{day} 13:0{}:12.345""#, price + 0.0006, day.format("%u"));
        match currency {
            "USD" => format!("{{{figures}}}"),
            _ => format!(
                r#"{{"paridadeCompra":1.0,"paridadeVenda":1.0,{opening},"tipoBoletim":"Abertura"}},{{"paridadeCompra":1.0,"paridadeVenda":1.0,{figures},"tipoBoletim":"Fechamento"}}"#,
                opening = figures.replace(" 13:0", " 10:0")
            ),
        }
    });
    json(format!(r#"{{"@odata.context":"https://host/$metadata#_CotacaoDolarPeriodo","value":[{}]}}"#, rows.collect::<Vec<_>>().join(",")))
}
