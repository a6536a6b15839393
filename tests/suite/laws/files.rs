//! A file beside the lake whose rows say when they were known: as days, as instants, as text or typed, in CSV or JSON. Under the clock it is
//! what the same file would be without the rows that were known later, and whatever stands in those.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use contango::time::KnowledgeTime;

use super::dice::Dice;

/// What stands for the place of the file in a statement.
pub const PLACE: &str = "{file}";

const DAY: i64 = 86_400_000_000;

#[derive(Debug, Clone)]
pub struct Declared {
    is_json: bool,
    /// Days, instants in UTC, or instants with digits below the microsecond.
    written: Written,
    /// The columns as they are declared; none where they are told from the rows.
    columns: &'static str,
    rows: Vec<Row>,
    /// What the other future of the file has in the place of figures.
    odd: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Day,
    Instant,
    Nanos,
}

#[derive(Debug, Clone)]
struct Row {
    known_at: i64,
    text: String,
    figure: usize,
}

impl Declared {
    pub fn any(dice: &mut Dice, instants: &[KnowledgeTime]) -> Self {
        let written = *dice.of(&[Written::Day, Written::Day, Written::Instant, Written::Nanos]);
        let is_json = dice.one_in(3);
        // a row that is known from the start, so that no file is empty
        let first = instants.first().map_or(0, |first| first.micros()) - 400 * DAY;
        let moments = (0..2 + dice.below(8)).map(|_| dice.instant(instants).micros()).chain([first]).collect::<Vec<_>>();
        let rows = moments.into_iter().map(|at| row(written, at, dice)).collect();
        let text = "(published VARCHAR, figure DOUBLE)";
        let typed = match written {
            Written::Day => "(published DATE, figure BIGINT)",
            Written::Instant | Written::Nanos => "(published TIMESTAMP, figure BIGINT)",
        };
        let columns = if is_json { text } else { *dice.of(&[text, typed]) };
        Self { is_json, written, columns, rows, odd: *dice.of(&["", "1.5", "7"]) }
    }

    /// Declares it under a name; its place is [`PLACE`].
    pub fn statement(&self, name: &str) -> String {
        let (format, header) = if self.is_json { ("JSON", "") } else { ("CSV", ", 'format.has_header' 'true'") };
        format!(
            "CREATE EXTERNAL TABLE {name} {} STORED AS {format} LOCATION '{PLACE}' OPTIONS ('contango.available_at' 'published'{header})",
            self.columns
        )
    }

    /// The file with all of its rows.
    pub fn whole(&self, folder: &Path) -> PathBuf {
        self.write(folder, |_| true, None)
    }
    /// The file as it was at an instant.
    pub fn cut(&self, folder: &Path, at: KnowledgeTime) -> PathBuf {
        self.write(folder, |row| row.known_at <= at.micros(), None)
    }
    /// The file with other rows after an instant.
    pub fn with_other_future(&self, folder: &Path, at: KnowledgeTime) -> PathBuf {
        self.write(folder, |row| row.known_at <= at.micros(), Some(at))
    }

    fn write(&self, folder: &Path, keeps: impl Fn(&Row) -> bool, other_after: Option<KnowledgeTime>) -> PathBuf {
        let mut text = if self.is_json { String::new() } else { "published,figure\n".to_string() };
        let mut line = |published: &str, figure: &str| {
            let _ = match self.is_json {
                true if figure.is_empty() => writeln!(text, r#"{{"published":"{published}"}}"#),
                true => writeln!(text, r#"{{"published":"{published}","figure":{figure}}}"#),
                false => writeln!(text, "{published},{figure}"),
            };
        };
        for row in self.rows.iter().filter(|row| keeps(row)) {
            line(&row.text, &row.figure.to_string());
        }
        if let Some(after) = other_after {
            for n in 1..3 {
                line(&text_of(self.written, after.micros() + n * 3 * DAY, 5).0, if self.takes_odd() { self.odd } else { "" });
            }
        }
        let file = folder.join(if self.is_json { "declared.ndjson" } else { "declared.csv" });
        std::fs::write(&file, text).expect("the file can be written");
        file
    }

    /// Whether the declared type holds what is odd.
    fn takes_odd(&self) -> bool {
        self.columns.contains("DOUBLE") || self.odd != "1.5"
    }
}

fn row(written: Written, at: i64, dice: &mut Dice) -> Row {
    let (text, known_at) = text_of(written, at, dice.below(1000));
    Row { known_at, text, figure: 8 * dice.below(40) }
}

/// An instant as it is written, and when what is written so was known: a day when it is over, a part of a microsecond at the end of it.
fn text_of(written: Written, at: i64, nanos: usize) -> (String, i64) {
    let instant = KnowledgeTime::from_micros(at).to_string().replace(' ', "T");
    match written {
        Written::Day => {
            let day = at.div_euclid(DAY);
            (instant[..10].to_string(), (day + 1) * DAY)
        }
        Written::Instant => (instant, at),
        Written::Nanos => {
            let whole = &instant[..19];
            let micros = at.rem_euclid(1_000_000);
            (format!("{whole}.{micros:06}{nanos:03}Z"), at + i64::from(nanos > 0))
        }
    }
}
