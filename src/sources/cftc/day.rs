//! Days as the report date column writes them. The header cannot be trusted (2010 to 2012 it says MM_DD_YYYY over ISO dates), so each cell
//! tells its own form: `2026-06-09`, `2026-06-09T00:00:00.000`, `01/03/2023`, `01/03/2023 12:00:00 AM`.

use chrono::NaiveDate;

use crate::sources::day;

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");

/// The first report was of 1962.
const REPORTS: day::Days = day::Days::american(1962, 2150);

/// Days since 1970-01-01 of a report date cell.
pub fn parse(cell: &[u8]) -> Option<i32> {
    let day = REPORTS.read_timed(std::str::from_utf8(cell).ok()?).ok()?;
    i32::try_from((day - EPOCH).num_days()).ok()
}

/// The day of so many days since 1970-01-01.
pub fn date(day: i32) -> NaiveDate {
    crate::time::day(day)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_form_of_a_report_date_is_the_same_day() {
        for cell in ["2023-01-03", " 2023-01-03 ", "2023-01-03T00:00:00.000", "01/03/2023", "1/3/2023", "1/3/23", "01/03/2023 12:00:00 AM"]
        {
            assert_eq!(super::parse(cell.as_bytes()).map(super::date), chrono::NaiveDate::from_ymd_opt(2023, 1, 3), "{cell}");
        }
        for cell in ["", "230103", "2023-13-03", "01-2023-03", "24-01-02", "2023-01", "0023-01-03", "2023-01-03-04"] {
            assert_eq!(super::parse(cell.as_bytes()), None, "{cell}");
        }
        assert_eq!(super::parse(b"1969-12-31").map(super::date), chrono::NaiveDate::from_ymd_opt(1969, 12, 31));
    }
}
