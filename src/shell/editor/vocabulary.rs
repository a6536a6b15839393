//! What the editor knows by name: tables, columns, functions with their arguments, values, dot commands. Data and look-ups, no queries: the
//! part that code says is here from the start, the rest is put in by `load`.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{FAMILIES, FUNCTIONS, Face, Function, SETTINGS};
use crate::shell::commands::{COMMANDS, Command, Completes};
use crate::tables::TABLES;

#[derive(Clone, Default)]
pub struct Vocabulary {
    /// Columns by table, also those of `meta.` and of the session; empty while they are not known.
    tables: BTreeMap<String, Vec<String>>,
    functions: BTreeMap<String, Signature>,
    /// Values by table and column. Most come from rows of the lake and hold for one clock only.
    values: BTreeMap<(String, String), BTreeSet<String>>,
    /// Columns of the last result.
    pub last: Vec<String>,
}

#[derive(Clone, Default)]
pub struct Signature {
    /// Whether it stands where a table may.
    pub is_table: bool,
    /// Whether it stands in an expression; some names do both.
    pub is_value: bool,
    /// Whether it is one of our own.
    pub is_own: bool,
    /// By position.
    pub parameters: &'static [&'static str],
    /// The columns that a call gives, where they are known.
    pub columns: Vec<String>,
    own: Option<&'static Function>,
}

impl Vocabulary {
    /// What code says: lake tables with their columns, families, our functions.
    pub fn built_in() -> Self {
        let mut vocabulary = Self::default();
        for table in TABLES {
            let columns: Vec<String> = table.columns().map(|column| column.name.to_string()).collect();
            vocabulary.learn_columns(table.name, &columns);
        }
        for family in FAMILIES {
            vocabulary.learn_columns(family.name, &[]);
        }
        for function in FUNCTIONS {
            let parameters = function.parameters();
            let name = function.documentation().name;
            if matches!(function, Function::Clause(_)) {
                continue;
            }
            let known = vocabulary.functions.entry(name.to_string()).or_default();
            known.is_own = true;
            if function.is_table() {
                *known = Signature { is_table: true, parameters, own: Some(function), ..known.clone() };
            } else {
                known.is_value = true;
            }
        }
        vocabulary
    }

    /// Notes the columns of a table; those of a lake table or family hold for each of its faces.
    pub fn learn_columns(&mut self, table: &str, columns: &[String]) {
        let family = FAMILIES.iter().find(|family| family.name == table).map(|family| family.faces());
        let lake = TABLES.iter().any(|known| known.name == table).then_some(&Face::ALL[..]);
        let faces = family.or(lake).unwrap_or(&[Face::Latest]);
        for face in faces {
            self.tables.insert(format!("{table}{}", face.suffix()), columns.to_vec());
        }
    }
    pub fn learn_function(&mut self, name: &str) {
        self.functions.entry(name.to_string()).or_default().is_value = true;
    }
    pub fn learn_function_columns(&mut self, name: &str, columns: Vec<String>) {
        if let Some(function) = self.functions.get_mut(name) {
            function.columns = columns;
        }
    }
    pub fn learn_value(&mut self, table: &str, column: &str, value: String) {
        self.values.entry((table.to_string(), column.to_string())).or_default().insert(value);
    }
    pub fn forget_values(&mut self) {
        self.values.clear();
    }
    /// Forgets what the session made.
    pub fn forget_tables(&mut self, names: &[String]) {
        self.tables.retain(|name, _| !names.contains(name));
    }

    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }
    pub fn is_table(&self, name: &str) -> bool {
        self.tables.contains_key(&name.to_ascii_lowercase())
    }
    pub fn columns(&self, table: &str) -> &[String] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }
    /// Every column of every table that is no table about tables.
    pub fn all_columns(&self) -> BTreeSet<&str> {
        self.tables.iter().filter(|(name, _)| !name.contains('.')).flat_map(|(_, columns)| columns.iter().map(String::as_str)).collect()
    }
    pub fn functions(&self) -> impl Iterator<Item = (&str, &Signature)> {
        self.functions.iter().map(|(name, signature)| (name.as_str(), signature))
    }
    pub fn function(&self, name: &str) -> Option<&Signature> {
        self.functions.get(&name.to_ascii_lowercase())
    }

    /// Values of a column in these tables; of all tables where none of them is known to have any.
    pub fn values(&self, tables: &[&str], column: &str) -> Vec<&str> {
        let of = |is_wanted: &dyn Fn(&str) -> bool| -> BTreeSet<&str> {
            let found = self.values.iter().filter(|((table, known), _)| known == column && is_wanted(table));
            found.flat_map(|(_, values)| values.iter().map(String::as_str)).collect()
        };
        let bases: Vec<&str> = tables.iter().map(|table| Face::of_name(table).0).collect();
        let narrow = of(&|table| bases.contains(&table));
        let found = if narrow.is_empty() { of(&|_| true) } else { narrow };
        found.into_iter().collect()
    }

    /// What an argument of a function takes: its own words, else the values of the column that it stands for.
    pub fn argument_values(&self, function: &str, parameter: &str, table: Option<&str>) -> Vec<&str> {
        let Some(signature) = self.function(function) else { return Vec::new() };
        let words = signature.own.map_or(&[][..], |own| own.words(parameter));
        if !words.is_empty() {
            return words.to_vec();
        }
        let tables: Vec<&str> = table.into_iter().collect();
        match parameter {
            "table" => self.tables().filter(|name| self.columns(name).iter().any(|column| column == "as_of")).collect(),
            "series" => self.values(&tables, "series_id"),
            other => self.values(&tables, other),
        }
    }
}

/// Settings and the words that they take.
pub fn settings() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    SETTINGS.iter().map(|(name, setting)| (*name, setting.words()))
}

/// The dot command that a beginning names, if only one does.
pub fn command(name: &str) -> Option<&'static dyn Command> {
    let exact = COMMANDS.iter().find(|command| command.name() == name);
    let mut begun = COMMANDS.iter().filter(|command| !name.is_empty() && command.name().starts_with(name));
    exact.or_else(|| begun.next().filter(|_| begun.next().is_none())).copied()
}

pub fn command_names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name())
}

/// What the argument of a dot command is completed to.
pub fn completes(name: &str) -> Completes {
    command(name).map_or(Completes::Nothing, Command::completes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lake_tables_stand_under_each_face() {
        let vocabulary = Vocabulary::built_in();
        assert!(vocabulary.is_table("COT_vintages"));
        assert!(vocabulary.columns("cot_readings").contains(&"root".to_string()));
        assert!(vocabulary.is_table("futures_bars"));
    }

    #[test]
    fn values_are_those_of_the_statements_tables() {
        let mut vocabulary = Vocabulary::built_in();
        vocabulary.learn_value("cot", "root", "ES".to_string());
        vocabulary.learn_value("curves", "root", "ZN".to_string());
        assert_eq!(vocabulary.values(&["cot_vintages"], "root"), ["ES"]);
        assert_eq!(vocabulary.values(&["mine"], "root"), ["ES", "ZN"]);
        assert_eq!(vocabulary.values(&["cot"], "scope"), Vec::<&str>::new());
    }

    #[test]
    fn argument_takes_its_words() {
        let vocabulary = Vocabulary::built_in();
        assert_eq!(vocabulary.argument_values("continuous_series", "adjust", None), ["none", "ratio", "additive"]);
        assert_eq!(vocabulary.argument_values("releases", "calendar", None)[..2], ["cot", "bcb"]);
        assert!(vocabulary.argument_values("zscore", "table", None).contains(&"macro_series"));
    }

    #[test]
    fn settings_know_their_words() {
        assert!(settings().any(|(name, words)| name == "contango.unclocked" && words == ["allow", "refuse"]));
    }
}
