//! Whether a path leads into the data folder, under whatever name: the one judge that every reader and writer of files beside the lake asks.
//!
//! A path is judged by what it really is. Links are followed, `..` is taken behind them, a part that does not exist yet counts by its name,
//! and a folder is compared by what the file system calls it, so that another mount of it or another spelling is the same folder. A file
//! with several names is looked for among the lake's own. Reads nothing but names and numbers of files, and writes nothing.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use datafusion::datasource::listing::ListingTableUrl;

use crate::error::{Error, Result};

/// Links that are followed on the way to one file; the kernel gives up earlier.
const MAX_LINKS: usize = 64;
/// Parts of the data folder that may lie elsewhere, behind a link.
const PARTS: [&str; 4] = ["lake", "raw", "quarantine", "metadata.db"];

/// The folder that holds the lake.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

/// What a file or folder is, whatever it is called: its device and its number there.
type Identity = (u64, u64);

impl DataFolder {
    /// A folder stays what it was named for when the process goes to another one.
    pub fn new(path: PathBuf) -> Self {
        Self { path: std::path::absolute(&path).unwrap_or(path) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// That a file of this path may be read or written; a folder is taken with all that is below it.
    ///
    /// # Errors
    /// It belongs to the lake, or the lake lies below it.
    pub fn ensure_outside(&self, path: &Path) -> Result<()> {
        let real = real(path);
        match self.holds(&real) {
            true => Err(belongs(&path.to_string_lossy())),
            false => Ok(()),
        }
    }

    /// That a file which SQL names by a path or a URL, perhaps with a pattern, may be read or written.
    ///
    /// # Errors
    /// It belongs to the lake, the pattern reaches into it, or it is no file of this machine.
    pub fn ensure_named_outside(&self, name: &str) -> Result<()> {
        let url = ListingTableUrl::parse(name).map_err(|error| {
            Error::query(format!("`{name}` is no path of a file: {}", error.strip_backtrace())).hint("write a path, FROM 'folder/file.csv'")
        })?;
        match url.scheme() {
            "file" => {}
            "lake" => return Err(belongs(name)),
            other => {
                return Err(Error::query(format!("`{name}` is no file of this machine, and `{other}:` is not read or written"))
                    .hint("a query reaches no network: fetch the file first, and name it by its path"));
            }
        }
        let folder = Path::new("/").join(url.prefix().as_ref());
        let is_whole = url.get_glob().is_some() || folder.is_dir();
        let reaches = |path: &Path| self.holds(path) || (is_whole && self.roots().any(|root| root.starts_with(path)));
        // a URL without its `..` may be another file than the path with it, where links stand before them
        let spelled = Path::new(name.split(['*', '?', '[']).next().unwrap_or(name));
        match reaches(&real(&folder)) || (url.get_glob().is_none() && reaches(&real(spelled))) {
            true => Err(belongs(name)),
            false => Ok(()),
        }
    }

    /// That nothing of the lake lies below a folder that is read as a whole.
    ///
    /// # Errors
    /// It does, or the folder itself belongs to it.
    pub fn ensure_apart(&self, folder: &Path) -> Result<()> {
        let real = real(folder);
        match self.holds(&real) || self.roots().any(|root| root.starts_with(&real)) {
            true => Err(belongs(&folder.to_string_lossy())),
            false => Ok(()),
        }
    }

    /// The data folder, and those parts of it that lie elsewhere.
    fn roots(&self) -> impl Iterator<Item = PathBuf> {
        let parts = PARTS.map(|part| real(&self.path.join(part)));
        std::iter::once(real(&self.path)).chain(parts)
    }

    /// Whether a real path is the data folder, lies in it, or is another name of a file in it.
    fn holds(&self, path: &Path) -> bool {
        let roots: Vec<PathBuf> = self.roots().collect();
        if roots.iter().any(|root| path.starts_with(root)) {
            return true;
        }
        let folders: Vec<Identity> = roots.iter().filter_map(|root| identity(root)).collect();
        if path.ancestors().filter_map(identity).any(|folder| folders.contains(&folder)) {
            return true;
        }
        match path.metadata() {
            Ok(file) if file.is_file() && file.nlink() > 1 => roots.iter().any(|root| has_file(root, (file.dev(), file.ino()))),
            _ => false,
        }
    }
}

fn belongs(name: &str) -> Error {
    Error::query(format!("`{name}` belongs to the lake, and its files are not read or written by path"))
        .hint("name the table instead: its rows then obey the clock; files of your own lie outside the data folder")
}

fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

/// Whether some file of a folder is this one.
fn has_file(folder: &Path, file: Identity) -> bool {
    if identity(folder) == Some(file) {
        return true;
    }
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(std::result::Result::ok).any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => has_file(&entry.path(), file),
        Ok(kind) => kind.is_file() && entry.metadata().is_ok_and(|found| (found.dev(), found.ino()) == file),
        Err(_) => false,
    })
}

/// What a path really is: absolute and without links, also where its end does not exist yet.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut real = PathBuf::from("/");
    let mut ahead: Vec<OsString> = parts_backwards(&absolute);
    let mut n_links = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            real.pop();
            continue;
        }
        let next = real.join(&part);
        match fs::read_link(&next) {
            Ok(target) if n_links < MAX_LINKS => {
                n_links += 1;
                if target.is_absolute() {
                    real = PathBuf::from("/");
                }
                ahead.extend(parts_backwards(&target));
            }
            _ => real = next,
        }
    }
    real
}

fn parts_backwards(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_os_string()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    let mut parts: Vec<OsString> = parts.collect();
    parts.reverse();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A folder with a lake of one file, beside a file of the user's.
    fn place() -> (tempfile::TempDir, PathBuf, DataFolder) {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().canonicalize().expect("there");
        fs::create_dir_all(here.join("data/lake/cot")).expect("a folder");
        fs::write(here.join("data/lake/cot/a.parquet"), "x").expect("written");
        fs::write(here.join("data/metadata.db"), "x").expect("written");
        fs::write(here.join("mine.csv"), "x").expect("written");
        let data = DataFolder::new(here.join("data"));
        (folder, here, data)
    }

    #[test]
    fn every_spelling_of_a_file_of_the_lake_is_refused() {
        let (_folder, here, data) = place();
        fs::create_dir(here.join("links")).expect("a folder");
        symlink(here.join("data/lake/cot/a.parquet"), here.join("links/file.parquet")).expect("linked");
        symlink("../data/lake", here.join("links/folder")).expect("linked");
        symlink("folder/cot/new.parquet", here.join("links/dangling.parquet")).expect("linked");
        symlink(here.join("data"), here.join("other")).expect("linked");
        fs::hard_link(here.join("data/lake/cot/a.parquet"), here.join("hard.parquet")).expect("linked");
        let here = here.display();
        for name in [
            format!("{here}/data/lake/cot/a.parquet"),
            format!("{here}/data/anything.csv"),
            format!("{here}/data"),
            format!("FILE://{here}/data/lake/cot/a.parquet"),
            format!("file://localhost{here}/data/lake/cot/a.parquet"),
            format!("file://{here}/dat%61/l%61ke/cot/a.parquet"),
            format!("file://{here}/nothere/../data/lake/cot/new.parquet"),
            format!("{here}/nothere/../data/lake/cot/new.parquet"),
            format!("{here}//./data///lake/new.csv"),
            format!("{here}/links/file.parquet"),
            format!("{here}/links/folder/cot/a.parquet"),
            format!("{here}/links/folder/../metadata.db"),
            format!("{here}/links/dangling.parquet"),
            format!("{here}/other/lake/x.csv"),
            format!("{here}/hard.parquet"),
            format!("{here}/*.parquet"),
            format!("{here}/da*/lake/*/*.parquet"),
            format!("{here}/"),
            "lake://data/lake/cot/a.parquet".to_string(),
            "LAKE://data/raw/e.csv".to_string(),
        ] {
            let said = data.ensure_named_outside(&name).expect_err(&name).to_string();
            assert!(said.contains("belongs to the lake"), "{name}: {said}");
        }
    }

    #[test]
    fn files_beside_the_lake_are_anyones() {
        let (_folder, here, data) = place();
        symlink(here.join("mine.csv"), here.join("link.csv")).expect("linked");
        fs::hard_link(here.join("mine.csv"), here.join("hard.csv")).expect("linked");
        fs::create_dir(here.join("database")).expect("a folder");
        let here = here.display();
        for name in ["mine.csv", "link.csv", "hard.csv", "new/deep.parquet", "database/x.csv", "database/*.csv", "database/", "data.csv"] {
            data.ensure_named_outside(&format!("{here}/{name}")).expect(name);
        }
        data.ensure_outside(Path::new("/dev/null")).expect("a device");
    }

    #[test]
    fn other_stores_are_no_files() {
        let (_folder, _, data) = place();
        let said = data.ensure_named_outside("s3://bucket/x.parquet").expect_err("refused").to_string();
        assert!(said.contains("no file of this machine"), "{said}");
    }

    #[test]
    fn links_that_lead_round_end() {
        let (_folder, here, data) = place();
        symlink(here.join("b"), here.join("a")).expect("linked");
        symlink(here.join("a"), here.join("b")).expect("linked");
        data.ensure_outside(&here.join("a")).expect("no file of the lake");
    }

    #[test]
    fn parts_of_the_lake_that_lie_elsewhere_belong_to_it() {
        let (_folder, here, data) = place();
        fs::create_dir(here.join("disk")).expect("a folder");
        symlink(here.join("disk"), here.join("data/raw")).expect("linked");
        assert!(data.ensure_outside(&here.join("disk/x.json")).is_err());
        assert!(data.ensure_apart(&here).is_err() && data.ensure_apart(&here.join("data/lake")).is_err());
    }
}
