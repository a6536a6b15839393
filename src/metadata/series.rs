//! Saved continuous series: the arguments under which a series is known by a name, and its roll table.

use chrono::NaiveDate;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params};

use super::{Metadata, explain};
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// The arguments of `continuous_series` that a definition keeps, and the column of each.
pub const SERIES_ARGUMENTS: [(&str, &str); 12] = [
    ("roll", "rolling_criteria"),
    ("roll_days", "roll_days"),
    ("unit", "unit"),
    ("rolls_on", "rolls_on"),
    ("gap", "gap"),
    ("adjust", "adjustment_method"),
    ("direction", "direction"),
    ("rank", "contract_rank"),
    ("months", "include_months"),
    ("price", "price_field"),
    ("latest", "latest"),
    ("dataset", "dataset"),
];

/// A series that was given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSeries {
    pub id: String,
    pub name: Option<String>,
    /// The exchange's root.
    pub root: String,
    /// Arguments of `continuous_series` by name, those that were given.
    pub arguments: Vec<(String, String)>,
    pub notes: Option<String>,
    /// Trade dates at the end of the stored series that an update compares again, where it was given.
    pub lookback: Option<u32>,
}

/// One line of a roll table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRoll {
    pub as_of: NaiveDate,
    pub from: String,
    pub to: String,
}

impl Metadata {
    /// Keeps a definition, in place of one of the same id.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn save_series(&self, series: &SavedSeries) -> Result<()> {
        let given = |name: &str| series.arguments.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        // required by the first shape of the table; what they stand for where nothing was given
        let default = |name: &str| match name {
            "roll" => Some("days_before_notice"),
            "adjust" => Some("none"),
            "price" => Some("auto"),
            "rank" => Some("0"),
            _ => None,
        };
        let columns: Vec<&str> = SERIES_ARGUMENTS.iter().map(|(_, column)| *column).collect();
        let values = SERIES_ARGUMENTS.iter().map(|(name, _)| given(name).or_else(|| default(name).map(str::to_string)));
        let values = values.map(|value| value.map_or(Value::Null, |text| text.parse().map_or(Value::Text(text), Value::Integer)));
        let now = IngestTime::now().to_string();
        let own = [Some(&series.id), series.name.as_ref(), Some(&series.root), series.notes.as_ref(), Some(&now), Some(&now)];
        let own = own.map(|text| text.map_or(Value::Null, |text| Value::Text(text.clone())));
        let lookback = series.lookback.map_or(Value::Null, |days| Value::Integer(days.into()));
        let all: Vec<Value> = own.into_iter().chain([lookback]).chain(values).collect();
        let marks: Vec<String> = (1..=all.len()).map(|n| format!("?{n}")).collect();
        let changed: Vec<String> = ["name", "parent", "notes", "updated_at", "lookback"]
            .iter()
            .chain(&columns)
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let text = format!(
            "INSERT INTO continuous_series_definitions (series_id, name, parent, notes, created_at, updated_at, lookback, {}) VALUES ({}) \
             ON CONFLICT (series_id) DO UPDATE SET {}",
            columns.join(", "),
            marks.join(", "),
            changed.join(", ")
        );
        self.connection().execute(&text, rusqlite::params_from_iter(all)).map_err(explain)?;
        Ok(())
    }

    /// The definition of this id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn series(&self, id: &str) -> Result<Option<SavedSeries>> {
        let text = format!("{} WHERE series_id = ?1", select());
        self.connection().query_row(&text, [id], saved).optional().map_err(explain)
    }

    /// Every definition, by id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn all_series(&self) -> Result<Vec<SavedSeries>> {
        let connection = self.connection();
        let mut found = connection.prepare(&format!("{} ORDER BY series_id", select())).map_err(explain)?;
        let rows = found.query_map([], saved).map_err(explain)?;
        rows.collect::<rusqlite::Result<_>>().map_err(explain)
    }

    /// Forgets a definition and its roll table; says whether there was one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn drop_series(&self, id: &str) -> Result<bool> {
        let connection = self.connection();
        let transaction = connection.unchecked_transaction().map_err(explain)?;
        let n = transaction.execute("DELETE FROM continuous_series_definitions WHERE series_id = ?1", [id]).map_err(explain)?;
        transaction.execute("DELETE FROM continuous_series_schedules WHERE series_id = ?1", [id]).map_err(explain)?;
        transaction.commit().map_err(explain)?;
        Ok(n > 0)
    }

    /// Gives a series a roll table, in place of the one it has.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn set_schedule(&self, id: &str, rolls: &[ScheduledRoll]) -> Result<()> {
        let connection = self.connection();
        let transaction = connection.unchecked_transaction().map_err(explain)?;
        transaction.execute("DELETE FROM continuous_series_schedules WHERE series_id = ?1", [id]).map_err(explain)?;
        for roll in rolls {
            let row = params![id, roll.as_of.to_string(), roll.from, roll.to];
            transaction.execute("INSERT INTO continuous_series_schedules VALUES (?1, ?2, ?3, ?4)", row).map_err(explain)?;
        }
        transaction.commit().map_err(explain)
    }

    /// The roll table of a series, in order; empty where it has none.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn schedule(&self, id: &str) -> Result<Vec<ScheduledRoll>> {
        let connection = self.connection();
        let text = "SELECT as_of, contract_from, contract_to FROM continuous_series_schedules WHERE series_id = ?1 ORDER BY as_of";
        let mut found = connection.prepare(text).map_err(explain)?;
        let rows = found.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(explain)?;
        rows.map(|row| {
            let (as_of, from, to): (String, String, String) = row.map_err(explain)?;
            let as_of = as_of.parse().map_err(|_| Error::metadata(format!("the roll table of `{id}` has the day `{as_of}`")))?;
            Ok(ScheduledRoll { as_of, from, to })
        })
        .collect()
    }
}

fn select() -> String {
    let columns: Vec<String> = SERIES_ARGUMENTS.iter().map(|(_, column)| format!("CAST({column} AS TEXT)")).collect();
    format!("SELECT series_id, name, parent, notes, lookback, {} FROM continuous_series_definitions", columns.join(", "))
}

fn saved(row: &Row<'_>) -> rusqlite::Result<SavedSeries> {
    let mut arguments = Vec::new();
    for (at, (name, _)) in SERIES_ARGUMENTS.iter().enumerate() {
        if let Some(value) = row.get::<_, Option<String>>(5 + at)? {
            arguments.push(((*name).to_string(), value));
        }
    }
    Ok(SavedSeries { id: row.get(0)?, name: row.get(1)?, root: row.get(2)?, arguments, notes: row.get(3)?, lookback: row.get(4)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_and_its_table_come_back_as_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let series = SavedSeries {
            id: "es".into(),
            name: None,
            root: "ES".into(),
            arguments: [("roll", "open_interest"), ("adjust", "ratio"), ("rank", "1"), ("months", "HMUZ"), ("price", "auto")]
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .to_vec(),
            notes: Some("x".into()),
            lookback: Some(10),
        };
        let roll = |day: &str, from: &str, to: &str| ScheduledRoll { as_of: day.parse().expect("a day"), from: from.into(), to: to.into() };
        let rolls = [roll("2024-03-08", "ESH2024", "ESM2024"), roll("2024-06-14", "ESM2024", "ESU2024")];
        {
            let metadata = Metadata::open(folder.path()).expect("a database");
            metadata.save_series(&series).expect("saved");
            metadata.save_series(&series).expect("saved again");
            metadata.set_schedule("es", &rolls).expect("kept");
        }
        let metadata = Metadata::open(folder.path()).expect("a database");
        assert_eq!(metadata.series("es").expect("readable"), Some(series.clone()));
        assert_eq!(metadata.all_series().expect("readable"), [series]);
        assert_eq!(metadata.schedule("es").expect("readable"), rolls);
        assert!(metadata.drop_series("es").expect("written") && !metadata.drop_series("es").expect("written"));
        assert_eq!(metadata.schedule("es").expect("readable"), []);
    }
}
