//! The example scripts on the demo's lake: their columns, how many rows, and a value that is known.

use contango::engine;
use contango::engine::Session;
use contango::script::examples::{self, EXAMPLES};
use contango::time::KnowledgeTime;

use crate::support::terminal::demo_lake;
use crate::support::{instant, rows, session};

/// The rows of each statement that gives any.
async fn answers(session: &mut Session, name: &str, given: &[(&str, &str)]) -> Vec<Vec<Vec<String>>> {
    let example = examples::find(name).expect("an example");
    for (parameter, own) in example.parameters() {
        let value = given.iter().find(|(known, _)| *known == parameter).map_or(own.as_str(), |(_, value)| value);
        session.set_parameter(&parameter, value).expect("a name");
    }
    let mut all = Vec::new();
    for statement in engine::split(example.text).await.expect("statements") {
        let rows = rows(session, &statement.text).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        if !rows.is_empty() {
            all.push(rows);
        }
    }
    all
}

fn at(clock: Option<&str>) -> Session {
    session(demo_lake(), clock.map(instant), None::<KnowledgeTime>)
}

#[tokio::test]
async fn every_example_answers_its_question() {
    // name, rows of each statement, and the beginning of a row that is known
    let expected: &[(&str, &[usize], &str)] = &[
        ("tour", &[5, 5, 2, 6, 8, 10], "asset_manager,2024-12-31"),
        ("positioning", &[5], "tff,asset_manager,2024-12-31,2025-01-06T20:30:00Z,-154876,-7.3,-0.82"),
        ("extremes", &[15], "ZF,leveraged_funds,2024-12-31,1077004,2.96"),
        ("outage", &[15], "asset_manager,2023-01-31,2023-02-24T20:30:00Z,2023-01-24"),
        ("term_structure", &[6], "2023-06-30,CLQ2023,20,156.07,settlement,NULL,0.0606"),
        ("payrolls", &[12, 12], "2023-10-01,2023-11-03T12:30:00Z,299.0,241.0,-58.0"),
        ("surprises", &[6], "2023-12-01,0.3,NULL,NULL,2024-01-12T12:00:00Z,NULL,NULL"),
        ("breakevens", &[5], "2023-12-29,3.28,1.64,1.64,1.712,2023-12-30T04:59:00Z"),
        ("rolls", &[16], "2022-09-12,CLV2022,CLX2022,89.22,-0.44,0.0607,0.0087"),
        ("crowded", &[81], "2022-07-01T19:30:00Z,2022-06-28,tff,nonreportable,2.5,2.19"),
        ("before_rolls", &[6], "2023-03-14,ESH2023,ESM2023,2023-03-14T11:45:00Z,2023-02-21,2023-03-10T20:30:00Z,leveraged_funds,1.84"),
        ("next_session", &[3], "below -1,19,-0.305,0.32"),
    ];
    assert_eq!(expected.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), EXAMPLES.iter().map(|one| one.name).collect::<Vec<_>>());
    for (name, counts, known) in expected {
        let answers = answers(&mut at(None), name, &[]).await;
        assert_eq!(answers.iter().map(Vec::len).collect::<Vec<_>>(), *counts, "{name}");
        let lines: Vec<String> = answers.iter().flatten().map(|row| row.join(",")).collect();
        assert!(lines.iter().any(|line| line.starts_with(known)), "{name}: {known} is not in\n{}", lines.join("\n"));
    }
}

/// What was true of the past stays true: an earlier clock takes rows away and changes none.
#[tokio::test]
async fn clock_takes_later_rows_away_and_changes_none() {
    for (name, given) in [("crowded", [("root", "CL"), ("deviations", "2.5")]), ("before_rolls", [("root", "CL"), ("", "")])] {
        let all = answers(&mut at(None), name, &given).await.remove(0);
        let known = answers(&mut at(Some("2023-06-30")), name, &given).await.remove(0);
        assert!(!known.is_empty() && known.len() < all.len(), "{name}: {} of {}", known.len(), all.len());
        assert_eq!(known, all[..known.len()], "{name}");
    }
}

#[tokio::test]
async fn earlier_clock_shows_a_curve_and_payrolls_of_its_time() {
    let early = answers(&mut at(Some("2023-06-30")), "payrolls", &[]).await;
    assert_eq!(early[0][0][..3], ["2023-05-01", "2023-06-02T12:30:00Z", "190.0"], "{:?}", early[0][0]);
    let nothing = answers(&mut at(None), "outage", &[("at", "2023-07-01 12:00:00Z")]).await;
    assert!(nothing.is_empty(), "no report was late then: {nothing:?}");
}
