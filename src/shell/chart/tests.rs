//! Whole pictures of small made-up results, as they are drawn on the terminal and in a file.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};

use super::request::{Picture, Request};
use super::terminal::{Size, draw};
use super::{chart, choose, file, spark};
use crate::shell::last::Last;
use crate::time::KnowledgeTime;

const SIZE: Size = Size { columns: 72, rows: 20 };

fn last(columns: Vec<(&str, ArrayRef)>) -> Last {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).expect("a batch");
    Last {
        statement: "SELECT *\nFROM   made_up".to_string(),
        schema: batch.schema(),
        // Two batches: a result comes in pieces.
        batches: vec![batch.slice(0, batch.num_rows() / 2), batch.slice(batch.num_rows() / 2, batch.num_rows() - batch.num_rows() / 2)],
        known_at: KnowledgeTime::parse("2019-02-04").expect("an instant"),
        is_clocked: false,
    }
}

fn drawn(last: &Last, arguments: &str) -> String {
    let picture = chart(last, &Request::parse(arguments).expect("readable")).expect("drawn");
    draw(&picture, SIZE, false) + &picture.notes.iter().map(|note| format!("note: {note}\n")).collect::<String>()
}

fn failure(last: &Last, arguments: &str) -> String {
    chart(last, &Request::parse(arguments).expect("readable")).expect_err("refused").to_string()
}

fn days(days: impl IntoIterator<Item = i32>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(days))
}
fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(words))
}
fn numbers(numbers: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(numbers))
}

/// Net positions of three categories over two years of weeks.
fn positions() -> Last {
    let weeks = || (0..104).flat_map(|week| [week; 3]);
    let net = |(at, week): (usize, i32)| f64::from(week) / 10.0 * (at as f64 % 3.0 + 1.0);
    last(vec![
        ("as_of", days(weeks().map(|week| 18_996 + 7 * week))),
        ("root", words(std::iter::repeat_n("ES", 312))),
        ("category", words((0..312).map(|at| ["dealer", "asset_manager", "leveraged_funds"][at % 3]))),
        ("net", Arc::new(Int64Array::from_iter_values(weeks().enumerate().map(net).map(|x| (x.sin() * 150_000.0 + x * 2_000.0) as i64)))),
        ("backcast", Arc::new(BooleanArray::from(vec![false; 312]))),
        ("available_at", Arc::new(TimestampMicrosecondArray::from_iter_values((0..312).map(|at| at * 3_600_000_000)).with_timezone("UTC"))),
    ])
}

/// A position against a price.
fn against_price() -> Last {
    let x = || (0..90).map(|day| f64::from(day) / 9.0);
    last(vec![
        ("as_of", days(19_358..19_448)),
        ("net", numbers(x().map(|x| x.sin() * 200_000.0))),
        ("close", numbers(x().map(|x| 4_000.0 + 300.0 * x.cos()))),
    ])
}

fn curve() -> Last {
    last(vec![
        ("as_of", days([17_931; 6])),
        ("tenor", words(["10Y", "2Y", "3M", "30Y", "5Y", "1Y"])),
        ("rate", numbers([2.69, 2.52, 2.42, 3.03, 2.51, 2.57])),
    ])
}

#[test]
fn long_result_is_a_line_per_category_over_time() {
    insta::assert_snapshot!(drawn(&positions(), ""));
}

#[test]
fn column_of_another_size_has_its_axis_on_the_right() {
    insta::assert_snapshot!(drawn(&against_price(), ""));
}

#[test]
fn tenors_stand_in_order_of_their_length() {
    insta::assert_snapshot!(drawn(&curve(), ""));
}

#[test]
fn bars_of_named_rows_lie() {
    let one_day = last(vec![
        ("category", words(["dealer", "asset_manager", "leveraged_funds"])),
        ("long", numbers([120.0, 300.0, 40.0])),
        ("net", numbers([-80.0, 210.5, -130.0])),
    ]);
    insta::assert_snapshot!(format!("{}\n{}", drawn(&one_day, "category net"), drawn(&one_day, "")));
}

#[test]
fn bars_over_time_stand_above_and_below_zero() {
    let flows = last(vec![
        ("as_of", days((0..12).map(|month| 19_000 + 30 * month))),
        ("chg", numbers((0..12).map(|month| f64::from((month * 7 + 3) % 11) - 4.0))),
    ]);
    insta::assert_snapshot!(drawn(&flows, "bar"));
}

#[test]
fn histogram_counts_in_round_bins() {
    let returns = last(vec![("r", numbers((0..500).map(|at| (f64::from(at) * 0.7).sin() + (f64::from(at) * 1.3).sin())))]);
    insta::assert_snapshot!(drawn(&returns, "hist"));
}

#[test]
fn scatter_marks_its_series() {
    let pairs = last(vec![
        ("x", numbers((0..40).map(|at| f64::from(at * 17 % 40)))),
        ("y", numbers((0..40).map(|at| f64::from(at * at % 37)))),
        ("root", words((0..40).map(|at| if at % 2 == 0 { "ES" } else { "NQ" }))),
    ]);
    insta::assert_snapshot!(drawn(&pairs, ""));
}

#[test]
fn null_is_a_gap_and_what_is_no_number_is_left_out() {
    let y = [Some(1.0), Some(2.0), Some(f64::NAN), Some(3.0), None, None, Some(1.0), None, Some(2.0), Some(f64::INFINITY)];
    let gaps = last(vec![("as_of", days(0..10)), ("value", Arc::new(Float64Array::from(y.to_vec())))]);
    insta::assert_snapshot!(drawn(&gaps, ""));
}

#[test]
fn one_point_and_equal_values_are_drawn() {
    let one = last(vec![("as_of", days([18_000])), ("value", numbers([4.25]))]);
    let equal = last(vec![("as_of", days(18_000..18_005)), ("value", numbers([4.25; 5]))]);
    insta::assert_snapshot!(format!("{}\n{}", drawn(&one, ""), drawn(&equal, "")));
}

#[test]
fn too_many_series_leave_the_largest() {
    let names: Vec<String> = (0..30).map(|at| format!("series {at}")).collect();
    let many = last(vec![
        ("as_of", days((0..60).map(|at| at / 30))),
        ("series_id", words((0..60).map(|at| names[at % 30].as_str()))),
        ("value", numbers((0..60).map(|at| f64::from(at % 30)))),
    ]);
    let text = drawn(&many, "");
    assert!(text.contains("note: the 12 largest of 30 series are drawn"), "{text}");
    assert!(text.contains("series 29") && text.contains("series 18") && !text.contains("series 17"), "{text}");
}

#[test]
fn narrow_terminal_is_not_written_over() {
    for columns in [20, 24, 40, 57] {
        for picture in [positions(), against_price(), curve()] {
            let picture = chart(&picture, &Request::default()).expect("drawn");
            let text = draw(&picture, Size { columns, rows: 12 }, false);
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{columns} columns:\n{text}");
        }
    }
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let picture = chart(&positions(), &Request::default()).expect("drawn");
    assert!(!draw(&picture, SIZE, false).contains('\x1b'));
    assert!(draw(&picture, SIZE, true).contains("\x1b[38;5;32m"));
}

#[test]
fn mistakes_are_answered_with_a_sentence() {
    assert_eq!(failure(&positions(), "as_of nett"), "the last result has no column `nett`\nhint: did you mean `net`?");
    assert_eq!(failure(&positions(), "as_of category"), "`category` holds no numbers\nhint: numbers are in net");
    let empty = last(vec![("as_of", days([])), ("value", numbers([]))]);
    assert_eq!(failure(&empty, ""), "the last result has no rows: there is nothing to draw");
    let nothing = last(vec![("value", Arc::new(Float64Array::from(vec![None, None])))]);
    assert_eq!(failure(&nothing, ""), "there is no number to draw: every value is NULL");
    let text = last(vec![("root", words(["ES", "NQ"]))]);
    assert!(failure(&text, "").starts_with("the last result has no column of numbers to draw"));
}

#[test]
fn what_is_not_named_is_chosen() {
    let planned = |last: &Last, arguments: &str| {
        let frame = super::Frame::new(&last.schema, &last.batches);
        let plan = choose::choose(&frame, &Request::parse(arguments).expect("readable")).expect("planned");
        let name = |column: &usize| frame.name(*column).to_string();
        let x = match plan.x {
            choose::Across::Column(column) => name(&column),
            choose::Across::Rows => "row".to_string(),
        };
        let list = |columns: &[usize]| columns.iter().map(name).collect::<Vec<_>>().join(" ");
        format!("{:?} {x} | {} | {}", plan.kind, list(&plan.ys), list(&plan.by)).trim_end().to_string()
    };
    assert_eq!(planned(&positions(), ""), "Line as_of | net | category");
    assert_eq!(planned(&positions(), "net"), "Line as_of | net | category");
    assert_eq!(planned(&positions(), "hist"), "Hist row | net |");
    assert_eq!(planned(&against_price(), "net close"), "Line as_of | net close |");
    assert_eq!(planned(&against_price(), "scatter net close"), "Scatter net | close |");
    assert_eq!(planned(&curve(), ""), "Line tenor | rate |");
    let two_days = last(vec![
        ("as_of", days([1, 1, 1, 2, 2, 2])),
        ("tenor", words(["2Y", "10Y", "3M", "2Y", "10Y", "3M"])),
        ("tenor_years", numbers([2.0, 10.0, 0.25, 2.0, 10.0, 0.25])),
        ("rate", numbers([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
    ]);
    assert_eq!(planned(&two_days, ""), "Line tenor_years | rate | as_of");
    let bars = last(vec![
        ("as_of", days(1..7)),
        ("open", numbers([1.0; 6])),
        ("high", numbers([1.0; 6])),
        ("low", numbers([1.0; 6])),
        ("close", numbers([1.0; 6])),
        ("volume", numbers([1.0; 6])),
    ]);
    assert_eq!(planned(&bars, ""), "Line as_of | close |");
    let counted = last(vec![("root", words(["ES", "NQ"])), ("n", numbers([3.0, 4.0]))]);
    assert_eq!(planned(&counted, ""), "Bar root | n |");
    let alone = last(vec![("n", numbers([3.0, 4.0]))]);
    assert_eq!(planned(&alone, ""), "Line row | n |");
}

#[test]
fn file_carries_the_clock_and_the_statement() {
    let clocked = Last { is_clocked: true, ..curve() };
    let picture = chart(&clocked, &Request::parse("title 'The curve <of a day>'").expect("readable")).expect("drawn");
    let svg = String::from_utf8(file(&picture, Picture::Svg).expect("written")).expect("a text");
    insta::assert_snapshot!(svg);
    let html = String::from_utf8(file(&picture, Picture::Html).expect("written")).expect("a text");
    assert!(html.contains("known at 2019-02-04 00:00Z") && html.contains("\"2.42\"") && !html.contains("{{"));
    assert!(!html.contains("https:") && !html.contains(" src="), "nothing is loaded");
    assert!(file(&picture, Picture::Png).expect("written").starts_with(b"\x89PNG"));
    assert!(draw(&picture, SIZE, false).ends_with("known at 2019-02-04 00:00Z\n"));
}

#[test]
fn every_kind_is_a_picture_in_a_file() {
    for (last, arguments) in [
        (positions(), "bar"),
        (positions(), "hist"),
        (positions(), "hist net by category"),
        (against_price(), "scatter net close"),
        (against_price(), ""),
        (against_price(), "bar"),
    ] {
        let picture = chart(&last, &Request::parse(arguments).expect("readable")).expect("drawn");
        assert!(file(&picture, Picture::Png).expect("written").len() > 5_000, "{arguments}");
    }
}

#[test]
fn extreme_numbers_are_drawn_as_well() {
    let extremes = [f64::MIN, f64::MAX, 0.0, 5e-324, -1e300, 1.0];
    for (x, y) in [(extremes, extremes), ([1.0; 6], extremes), (extremes, [7.0; 6]), ([5e-324, 0.0, 1e-320, 0.0, 0.0, 0.0], [1e-310; 6])] {
        let extreme = last(vec![("x", numbers(x)), ("y", numbers(y))]);
        for arguments in ["line x y", "bar x y", "scatter x y", "hist x y", "y"] {
            let picture = chart(&extreme, &Request::parse(arguments).expect("readable")).expect("drawn");
            assert!(!draw(&picture, SIZE, false).is_empty());
            assert!(file(&picture, Picture::Png).is_ok(), "{arguments} of {x:?} and {y:?}");
        }
        let instants: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values([i64::MIN, i64::MAX, 0, 1, -1, 2]));
        let extreme = last(vec![("as_of", instants), ("y", numbers(y))]);
        assert!(!drawn(&extreme, "").is_empty() && !drawn(&extreme, "bar").is_empty());
    }
}

#[test]
fn text_of_the_data_steers_neither_terminal_nor_page() {
    let evil = last(vec![("root", words(["\x1b[31m</text><script>", "{{data}}"])), ("n", numbers([3.0, 4.0]))]);
    let picture = chart(&evil, &Request::default()).expect("drawn");
    assert!(!draw(&picture, SIZE, false).contains('\x1b'));
    let html = String::from_utf8(file(&picture, Picture::Html).expect("written")).expect("a text");
    assert_eq!(html.matches("<script>").count(), 1);
    assert!(file(&picture, Picture::Png).is_ok());
}

#[test]
fn spark_is_a_line_per_key() {
    let sparks = spark::sparks(&positions(), &Request::parse("net").expect("readable"), 20).expect("sparks");
    let rows = crate::shell::format::texts(&sparks.rows).expect("texts");
    let lines: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
    insta::assert_snapshot!(lines.join("\n"));
    let fields: Vec<&str> = sparks.rows.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(fields, ["category", "first", "last", "min", "max", "net over as_of"]);
}
