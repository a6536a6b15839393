//! Every attested release held against what the engine would date it by, and against the rule alone: hours early and late, as a table. No
//! figure may be known before anybody attests that it was out. `--nocapture` prints the table.

use std::collections::BTreeMap;

use contango::config::{Config, PUBLISHERS, Series};
use contango::time::KnowledgeTime;
use contango::time::attested::Attested;

const HOUR: f64 = 3_600_000_000.0;

/// One row of the table.
struct Checked {
    release: String,
    period: String,
    rule_says: KnowledgeTime,
    engine_says: KnowledgeTime,
    truth: KnowledgeTime,
}

impl Checked {
    fn hours_early(&self, says: KnowledgeTime) -> f64 {
        (self.truth.micros() - says.micros()) as f64 / HOUR
    }
    fn line(&self) -> String {
        let early = self.hours_early(self.engine_says);
        let verdict = if early > 0.0 { "LEAK" } else { "LATE" };
        let by_rule = self.hours_early(self.rule_says);
        format!("{},{},{},{},{},{by_rule:.1},{early:.1},{verdict}", self.release, self.period, self.rule_says, self.engine_says, self.truth)
    }
}

/// The series that are of a release.
fn series_of<'a>(config: &'a Config, name: &str) -> impl Iterator<Item = &'a Series> {
    let name = name.to_string();
    config.series.iter().filter(move |series| series.releases.contains(&name))
}

fn checked(series: &Series, name: &str, row: &Attested) -> Option<Checked> {
    let (dates, truth) = (series.rule.as_ref()?, row.at?);
    let (rule_says, engine_says) = if series.source == "fred" {
        // stamped by day: the hour alone is ours
        let hour = series.released?;
        let local = row.day?.and_time(hour.time);
        (KnowledgeTime::from_local(local, hour.zone), series.release(row.day?).at)
    } else {
        let period_end = row.periods.last;
        (dates.rule(period_end).release(period_end)?.at, dates.release(period_end)?.at)
    };
    Some(Checked { release: name.to_string(), period: row.period.clone(), rule_says, engine_says, truth })
}

#[test]
fn no_figure_is_known_before_it_was_out() {
    let config = Config::built_in().expect("the built-in files are valid");
    let mut table: BTreeMap<(String, String), Checked> = BTreeMap::new();
    let mut n_checked = 0;
    for publisher in PUBLISHERS {
        for (release, rows) in config.releases().of_publisher(publisher.name) {
            let name = format!("{}/{release}", publisher.name);
            for (series, row) in series_of(&config, &name).flat_map(|series| rows.iter().map(move |row| (series, row))) {
                let Some(checked) = checked(series, &name, row) else { continue };
                n_checked += 1;
                assert!(checked.hours_early(checked.engine_says) <= 0.0, "{} {}: {}", series.source, series.id, checked.line());
                table.insert((name.clone(), row.period.clone()), checked);
            }
        }
    }
    println!("release,period,rule_says,engine_says,true_release,hours_rule_is_early,hours_engine_is_early,verdict");
    table.values().for_each(|checked| println!("{}", checked.line()));
    assert!(n_checked > 2000, "{n_checked} pairs of a series and a release");
    // rules that claim the late end of what is attested keep it by themselves; strikes and shutdowns are no rule's
    for release in ["ibge/ipca", "ibge/ipca15", "fgv/igpm", "fgv/igpdi", "bls/claims", "bls/jolts", "bls/ppi"] {
        let early = table.values().filter(|checked| checked.release == release && checked.hours_early(checked.rule_says) > 0.0);
        assert_eq!(early.map(Checked::line).collect::<Vec<_>>(), [""; 0], "the rule of {release}");
    }
}

#[test]
fn every_release_dates_a_series() {
    let config = Config::built_in().expect("the built-in files are valid");
    let mut of_none = Vec::new();
    for publisher in PUBLISHERS {
        let releases = config.releases().of_publisher(publisher.name).map(|(release, _)| format!("{}/{release}", publisher.name));
        of_none.extend(releases.filter(|name| series_of(&config, name).next().is_none()));
    }
    // reports and curves are dated by name; of the others no series is described
    let known = ["bea/goods_trade", "bls/eci", "cftc/cot", "fed/h15", "ibge/gdp", "ibge/pmc", "ibge/pme", "mte/caged"];
    let curves = ["treasury/real", "treasury/real_20y", "treasury/real_30y"];
    assert_eq!(of_none, known.into_iter().chain(curves).collect::<Vec<_>>());
    // and of a source that has a release no series is left out
    for (source, name) in
        [("bcb_fx_flow", "bcb/exchange_flow"), ("stn_fiscal", "bcb/fiscal"), ("bcb_ptax", "bcb/ptax"), ("bcb_focus", "bcb/focus")]
    {
        assert!(config.series_of(source).all(|series| series.releases.iter().any(|of| of == name)), "{source}");
    }
}

#[test]
fn every_day_of_an_attested_period_is_dated_by_its_row() {
    let config = Config::built_in().expect("the built-in files are valid");
    let focus = config.source("bcb_focus").expect("a source").rule.as_ref().expect("a rule");
    for (release, rows) in config.releases().of_publisher("bcb").filter(|(release, _)| ["focus", "exchange_flow"].contains(release)) {
        let flow = config.series("bcb_fx_flow", "FX_TOTAL_NET").expect("a series").rule.as_ref().expect("a rule");
        let dates = if release == "focus" { focus } else { flow };
        for row in rows {
            for day in row.periods.first.iter_days().take_while(|day| *day <= row.periods.last) {
                let at = dates.release(day).expect("a release").at;
                assert!(Some(at) >= row.at, "{release} of {day} is known at {at}, and came out at {:?}", row.at);
            }
        }
    }
}

#[test]
fn no_positioning_report_is_known_before_it_was_out() {
    let config = Config::built_in().expect("the built-in files are valid");
    for (_, rows) in config.releases().of_publisher("cftc") {
        for row in rows {
            for report in ["tff", "disaggregated", "legacy"] {
                let at = config.cot_calendar().release(report, row.periods.last).at;
                assert!(Some(at) >= row.at, "{report} of {}", row.period);
            }
        }
    }
}

#[test]
fn figures_that_began_to_be_published_later_have_a_floor() {
    let config = Config::built_in().expect("the built-in files are valid");
    let known = [
        ("bcb_sgs", "22701", "1999-06-01", "2015-04-23 02:59:00Z"),
        ("bcb_sgs", "20539", "2008-06-01", "2013-02-27 02:59:00Z"),
        ("bcb_sgs", "24363", "2005-01-01", "2016-04-02 02:59:00Z"),
        ("bcb_sgs", "24369", "2013-06-01", "2015-03-12 12:00:00Z"),
        ("bcb_sgs", "28561", "2020-01-01", "2020-05-28 02:59:00Z"),
        ("bcb_sgs", "433", "2016-11-01", "2016-12-09 11:00:00Z"),
        ("bcb_sgs", "1", "2022-03-10", "2022-03-11 02:59:00Z"),
    ];
    for (source, id, as_of, at) in known {
        let series = config.series(source, id).expect("a series");
        let release = series.released_by_rule(as_of.parse().expect("a date")).expect("a release");
        assert_eq!(release.at.to_string(), at, "{source} {id} of {as_of}");
    }
}

#[test]
fn hours_of_american_figures_are_those_of_their_day() {
    let config = Config::built_in().expect("the built-in files are valid");
    let known = [
        ("PCE", "2016-02-26", "2016-02-26 15:00:00Z scheduled"),
        ("PCE", "2016-02-01", "2016-02-01 13:30:00Z scheduled"),
        ("PCE", "2015-12-22", "2015-12-23 04:59:00Z lagged"),
        ("PCE", "1990-03-01", "1990-03-02 05:00:00Z lagged"),
        ("DGORDER", "2012-02-03", "2012-02-03 15:00:00Z scheduled"),
        ("DGORDER", "2012-01-26", "2012-01-26 13:30:00Z scheduled"),
        ("INDPRO", "2017-03-31", "2017-03-31 16:00:00Z scheduled"),
        ("INDPRO", "2015-07-21", "2015-07-21 14:00:00Z scheduled"),
        ("INDPRO", "2016-04-01", "2016-04-02 03:59:00Z lagged"),
        ("PAYEMS", "2024-07-05", "2024-07-05 12:30:00Z scheduled"),
        ("PAYEMS", "2012-07-06", "2012-07-06 12:30:00Z rule"),
    ];
    for (id, day, expected) in known {
        let release = config.series("fred", id).expect("a series").release(day.parse().expect("a date"));
        assert_eq!(format!("{} {}", release.at, release.availability.name()), expected, "{id} of {day}");
    }
}
