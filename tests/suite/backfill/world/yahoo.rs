//! Yahoo's charts: bars of days with a hole in them, a dividend, and the live price after the last of them.

use chrono::NaiveDate;
use contango::time::business::BusinessCalendar;

use super::{Asked, Reply, World, figure, json};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let symbol = asked.path.strip_prefix("v8/finance/chart/").expect("a chart");
    let seconds = |name: &str| asked.query.get(name).and_then(|text| text.parse::<i64>().ok()).expect("seconds");
    let first = chrono::DateTime::from_timestamp(seconds("period1"), 0).expect("an instant").date_naive();
    let first = first.max(NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day"));
    let days: Vec<NaiveDate> = world.days(BusinessCalendar::UnitedStates, first, world.today).collect();
    let stamp = |day: &NaiveDate| day.and_hms_opt(14, 30, 0).expect("a time").and_utc().timestamp();
    let price = |day: &NaiveDate| 50.0 + figure((symbol, day)) / 10.0;
    let list = |of: &dyn Fn(&NaiveDate) -> String| days.iter().map(of).collect::<Vec<_>>().join(",");
    let is_hole = |day: &NaiveDate| figure((day, "hole")) < 2.0;
    let cell = |day: &NaiveDate, add: f64| if is_hole(day) { "null".to_string() } else { format!("{:.2}", price(day) + add) };
    let instrument = world.config.instruments.iter().find(|instrument| instrument.yahoo == symbol).expect("a described instrument");
    json(format!(
        r#"{{"chart":{{"result":[{{"meta":{{"currency":"{}","symbol":"{symbol}","instrumentType":"EQUITY","exchangeTimezoneName":"America/New_York","gmtoffset":-18000,"priceHint":2,"dataGranularity":"1d","regularMarketTime":{}}},"timestamp":[{}],"indicators":{{"quote":[{{"open":[{}],"high":[{}],"low":[{}],"close":[{}],"volume":[{}]}}],"adjclose":[{{"adjclose":[{}]}}]}}}}],"error":null}}}}"#,
        instrument.currency,
        days.last().map_or(0, stamp),
        list(&|day| stamp(day).to_string()),
        list(&|day| cell(day, 0.0)),
        list(&|day| cell(day, 0.5)),
        list(&|day| cell(day, -0.5)),
        list(&|day| cell(day, 0.25)),
        list(&|day| if is_hole(day) { "null".to_string() } else { "1000".to_string() }),
        list(&|day| cell(day, 0.25)),
    ))
}
