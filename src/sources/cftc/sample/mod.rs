//! A made-up sample in the CFTC's exact shape: yearly ZIPs of the TFF and Disaggregated reports, 2022 to 2024, for the demo and for tests.
//!
//! The shape is the provider's (columns, padding, CRLF, newest week first, `.` for trader counts that are not disclosed and for changes
//! without a week before, the Monday report of 2023-07-03, the renamings of February 2022, a market that ends); **every figure is made up**
//! by a small generator of its own, the same on every machine. Positions add up, changes and percentages follow from them, and the
//! consolidated market is off by one now and then, as the real one is.

mod markets;

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use chrono::{Datelike, Days, NaiveDate};

use self::markets::{ENDED, MARKETS, Market};
use super::report::{CONCENTRATIONS, Layout, OPEN_INTEREST, Report, Side};
use crate::sources::chance::Chance;

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2022, 1, 4).expect("a day");
const LAST: NaiveDate = NaiveDate::from_ymd_opt(2024, 12, 31).expect("a day");
/// From this report on markets carry their new names.
const RENAMED: NaiveDate = NaiveDate::from_ymd_opt(2022, 2, 8).expect("a day");
/// The Tuesday was a holiday, and the report described the Monday.
const MONDAY_REPORT: NaiveDate = NaiveDate::from_ymd_opt(2023, 7, 3).expect("a day");
/// Below this number of traders a count is not disclosed.
const DISCLOSED: i64 = 4;

/// The sample's files: name and bytes, in the order of the years.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (report, member) in [(Report::Tff, "FinFutYY.txt"), (Report::Disaggregated, "f_year.txt")] {
        let layout = Layout::new(report);
        let histories: Vec<(&Market, Vec<Week>)> =
            MARKETS.iter().filter(|market| market.report == report).map(|market| (market, history(market, &layout))).collect();
        for year in FIRST.year()..=LAST.year() {
            let mut text = header(&layout);
            for (market, weeks) in &histories {
                for at in (0..weeks.len()).rev().filter(|at| weeks[*at].date.year() == year) {
                    line(&mut text, &layout, market, &weeks[at], at.checked_sub(1).map(|before| &weeks[before]));
                }
            }
            let name = if report == Report::Tff { "fut_fin_txt" } else { "fut_disagg_txt" };
            files.push((format!("{name}_{year}.zip"), zipped(member, &text)));
        }
    }
    files.sort_by_key(|(name, _)| name[name.len() - 8..].to_string());
    files
}

/// What one report says of one market.
struct Week {
    date: NaiveDate,
    /// Figures by group, as [`Layout`] orders them.
    positions: Vec<Vec<i64>>,
    traders: Vec<Vec<i64>>,
    concentrations: Vec<[f64; CONCENTRATIONS]>,
}

fn dates() -> impl Iterator<Item = NaiveDate> {
    FIRST.iter_weeks().take_while(|date| *date <= LAST).map(|tuesday| {
        let monday = tuesday - Days::new(1);
        if monday == MONDAY_REPORT { monday } else { tuesday }
    })
}

fn history(market: &Market, layout: &Layout) -> Vec<Week> {
    let mut chance = Chance::of(market.code);
    let categories = layout.report.categories();
    let mut size = 0.0_f64;
    let mut weights: Vec<[f64; 3]> = categories
        .iter()
        .map(|category| [chance.share() + 0.2, chance.share() + 0.2, if category.spreads { 0.05 + 0.25 * chance.share() } else { 0.0 }])
        .collect();
    let (ended, (year, month, day)) = ENDED;
    let end = if market.code == ended { NaiveDate::from_ymd_opt(year, month, day).unwrap_or(LAST) } else { LAST };
    let mut weeks = Vec::new();
    for date in dates().take_while(|date| *date <= end) {
        size = 0.97 * size + 0.04 * chance.step();
        for weight in weights.iter_mut().flatten().filter(|weight| **weight > 0.0) {
            *weight = (*weight * (1.0 + 0.08 * chance.step())).clamp(0.03, 1.5);
        }
        let all = positions(layout, market.open_interest * size.exp(), &weights, market.code.ends_with('+') && chance.share() < 0.3);
        let mut groups = vec![all];
        if layout.groups() == 3 {
            let other = if market.crops { crop_share(date) } else { 0.0 };
            let other = part(layout, &groups[0], other);
            let old = groups[0].iter().zip(&other).map(|(all, other)| all - other).collect();
            groups.extend([old, other]);
        }
        let traders = groups.iter().map(|figures| traders(layout, figures, market.open_interest, &mut chance)).collect();
        let concentrations = groups.iter().map(|figures| concentrations(figures[OPEN_INTEREST], &mut chance)).collect();
        weeks.push(Week { date, positions: groups, traders, concentrations });
    }
    weeks
}

/// How much of a crop market is in the next crop: little after the harvest, much before the next one.
fn crop_share(date: NaiveDate) -> f64 {
    f64::from((date.ordinal() + 120) % 365) / 365.0 * 0.6 + 0.05
}

/// Open interest split over the categories by weight; what is left on each side is nonreportable.
fn positions(layout: &Layout, open_interest: f64, weights: &[[f64; 3]], rounded: bool) -> Vec<i64> {
    let mut figures = vec![0_i64; layout.figures()];
    figures[OPEN_INTEREST] = open_interest as i64;
    let whole = figures[OPEN_INTEREST] as f64;
    let spread_share: f64 = weights.iter().map(|weight| weight[2]).sum();
    let spread_scale = 0.3 / spread_share.max(0.3);
    let mut spreads = 0;
    for (category, weight) in weights.iter().enumerate() {
        if let Some(figure) = layout.category_sides(category)[2] {
            figures[figure] = (whole * weight[2] * spread_scale) as i64;
            spreads += figures[figure];
        }
    }
    for (side, which) in [(0, Side::Long), (1, Side::Short)] {
        let rest_weight = 0.25;
        let sum: f64 = weights.iter().map(|weight| weight[side]).sum::<f64>() + rest_weight;
        let outright = (figures[OPEN_INTEREST] - spreads) as f64;
        let mut total = spreads;
        for (category, weight) in weights.iter().enumerate() {
            if let Some(figure) = layout.category_sides(category)[side] {
                figures[figure] = (outright * weight[side] / sum) as i64;
                total += figures[figure];
            }
        }
        figures[layout.total(which)] = total;
        figures[layout.nonreportable(which)] = figures[OPEN_INTEREST] - total;
    }
    if rounded {
        figures[layout.total(Side::Long)] += 1;
    }
    figures
}

/// A share of every figure that adds up as the whole does.
fn part(layout: &Layout, all: &[i64], share: f64) -> Vec<i64> {
    let mut figures: Vec<i64> = all.iter().map(|value| (*value as f64 * share) as i64).collect();
    for (side, which) in [(0, Side::Long), (1, Side::Short)] {
        let own = (0..layout.report.categories().len()).map(|category| layout.category_sides(category));
        let total: i64 = own.flat_map(|sides| [sides[side], sides[2]]).flatten().map(|figure| figures[figure]).sum();
        figures[layout.total(which)] = total;
        figures[layout.nonreportable(which)] = figures[OPEN_INTEREST] - total;
    }
    figures
}

/// Counts that go with the positions; the first is the total.
fn traders(layout: &Layout, positions: &[i64], size: f64, chance: &mut Chance) -> Vec<i64> {
    let mut counts = vec![0_i64; layout.trader_figures()];
    for figure in 1..layout.total(Side::Long) {
        if positions[figure] > 0 {
            counts[figure] = (400.0 * positions[figure] as f64 / size * (0.5 + chance.share())) as i64 + 1;
        }
    }
    for side in [Side::Long, Side::Short] {
        let which = if side == Side::Long { 0 } else { 1 };
        let own = (0..layout.report.categories().len()).map(|category| layout.category_sides(category));
        counts[layout.total(side)] = own.flat_map(|sides| [sides[which], sides[2]]).flatten().map(|figure| counts[figure]).sum();
    }
    counts[OPEN_INTEREST] = (counts[layout.total(Side::Long)] + counts[layout.total(Side::Short)]) * 7 / 10;
    counts
}

fn concentrations(open_interest: i64, chance: &mut Chance) -> [f64; CONCENTRATIONS] {
    if open_interest == 0 {
        return [0.0; CONCENTRATIONS];
    }
    let (long, short) = (12.0 + 20.0 * chance.share(), 12.0 + 20.0 * chance.share());
    let (more_long, more_short) = (long * (1.2 + 0.4 * chance.share()), short * (1.2 + 0.4 * chance.share()));
    [long, short, more_long, more_short, long * 0.9, short * 0.9, more_long * 0.9, more_short * 0.9]
}

fn header(layout: &Layout) -> String {
    let quoted: Vec<String> = layout.columns().iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(",") + "\r\n"
}

fn line(text: &mut String, layout: &Layout, market: &Market, week: &Week, before: Option<&Week>) {
    let name = market.old_name.filter(|_| week.date < RENAMED).unwrap_or(market.name);
    let Market { exchange, code, exchange_code, region, commodity, subgroup, units, .. } = market;
    let date = week.date;
    // Writing to a String cannot fail.
    let _ = write!(text, "\"{name} - {exchange}\",{},{date},{code},{exchange_code},{region},{commodity}", date.format("%y%m%d"));
    for figure in week.positions.iter().flatten() {
        let _ = write!(text, ",{figure:>8}");
    }
    for (figure, now) in week.positions[0].iter().enumerate() {
        let _ = match before {
            Some(before) => write!(text, ",{:>8}", now - before.positions[0][figure]),
            None => write!(text, ",{:>8}", "."),
        };
    }
    for group in &week.positions {
        for figure in group {
            let percent = if group[OPEN_INTEREST] == 0 { 0.0 } else { 100.0 * *figure as f64 / group[OPEN_INTEREST] as f64 };
            let _ = write!(text, ",{percent:>7.1}");
        }
    }
    for group in &week.traders {
        for (figure, count) in group.iter().enumerate() {
            let disclosed = figure == OPEN_INTEREST || figure >= layout.total(Side::Long) || *count == 0 || *count >= DISCLOSED;
            let _ = if disclosed { write!(text, ",{count:>7}") } else { write!(text, ",{:>7}", ".") };
        }
    }
    for share in week.concentrations.iter().flatten() {
        let _ = write!(text, ",{share:>8.1}");
    }
    let _ = write!(text, ",\"{units}\",\"{code}\",\"{exchange_code}\",\"{commodity}\",\"{subgroup}\",\"FutOnly\"\r\n");
}

fn zipped(member: &str, text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    archive.start_file(member, options).expect("a zip archive in memory takes a member");
    archive.write_all(text.as_bytes()).expect("a zip archive in memory takes bytes");
    archive.finish().expect("a zip archive in memory ends").into_inner()
}
