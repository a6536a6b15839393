//! The CSV files, as the Treasury sends them and as they are saved again by other programs: quoted or not, with either end of line, newest
//! or oldest day first. Columns are found by their headings, never by their places: maturities came and went.

use csv::{ReaderBuilder, StringRecord};

use super::sheet::{Column, Curve, Row, Sheet};
use super::tenor::Tenor;
use crate::error::{Error, Result};

/// Maturities that the real curve has; the nominal one has shorter ones, too.
const REAL: [&str; 5] = ["5Y", "7Y", "10Y", "20Y", "30Y"];

/// # Errors
/// The first line is no heading of yields by maturity, or it is not clear of which curve.
pub(super) fn read(bytes: &[u8], hinted: Option<Curve>) -> Result<Sheet> {
    let mut lines = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = StringRecord::new();
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        Error::source("the line is no text").at_row(line).hint("is the file whole and UTF-8? download it again")
    };
    if !lines.read_record(&mut record).map_err(unreadable)? {
        return Err(Error::source("the file is empty").hint(HEADING));
    }
    let heading: Vec<String> = record.iter().map(|name| name.trim().to_string()).collect();
    let (columns, unknown) = columns(&heading)?;
    let curve = curve(&columns, hinted)?;
    let mut rows = Vec::new();
    while lines.read_record(&mut record).map_err(unreadable)? {
        crate::memory::demand_room();
        let line = record.position().map_or(0, csv::Position::line);
        let damage = (record.len() != heading.len()).then(|| format!("{} cells, where the heading has {}", record.len(), heading.len()));
        let cells = columns.iter().enumerate().filter_map(|(at, (place, _))| Some((at, record.get(*place)?.trim().to_string())));
        rows.push(Row {
            line,
            date: record.get(0).unwrap_or_default().trim().to_string(),
            cells: cells.collect(),
            damage,
            raw: record.iter().collect::<Vec<_>>().join(","),
        });
    }
    Ok(Sheet { curve, columns: columns.into_iter().map(|(_, column)| column).collect(), rows, unknown })
}

const HEADING: &str = "a file of the daily par yield curves starts with a line `Date,\"1 Mo\",\"2 Mo\",…,\"30 Yr\"`";

/// A column and its place in a line.
type Placed = (usize, Column);

fn columns(heading: &[String]) -> Result<(Vec<Placed>, Vec<String>)> {
    if !heading.first().is_some_and(|first| first.eq_ignore_ascii_case("Date")) {
        let found = heading.first().map(|name| name.chars().take(40).collect::<String>()).unwrap_or_default();
        return Err(Error::source(format!("the first column is `{found}`, not `Date`")).at_row(1).hint(HEADING));
    }
    let (mut columns, mut unknown): (Vec<Placed>, Vec<String>) = Default::default();
    for (place, name) in heading.iter().enumerate().skip(1) {
        match Tenor::of_heading(name) {
            Some(tenor) if columns.iter().any(|(_, column)| column.tenor == tenor) => {
                return Err(Error::source(format!("two columns are of the maturity {tenor}")).at_row(1).in_column(name.as_str()));
            }
            Some(tenor) => columns.push((place, Column { name: name.clone(), tenor })),
            None => unknown.push(name.clone()),
        }
    }
    if columns.is_empty() {
        return Err(Error::source("no column is of a maturity: these are no par yields").at_row(1).hint(HEADING));
    }
    Ok((columns, unknown))
}

/// The curve that the columns are of: only the nominal one has maturities below five years, and the provider writes those of the real one
/// in upper case.
fn curve(columns: &[Placed], hinted: Option<Curve>) -> Result<Curve> {
    let may_be_real = columns.iter().all(|(_, column)| REAL.contains(&column.tenor.to_string().as_str()));
    let is_upper_case = columns.iter().all(|(_, column)| column.name.ends_with("YR"));
    match hinted {
        Some(Curve::Real) if !may_be_real => {
            Err(Error::source("the file was given as the real curve, and has maturities that only the nominal one has")
                .at_row(1)
                .hint("leave `--series` out: the heading says which curve it is"))
        }
        Some(curve) => Ok(curve),
        None if !may_be_real => Ok(Curve::Nominal),
        None if is_upper_case => Ok(Curve::Real),
        None => Err(Error::source("the heading does not say whether the yields are nominal or real")
            .at_row(1)
            .hint("say it with `--series US_PAR` or `--series US_REAL_PAR`")),
    }
}
