//! FRED: every series has two vintages, of one month.

use chrono::{Datelike, Days};

use super::{Asked, Reply, World, figure, json};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let day = |ago: u64| world.today - Days::new(ago);
    let (first_day, last_day, revised_on, month) =
        (day(120).to_string(), day(91).to_string(), day(90).to_string(), day(150).with_day(1).expect("a day"));
    if !asked.query.contains_key("api_key") {
        return Reply::new(400)
            .of("text/plain", r#"{"error_code":400,"error_message":"Bad Request.  The value for variable api_key is not set."}"#);
    }
    let id = asked.query.get("series_id").expect("a series");
    match asked.path.as_str() {
        "series/vintagedates" => json(format!(
            r#"{{"realtime_start":"1776-07-04","realtime_end":"9999-12-31","count":2,"vintage_dates":["{first_day}","{revised_on}"]}}"#
        )),
        "series/observations" => {
            let of = |name: &str, else_| asked.query.get(name).map_or(else_, String::as_str);
            let (start, end) = (of("realtime_start", "1776-07-04"), of("realtime_end", "9999-12-31"));
            let (first, revised) = (figure((id, 1)), figure((id, 2)));
            let rows = [(first_day.as_str(), last_day.as_str(), first), (revised_on.as_str(), "9999-12-31", revised)].into_iter();
            let rows = rows.filter(|(from, to, _)| *to >= start && *from <= end);
            let rows: Vec<String> = rows
                .map(|(from, to, value)| {
                    let (from, to) = (from.max(start), to.min(end));
                    format!(r#"{{"realtime_start":"{from}","realtime_end":"{to}","date":"{month}","value":"{value}"}}"#)
                })
                .collect();
            json(format!(
                r#"{{"realtime_start":"{start}","realtime_end":"{end}","observation_start":"1600-01-01","observation_end":"9999-12-31","units":"lin","output_type":1,"file_type":"json","order_by":"observation_date","sort_order":"asc","count":{n},"offset":0,"limit":100000,"observations":[{}]}}"#,
                rows.join(","),
                n = rows.len()
            ))
        }
        other => panic!("FRED is not asked for `{other}`"),
    }
}
