//! Pictures of a result: `.chart` and `.spark`.
//!
//! A result becomes a picture in four steps, each pure: `frame` reads its columns, `choose` decides which goes where, `data` makes series of
//! points, and `drawing` gives them a size: axes with round ticks (`scale`, `instants`, `tenors`) and marks, reduced to what can be seen
//! (`reduce`). The same drawing is then made of characters (`terminal` on a `canvas`) or of shapes (`svg`, and from that `png` and `html`).
//!
//! Nothing here asks the session for anything or writes a file: the last result comes in, text or bytes go out.

use super::last::Last;
use crate::error::{Error, Result};

mod canvas;
mod choose;
mod data;
mod drawing;
mod frame;
mod html;
mod instants;
mod layout;
mod png;
mod reduce;
pub mod request;
mod scale;
pub mod spark;
mod svg;
mod tenors;
pub mod terminal;

pub use data::Chart;
use frame::Frame;
use request::{Picture, Request};

/// The picture of a result that was asked for.
///
/// # Errors
/// The result is empty, a column is not there, or nothing in it can be drawn.
pub fn chart(last: &Last, request: &Request) -> Result<Chart> {
    let frame = Frame::new(&last.schema, &last.batches);
    if frame.rows() == 0 {
        return Err(Error::usage("the last result has no rows: there is nothing to draw"));
    }
    let mut chart = Chart::of(&frame, choose::choose(&frame, request)?)?;
    if let Some(title) = &request.title {
        chart.title.clone_from(title);
    }
    chart.clock = last.is_clocked.then(|| last.known_at.to_string().replace(":00Z", "Z"));
    chart.statement = last.statement.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(chart)
}

/// A chart as the bytes of a file.
///
/// # Errors
/// It cannot be turned into pixels.
pub fn file(chart: &Chart, picture: Picture) -> Result<Vec<u8>> {
    match picture {
        Picture::Svg => Ok(svg::draw(chart).into_bytes()),
        Picture::Html => Ok(html::draw(chart).into_bytes()),
        Picture::Png => png::rasterise(&svg::draw(chart)),
    }
}

#[cfg(test)]
mod tests;
