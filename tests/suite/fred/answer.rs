//! Answers as the provider writes them.

/// The first day that the interface knows.
pub const BEGINNING: &str = "1776-07-04";
/// The last.
pub const END: &str = "9999-12-31";

/// A row: real-time start and end, date, value.
pub type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

/// An answer to `series/observations`, changed as a test needs it.
#[derive(Clone)]
pub struct Answer {
    pub realtime: (String, String),
    pub units: &'static str,
    pub output_type: u8,
    pub count: Option<usize>,
    pub offset: usize,
    pub limit: usize,
    pub rows: Vec<String>,
}

impl Answer {
    pub fn new(start: &str, end: &str, rows: &[Row]) -> Self {
        let row = |(start, end, date, value): &Row| {
            format!(r#"{{"realtime_start":"{start}","realtime_end":"{end}","date":"{date}","value":"{value}"}}"#)
        };
        Self {
            realtime: (start.to_string(), end.to_string()),
            units: "lin",
            output_type: 1,
            count: None,
            offset: 0,
            limit: 100_000,
            rows: rows.iter().map(row).collect(),
        }
    }

    /// With one more row, whatever it is.
    pub fn odd(mut self, row: &str) -> Self {
        self.rows.push(row.to_string());
        self
    }

    pub fn text(&self) -> String {
        let Self { realtime: (start, end), units, output_type, offset, limit, rows, count } = self;
        let count = count.unwrap_or(offset + rows.len());
        format!(
            r#"{{"realtime_start":"{start}","realtime_end":"{end}","observation_start":"1600-01-01","observation_end":"9999-12-31","units":"{units}","output_type":{output_type},"file_type":"json","order_by":"observation_date","sort_order":"asc","count":{count},"offset":{offset},"limit":{limit},"observations":[{}]}}"#,
            rows.join(",")
        )
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.text().into_bytes()
    }
}

/// Every vintage of three months of a series, the second revised twice and the third missing at first.
pub fn all_vintages() -> Answer {
    Answer::new(
        BEGINNING,
        END,
        &[
            ("2024-02-02", END, "2023-12-01", "157232"),
            ("2024-02-02", "2024-03-07", "2024-01-01", "157585"),
            ("2024-03-08", "2024-04-04", "2024-01-01", "157418.0"),
            ("2024-04-05", END, "2024-01-01", "157440"),
            ("2024-03-08", "2024-04-04", "2024-02-01", "."),
            ("2024-04-05", END, "2024-02-01", "157808"),
        ],
    )
}
