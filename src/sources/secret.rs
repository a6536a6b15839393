//! Where a provider's key stands: in the environment, or in a file of the working directory that is kept out of version control. What shape
//! a key has, and that it never prints, is each provider's own matter.

use std::path::Path;

use crate::error::{Error, Result, system_words};

/// The places of one provider's key.
pub(super) struct Places {
    pub provider: &'static str,
    pub variable: &'static str,
    /// Read where the variable is not set: lines of `KEY=VALUE`.
    pub file: &'static str,
    /// How a key looks, for hints.
    pub example: &'static str,
}

impl Places {
    /// The text that stands for a key, and where it was found.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self) -> Result<(String, String)> {
        let Self { provider, variable, file, example } = self;
        if let Ok(key) = std::env::var(variable) {
            return Ok((key, format!("${variable}")));
        }
        match std::fs::read_to_string(Path::new(file)) {
            Ok(text) => match in_lines(variable, &text) {
                Some(key) => Ok((key.to_string(), (*file).to_string())),
                None => {
                    Err(Error::config(format!("no line sets `{variable}`")).in_file(*file).hint(format!("write `{variable}={example}`")))
                }
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::config(format!("there is no API key for {provider}"))
                .hint(format!("set `{variable}`, or write `{variable}={example}` into `{file}`; files need none: `--file`"))),
            Err(e) => Err(Error::config(format!("cannot be read: {}", system_words(&e))).in_file(*file)),
        }
    }
}

fn in_lines<'t>(variable: &str, text: &'t str) -> Option<&'t str> {
    let pairs = text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().trim_start_matches("export "), value))
        .find_map(|(name, value)| (name.trim() == variable).then(|| value.trim().trim_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use super::in_lines;

    #[test]
    fn a_file_sets_it_in_a_line() {
        for text in ["# mine\nOTHER=1\nSOME_KEY=abc\n", "export SOME_KEY = \"abc\""] {
            assert_eq!(in_lines("SOME_KEY", text), Some("abc"), "{text}");
        }
        assert_eq!(in_lines("SOME_KEY", "#SOME_KEY=x\n"), None);
    }
}
