//! What a person typed of a root: `contango meta set ES roll_days=8`.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params};

use super::{Metadata, explain};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Positive,
    Days,
}

/// A setting of a root.
pub struct ParentSetting {
    pub name: &'static str,
    kind: Kind,
    pub doc: &'static str,
}

/// Every setting.
pub static PARENT_SETTINGS: [ParentSetting; 6] = [
    ParentSetting {
        name: "roll_days",
        kind: Kind::Days,
        doc: "days before a deadline on which continuous series roll, where a call gives none",
    },
    ParentSetting {
        name: "contract_notional",
        kind: Kind::Positive,
        doc: "value of a move by one point, in place of what definitions say",
    },
    ParentSetting { name: "tick_size", kind: Kind::Positive, doc: "smallest move, in points" },
    ParentSetting { name: "currency", kind: Kind::Text, doc: "currency of the prices" },
    ParentSetting { name: "exchange", kind: Kind::Text, doc: "ISO 10383 market identifier" },
    ParentSetting { name: "notes", kind: Kind::Text, doc: "a remark" },
];

/// What could be typed once, and is kept though nothing reads it.
const KEPT: [&str; 5] = ["timezone", "adjustment_method", "instrument_class", "security_type", "contract_multiplier"];

impl ParentSetting {
    /// The setting of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn find(name: &str) -> Result<&'static Self> {
        PARENT_SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| {
            let names = || PARENT_SETTINGS.iter().map(|setting| setting.name);
            Error::usage(format!("a root has no setting `{name}`")).hint(match closest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("settings are {}", names().collect::<Vec<_>>().join(", ")),
            })
        })
    }

    fn value(&self, text: &str) -> Result<Value> {
        let wrong = |expected: &str| Error::usage(format!("`{}` must be {expected}, not `{text}`", self.name));
        match self.kind {
            Kind::Text => Ok(Value::Text(text.to_string())),
            Kind::Days => text.parse::<u16>().map(|days| Value::Integer(days.into())).map_err(|_| wrong("a number of days")),
            Kind::Positive => match text.parse::<f64>() {
                Ok(number) if number.is_finite() && number > 0.0 => Ok(Value::Real(number)),
                _ => Err(wrong("a number above 0")),
            },
        }
    }
}

impl Metadata {
    /// Keeps settings of a root; those that are not given stay as they are. An empty value forgets one, and a root without any is forgotten.
    ///
    /// # Errors
    /// A setting is unknown or has a value that it cannot have (nothing is kept then), or the database cannot be written.
    pub fn set_parent(&self, root: &str, settings: &[(String, String)]) -> Result<()> {
        let values = settings.iter().map(|(name, text)| {
            let setting = ParentSetting::find(name)?;
            Ok((setting.name, if text.is_empty() { Value::Null } else { setting.value(text)? }))
        });
        let values = values.collect::<Result<Vec<_>>>()?;
        let connection = self.connection();
        let transaction = connection.unchecked_transaction().map_err(explain)?;
        let now = IngestTime::now().to_string();
        transaction
            .execute("INSERT INTO parent_settings (parent) VALUES (?1) ON CONFLICT (parent) DO NOTHING", [root])
            .and_then(|_| transaction.execute("UPDATE parent_settings SET updated_at = ?2 WHERE parent = ?1", params![root, now]))
            .map_err(explain)?;
        for (name, value) in values {
            // the name is one of our list
            let text = format!("UPDATE parent_settings SET {name} = ?2 WHERE parent = ?1");
            transaction.execute(&text, params![root, value]).map_err(explain)?;
        }
        let names = PARENT_SETTINGS.iter().map(|setting| setting.name).chain(KEPT);
        let none: Vec<String> = names.map(|name| format!("{name} IS NULL")).collect();
        transaction
            .execute(&format!("DELETE FROM parent_settings WHERE parent = ?1 AND {}", none.join(" AND ")), [root])
            .map_err(explain)?;
        transaction.commit().map_err(explain)
    }

    /// The days before a deadline on which the contracts of a root are rolled, where someone has set them.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn roll_days(&self, root: &str) -> Result<Option<u32>> {
        let found = self.connection().query_row("SELECT roll_days FROM parent_settings WHERE parent = ?1", [root], |row| row.get(0));
        Ok(found.optional().map_err(explain)?.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(metadata: &Metadata, settings: &[(&str, &str)]) -> Result<()> {
        metadata.set_parent("ES", &settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect::<Vec<_>>())
    }

    #[test]
    fn settings_survive_and_a_wrong_one_changes_none() {
        let folder = tempfile::tempdir().expect("a folder");
        {
            let metadata = Metadata::open(folder.path()).expect("a database");
            set(&metadata, &[("roll_days", "8"), ("contract_notional", "50")]).expect("kept");
            let error = set(&metadata, &[("roll_days", "9"), ("rol_days", "1")]).expect_err("no such setting");
            assert_eq!(error.hint_text(), Some("did you mean `roll_days`?"));
            assert!(set(&metadata, &[("roll_days", "-1")]).is_err() && set(&metadata, &[("tick_size", "0")]).is_err());
        }
        let metadata = Metadata::open(folder.path()).expect("a database");
        assert_eq!(metadata.roll_days("ES").expect("readable"), Some(8));
        set(&metadata, &[("roll_days", "")]).expect("forgotten");
        assert_eq!(metadata.roll_days("ES").expect("readable"), None);
    }
}
