//! The Treasury: a year of a curve as CSV, newest day first, or as an Atom feed.

use chrono::NaiveDate;
use contango::time::business::BusinessCalendar;

use super::{Asked, Reply, World, figure};

pub fn answer(world: &World, asked: &Asked) -> Reply {
    let of = |name: &str| asked.query.get(name).map(String::as_str).unwrap_or_default();
    let year: i32 = of("field_tdr_date_value").parse().expect("a year");
    let kind = if of("type").is_empty() { of("data") } else { of("type") };
    let is_real = kind == "daily_treasury_real_yield_curve";
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day");
    let days: Vec<NaiveDate> = world.days(BusinessCalendar::UnitedStates, day(1, 1), day(12, 31)).collect();
    let rate = |day: &NaiveDate, years: u32| 3.0 + figure((kind, day, years)) / 100.0;
    let tenors: &[(u32, &str)] = if is_real {
        &[(5, "5 YR"), (7, "7 YR"), (10, "10 YR"), (20, "20 YR"), (30, "30 YR")]
    } else {
        &[(1, "1 Yr"), (2, "2 Yr"), (5, "5 Yr"), (10, "10 Yr"), (30, "30 Yr")]
    };
    if asked.path.ends_with("pages/xml") {
        let (prefix, unit) = if is_real { ("TC", "YEAR") } else { ("BC", "YEAR") };
        let entry = |day: &NaiveDate| {
            let rates = tenors.iter().map(|(years, _)| {
                let name = format!("{prefix}_{years}{unit}");
                format!(r#"<d:{name} m:type="Edm.Double">{:.2}</d:{name}>"#, rate(day, *years))
            });
            let rates = rates.collect::<String>();
            format!(
                r#"<entry><content type="application/xml"><m:properties><d:NEW_DATE m:type="Edm.DateTime">{day}T00:00:00</d:NEW_DATE>{rates}</m:properties></content></entry>"#
            )
        };
        let feed = format!(
            r#"<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><title>{kind}</title>{}</feed>"#,
            days.iter().map(entry).collect::<String>()
        );
        return Reply::new(200).of("application/xml", feed);
    }
    let names: Vec<String> = tenors.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    let mut text = format!("Date,{}", names.join(","));
    for day in days.iter().rev() {
        let rates: Vec<String> = tenors.iter().map(|(years, _)| format!("{:.2}", rate(day, *years))).collect();
        text.push_str(&format!("\n{},{}", day.format("%m/%d/%Y"), rates.join(",")));
    }
    Reply::new(200).of("text/csv", text)
}
