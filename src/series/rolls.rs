//! A roll table from a CSV file: columns as_of, from, to in any order, under a header; `from` is held before the day `as_of`, `to` from it on.
//! The whole table is checked before the one that the series has is replaced.

use chrono::{Days, NaiveDate};
use datafusion::arrow::array::{AsArray, RecordBatch};

use super::{Place, ensure_defined};
use crate::contract::parse;
use crate::error::{Error, Result, system_words};
use crate::metadata::{Metadata, ScheduledRoll};

const COLUMNS: [&str; 3] = ["as_of", "from", "to"];
/// How long before a roll its contracts may have had their month: a short year is looked for from there.
const MONTH_PAST: Days = Days::new(180);

/// Gives a series the roll table of a file; says how many rolls it has.
///
/// # Errors
/// The series is not defined or not rolled by schedule, or a row is wrong; the series keeps the table that it has.
pub fn load_rolls(place: &Place<'_>, id: &str, file: &std::path::Path) -> Result<usize> {
    let metadata = Metadata::open(place.data)?;
    let series = ensure_defined(&metadata, id)?;
    if let Some((_, rule)) = series.arguments.iter().find(|(name, rule)| name == "roll" && rule != "schedule") {
        return Err(Error::usage(format!("`{id}` is rolled by `{rule}` and follows no roll table")).hint(format!(
            "define it with `--roll schedule` first: contango series define {id} --parent {} --roll schedule",
            series.root
        )));
    }
    let name = file.display().to_string();
    let text = std::fs::read(file).map_err(|e| Error::usage(format!("cannot read the file: {}", system_words(&e))).in_file(&name))?;
    let rolls = read(&text).map_err(|e| e.in_file(&name))?;
    metadata.set_schedule(id, &rolls)?;
    Ok(rolls.len())
}

fn read(text: &[u8]) -> Result<Vec<ScheduledRoll>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let header = reader.headers().map_err(|e| unreadable(&e))?.clone();
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|name| name.eq_ignore_ascii_case(column));
        *place = found.ok_or_else(|| {
            Error::source(format!("there is no column `{column}`")).at_row(1).hint("a roll table has a header: as_of,from,to")
        })?;
    }
    let mut rolls: Vec<ScheduledRoll> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| unreadable(&e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let [as_of, from, to] = places.map(|place| record.get(place).unwrap_or_default());
        let as_of = as_of
            .parse()
            .map_err(|_| Error::source(format!("`{as_of}` is no day")).in_column("as_of").at_row(line).hint("write days as 2024-03-08"))?;
        let roll = ScheduledRoll { as_of, from: from.to_string(), to: to.to_string() };
        fits(rolls.last(), &roll).map_err(|e| e.at_row(line))?;
        rolls.push(roll);
    }
    match rolls.is_empty() {
        true => Err(Error::source("the roll table has no rolls").hint("a row per roll: 2024-03-08,ESH2024,ESM2024")),
        false => Ok(rolls),
    }
}

/// Whether a roll can follow the one before it.
fn fits(before: Option<&ScheduledRoll>, roll: &ScheduledRoll) -> Result<()> {
    let ScheduledRoll { as_of, from, to } = roll;
    for (column, contract) in [("from", from), ("to", to)] {
        if contract.is_empty() {
            return Err(Error::source("no contract is named").in_column(column).hint("name it by its id or symbol, such as ESH2024"));
        }
    }
    if from == to {
        return Err(Error::source(format!("`{from}` is rolled into itself")).hint("`from` is held before the day, `to` from it on"));
    }
    if let Some(before) = before {
        if *as_of <= before.as_of {
            return Err(Error::source(format!("the roll table goes backwards: {as_of} comes after {}", before.as_of))
                .in_column("as_of")
                .hint("one row per roll, in order of days"));
        }
        if *from != before.to {
            return Err(Error::source(format!("`{from}` is not the contract rolled to before, `{}`", before.to))
                .in_column("from")
                .hint("each row goes on from the one before, with the contract spelt alike"));
        }
    }
    let near = as_of.checked_sub_days(MONTH_PAST).unwrap_or(NaiveDate::MIN);
    if let (Some(out), Some(into)) = (parse(from, near), parse(to, near))
        && into.month <= out.month
    {
        return Err(Error::source(format!("the roll goes backwards, from {from} ({}) to {to} ({})", out.month, into.month))
            .in_column("to")
            .hint("a roll goes to a later delivery month"));
    }
    Ok(())
}

fn unreadable(error: &csv::Error) -> Error {
    let plain = Error::source(format!("cannot be read as CSV: {error}")).hint("a roll table has a header and three columns: as_of,from,to");
    match error.position() {
        Some(position) => plain.at_row(position.line()),
        None => plain,
    }
}

/// A column of texts that has no NULL.
pub(super) fn texts(rows: &RecordBatch, column: &str) -> Result<Vec<String>> {
    let array = rows.column_by_name(column).ok_or_else(|| Error::internal(format!("rows lack the column `{column}`")))?;
    let array = datafusion::arrow::compute::cast(array, &datafusion::arrow::datatypes::DataType::Utf8)
        .map_err(|e| Error::internal(format!("`{column}` is no text: {e}")))?;
    Ok(array.as_string::<i32>().iter().flatten().map(str::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order() {
        let rolls = read(b"\xef\xbb\xbfTo, from ,as_of,note\nESM4,ESH4,2024-03-08,x\nESU4,ESM4,2024-06-14,\n").expect("a table");
        assert_eq!(rolls.len(), 2);
        assert_eq!((rolls[1].as_of.to_string().as_str(), rolls[1].from.as_str(), rolls[1].to.as_str()), ("2024-06-14", "ESM4", "ESU4"));
    }

    #[test]
    fn what_makes_no_table_is_named_with_its_line() {
        for (text, said) in [
            ("as_of,to\n2024-03-08,ESM4\n", "line 1: there is no column `from`"),
            ("as_of,from,to\n", "the roll table has no rolls"),
            ("as_of,from,to\n2024-02-30,ESH4,ESM4\n", "line 2: column `as_of`: `2024-02-30` is no day"),
            ("as_of,from,to\n2024-03-08,ESH4,\n", "line 2: column `to`: no contract is named"),
            ("as_of,from,to\n2024-03-08,ESH4,ESH4\n", "line 2: `ESH4` is rolled into itself"),
            ("as_of,from,to\n2024-03-08,ESH4\n", "line 2: cannot be read as CSV"),
            ("as_of,from,to\n2024-06-14,ESH4,ESM4\n2024-03-08,ESM4,ESU4\n", "line 3: column `as_of`: the roll table goes backwards"),
            ("as_of,from,to\n2024-03-08,ESH4,ESM4\n2024-03-08,ESM4,ESU4\n", "line 3: column `as_of`: the roll table goes backwards"),
            ("as_of,from,to\n2024-03-08,ESH4,ESM4\n2024-06-14,ESH4,ESU4\n", "line 3: column `from`: `ESH4` is not the contract"),
            ("as_of,from,to\n2024-03-08,ESM4,ESH4\n", "line 2: column `to`: the roll goes backwards, from ESM4 (2024-06)"),
        ] {
            let error = read(text.as_bytes()).expect_err(text);
            assert!(error.to_string().starts_with(said), "{error}");
            assert!(error.hint_text().is_some(), "{error}");
        }
    }

    #[test]
    fn a_contract_may_be_rolled_after_its_month_began_and_opaque_names_are_taken() {
        for text in ["2024-06-10,SR3H4,SR3M4\n2024-09-10,SR3M4,SR3U4", "2029-12-10,ESZ9,ESH0", "2030-03-10,ESH0,ESM0"] {
            assert!(read(format!("as_of,from,to\n{text}\n").as_bytes()).is_ok(), "{text}");
        }
        assert_eq!(read(b"as_of,from,to\n2024-06-10,first,second\n").expect("a table").len(), 1);
    }
}
