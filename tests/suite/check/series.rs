//! Checks of series: gaps, outliers, values that stand still, revisions, knowledge that comes too early, identities between sources.

use chrono::{Days, NaiveDate};
use contango::time::business::BusinessCalendar::{Brazil, EveryDay};

use super::lake::{Lines, days, months, moving, noon, series};

/// Past every release, and before the next one is late.
const NOW: &str = "2024-03-05 12:00:00Z";

/// So many business days up to 2024-03-04 (a Monday), with values that move.
fn daily(n: usize) -> Vec<(NaiveDate, f64)> {
    let mut all = days(Brazil, "2022-01-03", 2000);
    all.retain(|day| *day <= "2024-03-04".parse().expect("a date"));
    let first = all.len() - n;
    all[first..].iter().enumerate().map(|(i, day)| (*day, 10.0 + moving(i))).collect()
}

async fn macro_series(rows: &[String]) -> Lines {
    Lines::new(&rows.iter().map(|text| ("macro_series", text.clone())).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn a_series_without_faults_has_no_findings() {
    let whole = series("mine", "DAILY", &daily(60), 1);
    assert_eq!(macro_series(&[whole]).await.found(NOW).await, [""; 0]);
}

#[tokio::test]
async fn a_hole_between_observations_is_a_gap_and_one_that_is_declared_is_none() {
    let mut with_hole = daily(60);
    let missing = with_hole.remove(30).0;
    let after = with_hole[30].0;
    let lake = macro_series(&[series("mine", "DAILY", &with_hole, 1)]).await;
    assert_eq!(lake.found(NOW).await, [format!("gaps warning mine DAILY {after}")]);
    assert_eq!(lake.said(NOW).await, format!("1 business day without a figure after {}", with_hole[29].0));
    let declared = format!("{}mine|DAILY|{missing}||{}\n", series("mine", "DAILY", &with_hole, 1), noon(missing + Days::new(1)));
    assert_eq!(macro_series(&[declared]).await.found(NOW).await, [""; 0]);
}

#[tokio::test]
async fn weeks_months_and_quarters_have_gaps_too() {
    let mut weeks: Vec<(NaiveDate, f64)> =
        (0..20).map(|i| (NaiveDate::from_ymd_opt(2023, 10, 7).expect("a day") + Days::new(7 * i), 100.0)).collect();
    let mut of_months: Vec<(NaiveDate, f64)> = months("2022-12-01", 15).into_iter().map(|day| (day, 100.0)).collect();
    let mut quarters: Vec<(NaiveDate, f64)> = months("2021-01-01", 37).into_iter().step_by(3).map(|day| (day, 100.0)).collect();
    let whole = |weeks: &[_], of_months: &[_], quarters: &[_]| {
        [series("mine", "WEEKLY", weeks, 5), series("mine", "MONTHLY", of_months, 14), series("mine", "QUARTERLY", quarters, 20)]
    };
    assert_eq!(macro_series(&whole(&weeks, &of_months, &quarters)).await.found(NOW).await, [""; 0]);
    weeks.remove(3);
    of_months.drain(4..6);
    quarters.remove(5);
    let found = macro_series(&whole(&weeks, &of_months, &quarters)).await.found(NOW).await;
    assert_eq!(
        found,
        ["gaps warning mine MONTHLY 2023-06-01", "gaps warning mine QUARTERLY 2022-07-01", "gaps warning mine WEEKLY 2023-11-04"]
    );
}

#[tokio::test]
async fn a_spike_that_goes_back_is_a_warning_and_a_jump_that_stays_is_an_info() {
    let mut spike = daily(80);
    spike[40].1 *= 10.0;
    let lake = macro_series(&[series("mine", "DAILY", &spike, 1)]).await;
    assert_eq!(lake.found(NOW).await, [format!("outliers warning mine DAILY {}", spike[40].0)]);
    let mut jump = daily(80);
    jump[40..].iter_mut().for_each(|(_, value)| *value += 5.0);
    let lake = macro_series(&[series("mine", "DAILY", &jump, 1)]).await;
    assert_eq!(lake.found(NOW).await, [format!("outliers info mine DAILY {}", jump[40].0)]);
    // a rate that someone sets moves in steps
    let steps: Vec<(NaiveDate, f64)> =
        days(EveryDay, "2023-11-01", 100).into_iter().enumerate().map(|(i, day)| (day, if i < 50 { 12.25 } else { 11.75 })).collect();
    assert_eq!(macro_series(&[series("mine", "TARGET", &steps, 1)]).await.found(NOW).await, [""; 0]);
}

#[tokio::test]
async fn a_value_that_stands_still_in_a_series_that_moves_is_stale() {
    let mut stale = daily(120);
    let still = stale[40].1;
    stale[41..50].iter_mut().for_each(|(_, value)| *value = still);
    let lake = macro_series(&[series("mine", "DAILY", &stale, 1)]).await;
    assert_eq!(lake.found(NOW).await, [format!("stale warning mine DAILY {}", stale[40].0)]);
    assert_eq!(lake.said(NOW).await, format!("{still} on 10 observations, up to {}", stale[49].0));
}

#[tokio::test]
async fn a_revision_beyond_the_usual_is_an_info_and_a_new_base_is_none() {
    let days = months("2020-01-01", 40);
    let first: Vec<(NaiveDate, f64)> = days.iter().enumerate().map(|(i, day)| (*day, 1000.0 + 3.0 * i as f64)).collect();
    let again = |change: &dyn Fn(usize, f64) -> f64, at: &str| {
        let lines = first.iter().enumerate().map(|(i, (day, value))| format!("mine|MONTHLY|{day}|{}|{at}\n", change(i, *value)));
        format!("source|series_id|as_of|value|available_at\n{}", lines.collect::<String>())
    };
    let now = "2023-06-01 12:00:00Z";
    let usual = |i: usize, value: f64| value * (1.0 + 0.0005 * ((i % 5) as f64 - 2.2));
    let rebased = again(&|i, value| usual(i, value) * 1.25, "2023-05-20 12:00:00Z");
    let original = series("mine", "MONTHLY", &first, 45);
    assert_eq!(macro_series(&[original.clone(), rebased]).await.found(now).await, [""; 0]);
    let odd = again(&|i, value| usual(i, value) * if i == 20 { 1.1 } else { 1.0 }, "2023-05-20 12:00:00Z");
    let cured = again(&usual, "2023-05-27 12:00:00Z");
    let finding = format!("revisions info mine MONTHLY {}", days[20]);
    assert_eq!(macro_series(&[original, odd, cured]).await.found(now).await, [finding.clone(), finding], "there and back");
}

#[tokio::test]
async fn what_is_known_before_its_day_is_an_error_unless_it_is_decided_ahead() {
    let text = |id: &str| format!("source|series_id|as_of|value|available_at\nmine|{id}|2024-03-04|10|2024-03-01 21:00:00Z\n");
    assert_eq!(macro_series(&[text("DAILY")]).await.found(NOW).await, ["known_too_early error mine DAILY 2024-03-04"]);
    assert_eq!(macro_series(&[text("TARGET")]).await.found(NOW).await, [""; 0]);
}

#[tokio::test]
async fn a_vintage_held_twice_and_one_out_of_order_are_errors() {
    let text = "source|series_id|as_of|value|available_at\nmine|X|2024-02-01|10|2024-03-01 12:00:00Z\n".to_string();
    let twice = Lines::new(&[("fx_flow", text.clone()), ("fx_flow", text.replace("|10|", "|11|"))]).await;
    assert_eq!(twice.found(NOW).await, ["duplicates error mine X 2024-02-01"]);
    let vintages = "source|series_id|as_of|value|available_at|ingested_at\nmine|X|2024-02-01|10|2024-03-01 12:00:00Z|2024-03-03 12:00:00Z\n\
                    mine|X|2024-02-01|11|2024-03-02 12:00:00Z|2024-03-02 12:00:00Z\n";
    let late = Lines::new(&[("fx_flow", vintages.to_string())]).await;
    assert_eq!(late.found(NOW).await, ["vintage_order error mine X 2024-02-01"]);
    let right = vintages.replace("|2024-03-03 12:00:00Z\n", "|2024-03-01 12:00:00Z\n");
    assert_eq!(Lines::new(&[("fx_flow", right)]).await.found(NOW).await, [""; 0]);
}

#[tokio::test]
async fn a_level_that_cannot_be_is_an_error() {
    let at = |id: &str, values: [f64; 2]| series("mine", id, &months("2024-01-01", 2).into_iter().zip(values).collect::<Vec<_>>(), 20);
    assert_eq!(macro_series(&[at("MONTHLY", [1.0, 2.0]), at("FLAG", [0.0, 1.0])]).await.found(NOW).await, [""; 0]);
    let found = macro_series(&[at("MONTHLY", [1.0, 0.0]), at("FLAG", [0.0, 0.5])]).await.found(NOW).await;
    assert_eq!(found, ["range error mine FLAG 2024-02-01", "range error mine MONTHLY 2024-02-01"]);
}

#[tokio::test]
async fn the_monthly_ipca_is_the_change_of_its_index() {
    let index = [7000.0, 7035.0, 7091.28, 7110.43];
    let rates = [0.5, 0.8, 0.27];
    let lines = |rates: [f64; 3], sgs: [f64; 3]| {
        let days = months("2023-11-01", 4);
        let of = |values: &[f64], from: usize| days[from..].iter().copied().zip(values.iter().copied()).collect::<Vec<_>>();
        [
            series("ibge_sidra", "SIDRA_IPCA_INDEX", &of(&index, 0), 40),
            series("ibge_sidra", "SIDRA_IPCA_MOM", &of(&rates, 1), 40),
            series("bcb_sgs", "433", &of(&sgs, 1), 40),
        ]
    };
    // neither is late on a day on which none of them is due
    let now = "2024-03-12 11:00:00Z";
    assert_eq!(macro_series(&lines(rates, rates)).await.found(now).await, [""; 0]);
    let found = macro_series(&lines(rates, [0.5, 0.8, 0.72])).await.found(now).await;
    assert_eq!(found, ["ipca error 433 2024-02-01", "ipca error 433 2024-02-01"], "against the index, and against SIDRA");
}

#[tokio::test]
async fn the_ptax_is_one_number_in_two_places() {
    let rows = |ptax: f64| {
        let of = |source, id, values: [f64; 2]| {
            series(source, id, &days(Brazil, "2024-03-01", 2).into_iter().zip(values).collect::<Vec<_>>(), 0)
        };
        [of("bcb_ptax", "PTAX_USD_ASK", [4.9592, ptax]), of("bcb_sgs", "1", [4.9592, 4.9456])]
    };
    assert_eq!(macro_series(&rows(4.9456)).await.found("2024-03-05 12:00:00Z").await, [""; 0]);
    assert_eq!(macro_series(&rows(4.9546)).await.found("2024-03-05 12:00:00Z").await, ["ptax error PTAX_USD_ASK 2024-03-04"]);
}

#[tokio::test]
async fn the_effective_selic_follows_its_target() {
    let rows = |effective: f64| {
        let day_rate = |annual: f64| 100.0 * ((1.0 + annual / 100.0_f64).powf(1.0 / 252.0) - 1.0);
        let two: Vec<NaiveDate> = days(Brazil, "2024-03-01", 2);
        let target: Vec<(NaiveDate, f64)> = days(EveryDay, "2024-03-01", 5).into_iter().map(|day| (day, 11.25)).collect();
        [series("bcb_sgs", "11", &[(two[0], day_rate(11.15)), (two[1], day_rate(effective))], 1), series("bcb_sgs", "432", &target, 0)]
    };
    assert_eq!(macro_series(&rows(11.15)).await.found("2024-03-05 12:00:00Z").await, [""; 0]);
    assert_eq!(macro_series(&rows(10.65)).await.found("2024-03-05 12:00:00Z").await, ["selic warning bcb_sgs 11 2024-03-04"]);
}
