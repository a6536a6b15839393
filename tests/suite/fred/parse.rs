//! What the parser makes of an answer: vintages and their days, edges, what is set aside, what is refused as a whole.

use contango::config::Config;
use contango::sources::Parsed;
use contango::sources::fred::sample;
use contango::time::IngestTime;
use datafusion::arrow::util::pretty::pretty_format_batches;
use insta::assert_snapshot;

use super::answer::{Answer, BEGINNING, END, all_vintages};
use super::{OBSERVED, parse, payload, source};

fn shown(parsed: &Parsed) -> String {
    let mut lines = vec![
        format!("kind: {}", parsed.kind),
        format!("rows read: {}, repeats: {}", parsed.rows_read, parsed.repeats_within),
        format!("covers: {}", parsed.covers.as_deref().unwrap_or("-")),
    ];
    lines.extend(parsed.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines.extend(parsed.rejections.iter().map(|rejection| {
        let column = rejection.column.as_deref().unwrap_or("-");
        format!("rejected: row {}, {column}: {}\n          {}", rejection.line, rejection.reason, rejection.raw)
    }));
    lines.extend(
        parsed
            .batches
            .iter()
            .map(|(table, batch)| format!("\n{}\n{}", table.name, pretty_format_batches(std::slice::from_ref(batch)).expect("printable"))),
    );
    lines.join("\n")
}

#[test]
fn every_value_is_a_vintage_of_the_day_from_which_on_it_stood() {
    assert_snapshot!(shown(&parse("PAYEMS", all_vintages().bytes()).expect("a good body")));
}

#[test]
fn the_edge_of_a_narrowed_request_is_known_by_its_day() {
    let narrowed = Answer::new(
        "2024-03-08",
        "2024-04-05",
        &[
            ("2024-03-08", "2024-04-05", "2023-12-01", "157232"),
            ("2024-03-08", "2024-04-04", "2024-01-01", "157418"),
            ("2024-04-05", "2024-04-05", "2024-01-01", "157440"),
        ],
    );
    assert_snapshot!(shown(&parse("PAYEMS", narrowed.bytes()).expect("a good body")));
}

#[test]
fn a_series_without_a_time_of_release_is_known_at_the_end_of_the_day() {
    let body = Answer::new(BEGINNING, END, &[("2024-07-05", END, "2024-07-03", "4.36"), ("2024-11-05", END, "2024-11-04", "4.31")]);
    assert_snapshot!(shown(&parse("DGS10", body.bytes()).expect("a good body")));
}

#[test]
fn first_releases_are_vintages_too() {
    let body = Answer { output_type: 4, ..Answer::new(BEGINNING, END, &[("2024-02-02", "2024-03-07", "2024-01-01", "157585")]) };
    let parsed = parse("PAYEMS", body.bytes()).expect("a good body");
    assert_eq!((parsed.kind.as_str(), parsed.covers), ("PAYEMS 2024-01-01..2024-01-01, first releases 2024-02-02..2024-02-02", None));
}

#[test]
fn a_row_that_makes_no_sense_is_set_aside_with_the_reason() {
    let body = all_vintages()
        .odd(r#"{"realtime_start":"2024-03-01","realtime_end":"2024-03-09","date":"2024-01-01","value":"1"}"#)
        .odd(r#"{"realtime_start":"2024-04-05","realtime_end":"9999-12-31","date":"2024-02-01","value":"157808.00"}"#)
        .odd(r#"{"realtime_start":"2024-04-05","realtime_end":"2024-04-04","date":"2024-03-01","value":"1"}"#)
        .odd(r#"{"realtime_start":"2024-04-31","realtime_end":"9999-12-31","date":"2024-03-01","value":"1"}"#)
        .odd(r#"{"realtime_start":"2024-04-05","realtime_end":"9999-12-31","date":"2024-03-01","value":"1,5"}"#)
        .odd(r#"{"realtime_start":"2024-04-05","realtime_end":"9999-12-31","date":"2024-03-01","value":7}"#)
        .odd("null");
    assert_snapshot!(shown(&parse("PAYEMS", body.bytes()).expect("a good body")));
}

#[test]
fn a_day_before_there_was_a_service_is_no_vintage() {
    let body = Answer::new(BEGINNING, END, &[(BEGINNING, END, "2024-01-01", "1.5")]);
    assert_snapshot!(shown(&parse("PAYEMS", body.bytes()).expect("a good body")));
}

#[test]
fn a_body_that_is_cut_and_a_series_that_nobody_describes_are_told() {
    let cut = Answer { count: Some(900), ..all_vintages() };
    assert_snapshot!(parse("PAYEM", cut.bytes()).expect("a good body").warnings.join("\n"));
    let page = Answer { count: Some(900), limit: 6, offset: 300, ..all_vintages() };
    let parsed = parse("PAYEMS", page.bytes()).expect("a good body");
    assert!(parsed.warnings.is_empty() && parsed.kind.ends_with(", rows 300..306 of 900"), "{}", parsed.kind);
}

#[test]
fn what_is_no_answer_is_refused_with_what_to_do() {
    let refused = |bytes: &str| parse("GDP", bytes.as_bytes().to_vec()).expect_err("refused").to_string();
    let good = all_vintages();
    let mut said = vec![
        refused(""),
        refused("[]"),
        refused("{}"),
        refused("<?xml version=\"1.0\"?><observations/>"),
        refused(&good.text()[..400]),
        refused(&Answer { output_type: 2, ..good.clone() }.text()),
        refused(&Answer { output_type: 3, ..good.clone() }.text()),
        refused(&Answer { units: "pc1", ..good.clone() }.text()),
        refused(r#"{"realtime_start":"1776-07-04","count":1,"vintage_dates":["2024-01-05"]}"#),
        refused(r#"{"realtime_start":"2024-12-19","seriess":[{"id":"GDP"}]}"#),
        refused(r#"{"error_code":400,"error_message":"Bad Request.  The series does not exist."}"#),
    ];
    let config = Config::built_in().expect("the built-in configuration");
    let without = source().parse(&payload(None, good.bytes(), OBSERVED), &config).expect_err("of no series");
    let unnamed = parse("G D P", good.bytes()).expect_err("of no series");
    let early = IngestTime::parse("2024-04-04 12:00:00Z").expect("an instant");
    let future = source().parse(&payload(Some("PAYEMS"), good.bytes(), early), &config).expect_err("seen too early");
    said.extend([without, unnamed, future].map(|error| error.to_string()));
    assert_snapshot!(said.join("\n\n"));
}

#[test]
fn the_sample_is_sound_and_always_the_same() {
    assert_eq!(sample::series(), sample::series());
    let kinds: Vec<String> = sample::series()
        .into_iter()
        .map(|(id, (_, bytes))| {
            let parsed = parse(id, bytes).expect("a good body");
            assert!(parsed.rejections.is_empty() && parsed.warnings.is_empty(), "{id}");
            format!("{}, {} rows", parsed.kind, parsed.rows_read)
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "PAYEMS 2014-01-01..2023-11-01, vintages 2015-01-02..2023-12-01, 493 rows",
            "GDPC1 2014-01-01..2023-07-01, vintages 2015-01-22..2023-12-28, 148 rows",
        ]
    );
}
