//! The SVG on a page of its own that shows values under the pointer. Pure: text out.
//!
//! Nothing is loaded from anywhere: the page says so itself, in a policy that the browser holds it to.

use serde_json::{Value, json};

use super::data::Chart;
use super::drawing::{Drawing, Shape};
use super::layout::Frame;
use super::scale::figure;
use super::svg;

const PAGE: &str = include_str!("page.html");

/// The page.
pub fn draw(chart: &Chart) -> String {
    let (drawing, frame) = svg::layout(chart);
    let edges = [frame.left, frame.top, frame.right, frame.bottom].map(svg::round);
    let data = json!({
        "frame": edges,
        "lies": chart.lies(),
        "x": chart.x_name,
        "series": series(chart, &drawing, &frame),
    });
    // Within a script only `<` could end it.
    let data = data.to_string().replace('<', "\\u003c");
    let picture = svg::svg(chart, &drawing, &frame);
    let title = svg::escape(&chart.title);
    let statement = svg::escape(&chart.statement);
    let mut page = String::new();
    let mut rest = PAGE;
    // What is put in is not searched again: it may hold anything.
    for (mark, text) in [("{{title}}", &title), ("{{picture}}", &picture), ("{{statement}}", &statement), ("{{data}}", &data)] {
        if let Some((before, after)) = rest.split_once(mark) {
            page.push_str(before);
            page.push_str(text);
            rest = after;
        }
    }
    page + rest
}

/// Each series with its points: where they lie on the page, and their texts.
fn series(chart: &Chart, drawing: &Drawing, frame: &Frame) -> Vec<Value> {
    let marks = drawing.marks.iter().enumerate();
    let one = |(at, mark): (usize, &super::drawing::Mark)| {
        let x_text = |x: f64| chart.x_text(x);
        let value =
            |x: f64, y: f64, across: f64, up: f64| json!([svg::round(frame.x(across)), svg::round(frame.y(up)), x_text(x), figure(y)]);
        let points: Vec<Value> = match &mark.shape {
            Shape::Lines(runs) => runs.iter().flatten().map(|p| value(p.point.x, p.point.y, p.across, p.up)).collect(),
            Shape::Dots(places) => places.iter().map(|p| value(p.point.x, p.point.y, p.across, p.up)).collect(),
            Shape::Bars { blocks, lie } => {
                let end = |b: &super::drawing::Block| match (lie, b.point.y < 0.0) {
                    (true, true) => (b.left, (b.low + b.high) / 2.0),
                    (true, false) => (b.right, (b.low + b.high) / 2.0),
                    (false, true) => ((b.left + b.right) / 2.0, b.low),
                    (false, false) => ((b.left + b.right) / 2.0, b.high),
                };
                blocks.iter().map(|b| value(b.point.x, b.point.y, end(b).0, end(b).1)).collect()
            }
        };
        json!({ "name": mark.name, "colour": svg::colour(at), "points": points })
    };
    marks.map(one).collect()
}
