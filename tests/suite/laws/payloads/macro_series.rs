//! Economic series with the vintages that their source stamps: answers of ALFRED, and a user's own table.

use chrono::{Days, NaiveDate};
use contango::time::IngestTime;

use super::story::{Story, date, eighths, months};
use super::{Dice, Payloads};

const BEGINNING: &str = "1776-07-04";
const END: &str = "9999-12-31";

/// The days on which figures of a month came out, up to a day.
fn releases(story: &Story, series: &str, month: NaiveDate, up_to: NaiveDate) -> Vec<NaiveDate> {
    let n = 1 + story.roll((series, month, "releases")) % 3;
    let first = month + Days::new(30 + story.roll((series, month, "first")) % 40);
    let all = (0..n).map(|n| first + Days::new(n * (1 + story.roll((series, month, n)) % 30)));
    let mut all: Vec<NaiveDate> = all.filter(|of| *of <= up_to).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn value(story: &Story, series: &str, month: NaiveDate, release: NaiveDate) -> Option<u64> {
    let roll = story.roll((series, month, release, "value"));
    (!roll.is_multiple_of(9)).then_some(64 + roll % 24)
}

/// All that was published of some series by the moment.
pub fn fred(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let series: Vec<&'static str> = dice.some(&["GDP", "PAYEMS", "DGS10"], 2).into_iter().copied().collect();
    let of_series = |series: &'static str| {
        let mut rows = Vec::new();
        for month in months("2022-07-01", 7) {
            let releases = releases(story, series, month, date(at) - Days::new(1));
            for (n, from) in releases.iter().enumerate() {
                let to = releases.get(n + 1).map_or(END.to_string(), |next| (*next - Days::new(1)).to_string());
                let value = value(story, series, month, *from).map_or(".".to_string(), eighths);
                rows.push(format!(r#"{{"realtime_start":"{from}","realtime_end":"{to}","date":"{month}","value":"{value}"}}"#));
            }
        }
        let n = rows.len();
        let text = format!(
            r#"{{"realtime_start":"{BEGINNING}","realtime_end":"{END}","observation_start":"1600-01-01","observation_end":"9999-12-31","units":"lin","output_type":1,"file_type":"json","order_by":"observation_date","sort_order":"asc","count":{n},"offset":0,"limit":100000,"observations":[{}]}}"#,
            rows.join(",")
        );
        (n > 0).then(|| (Some(series), text.into_bytes()))
    };
    series.into_iter().filter_map(of_series).collect()
}

/// A part of what the user has, in any order of rows.
pub fn vintages(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let mut rows = Vec::new();
    for series in ["OUTPUT", "PAYEMS"] {
        for month in months("2022-09-01", 5) {
            for release in releases(story, series, month, date(at) - Days::new(1)) {
                if dice.one_in(5) {
                    continue;
                }
                // now and then a file says something else of the same stamp than the one before it
                let said = match story.roll((series, month, release)) % 8 {
                    0 => story.roll((series, month, release, at.micros())) % 24 + 64,
                    _ => value(story, series, month, release).unwrap_or(64),
                };
                rows.push(format!("{series},{month},{},{release}T13:30:00Z", eighths(said)));
            }
        }
    }
    super::shuffle(dice, &mut rows);
    let text = format!("series_id,as_of,value,available_at\n{}\n", rows.join("\n"));
    if rows.is_empty() { Vec::new() } else { vec![(Some("source=agency"), text.into_bytes())] }
}
