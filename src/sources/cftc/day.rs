//! Days as the report date column writes them. The header cannot be trusted (2010 to 2012 it says MM_DD_YYYY over ISO dates), so each cell
//! tells its own form: `2026-06-09`, `2026-06-09T00:00:00.000`, `01/03/2023`, `01/03/2023 12:00:00 AM`.

use chrono::NaiveDate;

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");

/// Days since 1970-01-01 of a report date cell.
pub fn parse(cell: &[u8]) -> Option<i32> {
    let cell = cell.trim_ascii();
    let day = cell.split(|b| matches!(b, b' ' | b'T')).next()?;
    let parts = |separator: u8| {
        let mut parts = day.split(|b| *b == separator).map(crate::sources::number::integer);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(a)), Some(Some(b)), Some(Some(c)), None) => Some((a, b, c)),
            _ => None,
        }
    };
    let (year, month, day) = match parts(b'-') {
        Some(iso) => iso,
        None => parts(b'/').map(|(month, day, year)| (year, month, day))?,
    };
    if !(1900..=2200).contains(&year) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    i32::try_from((date - EPOCH).num_days()).ok()
}

/// The day of so many days since 1970-01-01.
pub fn date(day: i32) -> NaiveDate {
    crate::time::day(day)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_form_of_a_report_date_is_the_same_day() {
        for cell in ["2023-01-03", " 2023-01-03 ", "2023-01-03T00:00:00.000", "01/03/2023", "1/3/2023", "01/03/2023 12:00:00 AM"] {
            assert_eq!(super::parse(cell.as_bytes()).map(super::date), chrono::NaiveDate::from_ymd_opt(2023, 1, 3), "{cell}");
        }
        for cell in ["", "230103", "2023-13-03", "03.01.2023", "2023-01", "0023-01-03", "2023-01-03-04"] {
            assert_eq!(super::parse(cell.as_bytes()), None, "{cell}");
        }
        assert_eq!(super::parse(b"1969-12-31").map(super::date), chrono::NaiveDate::from_ymd_opt(1969, 12, 31));
    }
}
