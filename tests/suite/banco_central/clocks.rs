//! What is known at a clock: rates from their stamps, a target before its day, and what was read long after the fact.

use contango::lake::Lake;

use super::{dollar, sgs, take};
use crate::support::{instant, rows, session};

async fn at(folder: &tempfile::TempDir, clock: &str, sql: &str) -> Vec<Vec<String>> {
    rows(&mut session(folder.path(), Some(instant(clock)), None), sql).await.expect("rows")
}

fn place() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::new(folder.path()).expect("a lake");
    (folder, lake)
}

#[tokio::test]
async fn the_fixing_of_a_day_is_known_from_its_own_stamp() {
    let (folder, lake) = place();
    let body = dollar(&[("4.9", "4.9006", "2024-01-03 13:04:00.5"), ("4.95", "4.9506", "2024-01-04 13:05:30.25")]);
    take(&lake, "bcb_ptax", "USD", &body, "2024-02-01").await;
    let newest = "SELECT max(as_of) FROM macro_series WHERE series_id = 'PTAX_USD_ASK'";
    assert_eq!(at(&folder, "2024-01-04 13:05 America/Sao_Paulo", newest).await, [["2024-01-03"]]);
    assert_eq!(at(&folder, "2024-01-04 16:05:30.249999Z", newest).await, [["2024-01-03"]]);
    assert_eq!(at(&folder, "2024-01-04 16:05:30.25Z", newest).await, [["2024-01-04"]]);
}

#[tokio::test]
async fn a_target_is_known_before_the_day_from_which_it_is_in_force() {
    let (folder, lake) = place();
    let body = sgs(&[("20/03/2024", "11.25"), ("21/03/2024", "10.75"), ("22/03/2024", "10.75")]);
    take(&lake, "bcb_sgs", "432", &body, "2024-04-01").await;
    let newest = "SELECT as_of, value FROM macro_series WHERE series_id = '432' ORDER BY as_of DESC LIMIT 1";
    assert_eq!(at(&folder, "2024-03-20 18:00 America/Sao_Paulo", newest).await, [["2024-03-20", "11.25"]]);
    assert_eq!(at(&folder, "2024-03-20 21:00 America/Sao_Paulo", newest).await, [["2024-03-21", "10.75"]]);
    // Days to come, of which the source says the target already, are known from when they were read.
    take(&lake, "bcb_sgs", "432", &sgs(&[("30/04/2024", "10.75")]), "2024-04-01 15:00:00Z").await;
    assert_eq!(at(&folder, "2024-04-01 15:00:00Z", newest).await, [["2024-04-30", "10.75"]]);
}

#[tokio::test]
async fn what_may_have_been_revised_before_it_was_read_can_be_left_out() {
    let (folder, lake) = place();
    for (name, series, body) in [
        ("bcb_sgs", "24364", sgs(&[("01/01/2020", "140.25")])),
        ("bcb_sgs", "11", sgs(&[("02/01/2020", "0.0171")])),
        ("bcb_fx_flow", "FX_TOTAL_NET", sgs(&[("02/01/2020", "12.5")])),
    ] {
        take(&lake, name, series, &body, "2024-04-01").await;
    }
    let known = "SELECT series_id FROM macro_series UNION ALL SELECT series_id FROM fx_flow ORDER BY series_id";
    let mut session = session(folder.path(), None, None);
    assert_eq!(rows(&mut session, known).await.expect("rows"), [["11"], ["24364"], ["FX_TOTAL_NET"]]);
    rows(&mut session, "SET contango.backcast = 'exclude'").await.expect("set");
    assert_eq!(rows(&mut session, known).await.expect("rows"), [["11"]], "Selic is never revised");
}

#[tokio::test]
async fn a_figure_read_within_its_release_is_the_original_and_a_change_is_known_from_when_it_was_seen() {
    let (folder, lake) = place();
    take(&lake, "bcb_sgs", "24364", &sgs(&[("01/01/2024", "148.5")]), "2024-03-25").await;
    let second = take(&lake, "bcb_sgs", "24364", &sgs(&[("01/01/2024", "148.75"), ("01/02/2024", "149")]), "2024-04-22").await;
    assert_eq!((second.new, second.revised), (1, 1));
    let all = "SELECT as_of, value, available_at, availability, backcast FROM macro_series_vintages ORDER BY as_of, available_at";
    assert_eq!(
        at(&folder, "2025-01-01", all).await,
        [
            ["2024-01-01", "148.5", "2024-03-18T12:00:00Z", "scheduled", "false"],
            ["2024-01-01", "148.75", "2024-04-22T00:00:00Z", "observed", "false"],
            ["2024-02-01", "149.0", "2024-04-20T02:59:00Z", "lagged", "false"],
        ]
    );
}

#[tokio::test]
async fn a_table_that_several_sources_feed_takes_older_files_of_one() {
    let (folder, lake) = place();
    take(&lake, "bcb_sgs", "24364", &sgs(&[("01/01/2024", "148.5")]), "2024-03-22").await;
    take(&lake, "bcb_ptax", "USD", &dollar(&[("5.1", "5.2", "2024-05-02 13:05:00.1")]), "2024-06-01").await;
    let older = take(&lake, "bcb_sgs", "24364", &sgs(&[("01/01/2024", "148.75")]), "2024-04-22").await;
    assert_eq!(older.revised, 1, "the payload of another source, seen later, says nothing of it");
    let value = "SELECT value FROM macro_series WHERE series_id = '24364'";
    assert_eq!(at(&folder, "2024-04-21", value).await, [["148.5"]]);
    assert_eq!(at(&folder, "2024-04-23", value).await, [["148.75"]]);
}
