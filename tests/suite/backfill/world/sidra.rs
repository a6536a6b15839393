//! SIDRA: records under a header record; what is not yet there is `...`.

use chrono::NaiveDate;

use super::{Asked, Reply, World, figure, json};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let parts: Vec<&str> = asked.path.split('/').collect();
    let after = |name: &str| parts.iter().position(|part| *part == name).and_then(|at| parts.get(at + 1)).copied();
    let (Some(table), Some(variables), Some(periods)) = (after("t"), after("v"), after("p")) else {
        return Reply::new(400).of("text/plain", "Parâmetros inválidos");
    };
    let class = parts.iter().position(|part| part.starts_with('c') && part[1..].parse::<u32>().is_ok());
    let (first, last) = periods.split_once('-').unwrap_or((periods, periods));
    let month = |text: &str| NaiveDate::parse_from_str(&format!("{text}01"), "%Y%m%d").expect("a month");
    let header_class = class.map(|at| format!(r#","D4C":"Geral, grupo (Código)","D4N":"Geral, grupo, {}""#, parts[at])).unwrap_or_default();
    let mut records = vec![format!(
        r#"{{"NC":"Nível Territorial (Código)","NN":"Nível Territorial","MC":"Unidade de Medida (Código)","MN":"Unidade de Medida","V":"Valor","D1C":"Brasil (Código)","D1N":"Brasil","D2C":"Variável (Código)","D2N":"Variável","D3C":"Mês (Código)","D3N":"Mês"{header_class}}}"#
    )];
    for period in world.months(month(first), month(last)) {
        for variable in variables.split(',') {
            let categories: Vec<&str> = class.map_or(vec![""], |at| parts[at + 1].split(',').collect());
            for category in categories {
                let class = if category.is_empty() { String::new() } else { format!(r#","D4C":"{category}","D4N":"{category}""#) };
                let value = format!("{:.2}", figure((table, variable, category, period)));
                records.push(format!(
                    r#"{{"NC":"1","NN":"Brasil","MC":"2","MN":"%","V":"{value}","D1C":"1","D1N":"Brasil","D2C":"{variable}","D2N":"IPCA","D3C":"{}","D3N":"mês"{class}}}"#,
                    period.format("%Y%m")
                ));
            }
        }
    }
    json(format!("[{}]", records.join(",")))
}
