//! Laws of the operators over `macro_series`: each says what asking row by row would have said.

use std::collections::BTreeSet;

use contango::time::KnowledgeTime;

use super::answers::Stand;
use super::lakes::World;
use super::oracle::{self, instant_text};
use super::{agree, for_each_clock};
use crate::support::macro_series::Print;

const LAKES: u64 = 8;
const SERIES: [(&str, &str); 4] = [("agency", "GDP"), ("agency", "OUTPUT"), ("fred", "GDP"), ("fred", "PAYEMS")];

/// The prints of one series, in no order.
fn of_series(prints: &[Print], (source, id): (&str, &str)) -> Vec<Print> {
    prints.iter().filter(|print| (print.source, print.series_id) == (source, id)).cloned().collect()
}

/// Instants at which something was said of a series, up to the clock.
fn publications(prints: &[Print], clock: KnowledgeTime) -> BTreeSet<KnowledgeTime> {
    prints.iter().map(|print| print.available_at).filter(|at| *at <= clock).collect()
}

/// The values known at an instant, by the day that they describe.
fn known(prints: &[Print], at: KnowledgeTime) -> Vec<&Print> {
    let mut known = oracle::latest(prints, at);
    known.retain(|print| print.value.is_some());
    known.sort_by_key(|print| print.as_of);
    known
}

fn number(value: f64) -> String {
    format!("{value:?}")
}

#[test]
fn a_replay_shows_what_was_known_at_each_publication() {
    for_each_clock(LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let prints = oracle::without_repeats(&world.rows.macro_series);
        for (source, id) in SERIES {
            let own = of_series(&prints, (source, id));
            if publications(&own, clock).is_empty() {
                // a series that is not known yet is an error, which the first law asks about
                continue;
            }
            let (mut panel, mut means) = (Vec::new(), Vec::new());
            for at in publications(&own, clock) {
                let history = known(&own, at);
                let last = &history[history.len().saturating_sub(3)..];
                panel.extend(last.iter().map(|print| {
                    vec![
                        instant_text(at),
                        print.as_of.to_string(),
                        number(print.value.unwrap_or(f64::NAN)),
                        instant_text(print.available_at),
                    ]
                }));
                if let Some(newest) = last.last() {
                    let values: Vec<f64> = last.iter().filter_map(|print| print.value).collect();
                    // eight times the window's length in eighths: whole numbers, whatever the mean is rounded to
                    let sum = values.iter().sum::<f64>() * 8.0;
                    means.push(vec![instant_text(at), newest.as_of.to_string(), values.len().to_string(), format!("{sum:.0}")]);
                }
            }
            let arguments = format!("'macro_series', '{id}', source => '{source}'");
            let said =
                format!("SELECT known_at, as_of, value, available_at FROM as_known_panel({arguments}, last => 3) ORDER BY known_at, as_of");
            agree(&said, &stand.rows(&said).await, &Ok(panel))?;
            let said = format!(
                "SELECT known_at, as_of, n, CAST(round(rolling_mean * n * 8) AS BIGINT) FROM rolling_mean({arguments}, window => 3, \
                 min_periods => 1) ORDER BY known_at"
            );
            agree(&said, &stand.rows(&said).await, &Ok(means))?;
        }
        Ok(())
    });
}

#[test]
fn first_releases_are_first_vintages_that_were_news() {
    for_each_clock(LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let prints = oracle::without_repeats(&world.rows.macro_series);
        for (source, id) in SERIES {
            let own = of_series(&prints, (source, id));
            let Some(begin) = publications(&own, clock).into_iter().next() else { continue };
            let readings = oracle::readings(&own, clock);
            let is_first = |print: &Print| {
                !own.iter().any(|other| other.value.is_some() && other.as_of == print.as_of && other.available_at < print.available_at)
            };
            // of what came with the series' first vintage nobody knows how old it was
            let first = readings.iter().filter(|print| is_first(print) && print.available_at != begin);
            let mut expected: Vec<Vec<String>> = first
                .map(|print| vec![print.as_of.to_string(), number(print.value.unwrap_or(f64::NAN)), instant_text(print.available_at)])
                .collect();
            expected.sort();
            let said = format!(
                "SELECT as_of, value, available_at FROM first_release('macro_series', '{id}', source => '{source}') ORDER BY as_of"
            );
            agree(&said, &stand.rows(&said).await, &Ok(expected))?;
        }
        Ok(())
    });
}

#[test]
fn an_as_of_join_finds_what_was_newest_then() {
    for_each_clock(LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let prints = oracle::without_repeats(&world.rows.macro_series);
        let readings = oracle::readings(&prints, clock);
        let nearest = |left: &Print, is_match: &dyn Fn(KnowledgeTime) -> bool, latest: bool| {
            let own = readings.iter().filter(|r| (r.source, r.series_id) == (left.source, left.series_id) && is_match(r.available_at));
            if latest { own.max_by_key(|r| r.available_at) } else { own.min_by_key(|r| r.available_at) }.map(|r| r.value)
        };
        for operator in [">=", ">", "<=", "<"] {
            let mut expected: Vec<Vec<String>> = oracle::vintages(&prints, clock)
                .into_iter()
                .map(|left| {
                    let at = left.available_at;
                    let found = match operator {
                        ">=" => nearest(left, &|t| t <= at, true),
                        ">" => nearest(left, &|t| t < at, true),
                        "<=" => nearest(left, &|t| t >= at, false),
                        _ => nearest(left, &|t| t > at, false),
                    };
                    let found = found.flatten().map_or("NULL".into(), number);
                    vec![left.source.into(), left.series_id.into(), left.as_of.to_string(), instant_text(at), found]
                })
                .collect();
            expected.sort();
            let said = format!(
                "SELECT a.source, a.series_id, a.as_of, a.available_at, b.value FROM macro_series_vintages a ASOF JOIN macro_series_readings b \
                 MATCH_CONDITION (a.available_at {operator} b.available_at) ON a.source = b.source AND a.series_id = b.series_id"
            );
            agree(&said, &stand.sorted(&said).await, &Ok(expected))?;
        }
        Ok(())
    });
}
