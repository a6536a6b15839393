//! Names of files for completion: one folder is listed, never a tree.

use std::fs;

/// More entries of a folder than anyone looks through.
const MAX_ENTRIES: usize = 1_000;

/// Paths that begin so, in alphabetical order; folders end with `/`. Hidden ones are listed where the dot is typed.
pub fn list(typed: &str) -> Vec<String> {
    let (folder, name) = typed.rfind('/').map_or(("", typed), |at| typed.split_at(at + 1));
    let Ok(entries) = fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let mut paths: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let found = entry.file_name().into_string().ok()?;
            let is_wanted = found.starts_with(name) && (!found.starts_with('.') || name.starts_with('.'));
            let slash = if is_wanted && entry.path().is_dir() { "/" } else { "" };
            is_wanted.then(|| format!("{folder}{found}{slash}"))
        })
        .take(MAX_ENTRIES)
        .collect();
    paths.sort_unstable();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_is_listed_by_the_beginning_of_a_name() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["bars.csv", "bars.parquet", ".hidden", "other.csv"] {
            fs::write(folder.path().join(name), "").expect("writable");
        }
        fs::create_dir(folder.path().join("basket")).expect("writable");
        let at = |name: &str| format!("{}/{name}", folder.path().display());
        assert_eq!(list(&at("ba")), [at("bars.csv"), at("bars.parquet"), at("basket/")]);
        assert_eq!(list(&at(".h")), [at(".hidden")]);
        assert_eq!(list(&at("")).len(), 4);
        assert_eq!(list("/no/such/folder/"), Vec::<String>::new());
    }
}
