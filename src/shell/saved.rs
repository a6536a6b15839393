//! A user's own scripts: `sql/saved/NAME.sql` under the current folder. The shell writes them, the shell and `contango run` find them.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{output, unreadable};
use crate::engine::DataFolder;
use crate::error::{Error, Result};

/// Where they are, under the current folder.
pub const FOLDER: &str = "sql/saved";

/// A script, for a list.
#[derive(Debug, PartialEq, Eq)]
pub struct SavedScript {
    pub name: String,
    pub first_line: String,
}

/// The file of a name, `.sql` or not behind it.
pub fn path(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{}.sql", name.strip_suffix(".sql").unwrap_or(name)))
}

/// Keeps a statement under a name; the file appears whole or not at all.
///
/// # Errors
/// The name would lead out of the folder or is taken, or the file cannot be written.
pub fn write(name: &str, statement: &str, replaces: bool, data: &DataFolder) -> Result<PathBuf> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(Error::usage(format!("`{name}` is no name for a script")).hint("letters, digits, `_` and `-`"));
    }
    let path = path(name);
    if path.exists() && !replaces {
        return Err(
            Error::usage(format!("`{}` exists", path.display())).hint(format!("write `.save {name} replace`, or choose another name"))
        );
    }
    data.ensure_outside(&path)?;
    let cannot = |error: &std::io::Error| output::cannot_write(&path, error);
    std::fs::create_dir_all(FOLDER).map_err(|error| cannot(&error))?;
    output::remove_abandoned(Path::new(FOLDER));
    let mut file = tempfile::Builder::new().prefix(output::STAGED).tempfile_in(FOLDER).map_err(|error| cannot(&error))?;
    let text = format!("{};\n", statement.trim_end().trim_end_matches(';'));
    file.write_all(text.as_bytes()).map_err(|error| cannot(&error))?;
    file.persist(&path).map_err(|error| cannot(&error.error))?;
    Ok(path)
}

/// Every saved script, by name.
///
/// # Errors
/// The folder or a file of it cannot be read.
pub fn list() -> Result<Vec<SavedScript>> {
    let folder = Path::new(FOLDER);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        all.push(SavedScript { name, first_line: text.lines().next().unwrap_or_default().to_string() });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}
