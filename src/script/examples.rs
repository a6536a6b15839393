//! The scripts that travel with the program: those that answer a question each, from simple to hard, and the classic mistakes with their cures.
//!
//! A script says its question in its first line, and below how it is run; what stands behind `--param` there is what the shell takes where
//! nothing else is said.

use crate::config::closest;
use crate::error::{Error, Result};

/// A script.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        &[$(Example { name: $name, text: include_str!(concat!("../../sql/examples/", $name, ".sql")) }),*]
    };
}

/// Questions, from simple to hard.
pub static EXAMPLES: &[Example] = scripts!(
    "tour",
    "positioning",
    "extremes",
    "outage",
    "term_structure",
    "payrolls",
    "surprises",
    "breakevens",
    "rolls",
    "crowded",
    "before_rolls",
    "next_session",
);

/// Scripts that look ahead, each before its cure.
pub static MISTAKES: &[Example] = scripts!(
    "leaky/cot_on_tuesday",
    "leaky/cot_on_tuesday_right",
    "leaky/rebased_gdp",
    "leaky/rebased_gdp_right",
    "leaky/revised_payrolls",
    "leaky/revised_payrolls_right",
    "leaky/roll_on_the_close",
    "leaky/roll_on_the_close_right",
    "leaky/zscore_of_revised_history",
    "leaky/zscore_of_revised_history_right",
);

/// The script of this name.
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().chain(MISTAKES).find(|example| example.name == name)
}

/// The script that a person means, by its name or a beginning that no other has.
///
/// # Errors
/// There is none.
pub fn meant(typed: &str) -> Result<&'static Example> {
    let bare = typed.strip_suffix(".sql").unwrap_or(typed);
    let bare = bare.strip_prefix("sql/examples/").unwrap_or(bare);
    if let Some(exact) = find(bare) {
        return Ok(exact);
    }
    let begun: Vec<&Example> = EXAMPLES.iter().filter(|example| !bare.is_empty() && example.name.starts_with(bare)).collect();
    if let [only] = begun.as_slice() {
        return Ok(only);
    }
    Err(Error::usage(format!("there is no example `{typed}`")).hint(match closest(bare, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the examples are {}", EXAMPLES.iter().map(|example| example.name).collect::<Vec<_>>().join(", ")),
    }))
}

/// The names of all.
pub fn names() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().chain(MISTAKES).map(|example| example.name)
}

impl Example {
    /// Where it lies in the source, for messages.
    pub fn path(&self) -> String {
        format!("sql/examples/{}.sql", self.name)
    }

    /// What it asks.
    pub fn question(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("--").trim()
    }

    /// The parameters that it takes, with the values of its first line of use.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let prefix = format!("contango run {} ", self.name);
        let usage = self.text.lines().find_map(|line| line.trim_start_matches("--").trim().strip_prefix(&prefix));
        let words = usage.map_or_else(Vec::new, words);
        let values = words.windows(2).filter(|pair| pair[0] == "--param").filter_map(|pair| pair[1].split_once('='));
        values.map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }
}

/// The words of a command line; single quotes hold one together.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            c => word.push(c),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_of_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/examples");
        let scripts = |folder: &str| {
            let entries = std::fs::read_dir(folder).expect("the folder");
            let paths = entries.map(|entry| entry.expect("an entry").path());
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "sql")).count()
        };
        assert_eq!(scripts(folder), EXAMPLES.len());
        assert_eq!(scripts(&format!("{folder}/leaky")), MISTAKES.len());
    }

    #[test]
    fn every_question_says_what_comes_out_and_what_is_avoided() {
        for example in EXAMPLES {
            assert!(example.question().ends_with('?'), "{}: {}", example.name, example.question());
            for part in ["\n-- Columns: ", "\n-- Look-ahead avoided: "] {
                assert!(example.text.contains(part), "{}: {part}", example.name);
            }
            for (name, _) in example.parameters() {
                assert!(example.text.contains(&format!("${name}")), "{}: {name}", example.name);
            }
        }
    }

    #[test]
    fn parameters_are_those_of_the_first_line_of_use() {
        let outage = find("outage").expect("an example");
        let parameters = outage.parameters();
        assert_eq!(parameters, [("root".into(), "ES".into()), ("at".into(), "2023-02-20 12:00:00Z".into())]);
        assert!(find("extremes").expect("an example").parameters().is_empty());
    }

    #[test]
    fn beginning_finds_an_example_and_a_slip_is_answered() {
        assert_eq!(meant("next").map(|example| example.name).ok(), Some("next_session"));
        assert_eq!(meant("crowdde").unwrap_err().to_string(), "there is no example `crowdde`\nhint: did you mean `crowded`?");
    }
}
