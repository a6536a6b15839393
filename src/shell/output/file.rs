//! A file that appears whole or not at all: written beside its place under another name, and renamed at the end. A result that failed half-way
//! is taken out again, those before it stay. Devices and pipes have no other name to be written under, and are written as they are.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::NamedTempFile;

use super::cannot_write;
use crate::engine::DataFolder;
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// A file that is being written.
pub struct WholeFile {
    /// As the person named it.
    path: PathBuf,
    handle: Handle,
    /// Bytes of whole results.
    kept: u64,
    results: usize,
    /// Where it must not come to lie.
    data: DataFolder,
}

enum Handle {
    /// Becomes the file of this path.
    Beside {
        file: NamedTempFile,
        target: PathBuf,
    },
    Itself(File),
}

/// How the name of a file begins that is not yet in its place.
pub const STAGED: &str = ".contango-";
/// After so long such a file belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes the files that processes that were killed left in a folder a day ago or earlier. What cannot be removed does no harm.
pub fn remove_abandoned(folder: &Path) {
    let Ok(entries) = folder.read_dir() else { return };
    let now = Duration::from_micros(u64::try_from(IngestTime::now().micros()).unwrap_or_default());
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(STAGED)) {
        let written =
            entry.metadata().ok().filter(std::fs::Metadata::is_file).and_then(|m| m.modified().ok()?.duration_since(UNIX_EPOCH).ok());
        if written.is_some_and(|written| now.saturating_sub(written) > ABANDONED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

impl WholeFile {
    /// # Errors
    /// The path leads into the data folder or is a folder, or its folder cannot be written.
    pub fn create(path: &Path, data: &DataFolder) -> Result<Self> {
        data.ensure_outside(path)?;
        let cannot = |error: io::Error| cannot_write(path, &error);
        if path.is_dir() {
            return Err(Error::usage(format!("cannot write `{}`: it is a folder", path.display())));
        }
        let is_special = path.metadata().is_ok_and(|metadata| !metadata.is_file());
        let handle = if is_special {
            Handle::Itself(OpenOptions::new().write(true).open(path).map_err(cannot)?)
        } else {
            // Where a link leads to is replaced, not the link.
            let target = path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_path_buf());
            let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            remove_abandoned(folder);
            let file = tempfile::Builder::new()
                .prefix(STAGED)
                // The user's umask decides, as for any other file.
                .permissions(Permissions::from_mode(0o666))
                .tempfile_in(folder)
                .map_err(cannot)?;
            Handle::Beside { file, target }
        };
        Ok(Self { path: path.to_path_buf(), handle, kept: 0, results: 0, data: data.clone() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whole results in it.
    pub fn results(&self) -> usize {
        self.results
    }

    /// Begins a result behind those that are whole.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(&mut self) -> io::Result<BufWriter<&mut File>> {
        match &mut self.handle {
            Handle::Beside { file, .. } => {
                let file = file.as_file_mut();
                file.set_len(self.kept)?;
                file.seek(SeekFrom::Start(self.kept))?;
                Ok(BufWriter::new(file))
            }
            Handle::Itself(file) => Ok(BufWriter::new(file)),
        }
    }

    /// Keeps the result that was written since [`WholeFile::begin`].
    ///
    /// # Errors
    /// The file cannot be asked how long it is.
    pub fn keep(&mut self) -> io::Result<()> {
        if let Handle::Beside { file, .. } = &mut self.handle {
            self.kept = file.as_file_mut().stream_position()?;
        }
        self.results += 1;
        Ok(())
    }

    /// Puts the file in its place; without a result there is none. Returns whether it is there.
    ///
    /// # Errors
    /// The file cannot be written to its end or renamed.
    pub fn finish(self) -> Result<bool> {
        let Self { path, handle, kept, results, data } = self;
        let cannot = |error: io::Error| cannot_write(&path, &error);
        if results == 0 {
            return Ok(false);
        }
        match handle {
            Handle::Beside { file, target } => {
                file.as_file().set_len(kept).map_err(cannot)?;
                file.as_file().sync_all().map_err(cannot)?;
                // what its folder is may have changed since
                data.ensure_outside(&target)?;
                file.persist(target).map_err(|error| cannot(error.error))?;
            }
            Handle::Itself(mut file) => file.flush().map_err(cannot)?,
        }
        Ok(true)
    }
}

/// A file of these bytes.
///
/// # Errors
/// The file lies in the data folder or cannot be written.
pub fn write_whole(path: &Path, data: &DataFolder, bytes: &[u8]) -> Result<()> {
    let cannot = |error: io::Error| cannot_write(path, &error);
    let mut file = WholeFile::create(path, data)?;
    let mut out = file.begin().map_err(cannot)?;
    out.write_all(bytes).and_then(|()| out.flush()).map_err(cannot)?;
    drop(out);
    file.keep().map_err(cannot)?;
    file.finish().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elsewhere() -> DataFolder {
        DataFolder::new("/nowhere/data".into())
    }

    fn write(file: &mut WholeFile, text: &str) {
        let mut out = file.begin().expect("writable");
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).expect("writable");
    }

    #[test]
    fn half_of_a_result_is_taken_out_and_the_whole_ones_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        let mut file = WholeFile::create(&path, &elsewhere()).expect("writable");
        write(&mut file, "one\n");
        file.keep().expect("kept");
        write(&mut file, "half");
        write(&mut file, "two\n");
        file.keep().expect("kept");
        write(&mut file, "half");
        assert!(!path.exists());
        assert!(file.finish().expect("renamed"));
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "one\ntwo\n");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_goes_when_it_is_a_day_old() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Duration::from_micros(IngestTime::now().micros().cast_unsigned());
        for (name, hours) in [(".contango-killed", 25), (".contango-alive", 1), ("own", 100)] {
            let file = File::create(folder.path().join(name)).expect("created");
            file.set_modified(UNIX_EPOCH + now - Duration::from_secs(hours * 3600)).expect("dated");
        }
        drop(WholeFile::create(&folder.path().join("a.txt"), &elsewhere()).expect("writable"));
        let mut left: Vec<_> = folder.path().read_dir().expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, [".contango-alive", "own"]);
    }

    #[test]
    fn nothing_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = WholeFile::create(&folder.path().join("a.txt"), &elsewhere()).expect("writable");
        assert!(!file.finish().expect("nothing to do"));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn link_stays_a_link_and_a_device_a_device() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, "old").expect("written");
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        let mut file = WholeFile::create(&link, &elsewhere()).expect("writable");
        write(&mut file, "new");
        file.keep().expect("kept");
        file.finish().expect("renamed");
        assert_eq!(std::fs::read_to_string(&target).expect("there"), "new");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        let mut full = WholeFile::create(Path::new("/dev/full"), &elsewhere()).expect("a device");
        let mut out = full.begin().expect("open");
        let error = out.write_all(b"x").and_then(|()| out.flush()).expect_err("it is full");
        assert_eq!(cannot_write(Path::new("/dev/full"), &error).to_string(), "cannot write `/dev/full`: no space left on device");
    }
    #[test]
    fn data_folder_is_judged_before_and_behind_the_writing() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::new(folder.path().join("data"));
        std::fs::create_dir(data.path()).expect("a folder");
        std::fs::create_dir(folder.path().join("out")).expect("a folder");
        assert!(WholeFile::create(&data.path().join("a.txt"), &data).is_err());
        let mut file = WholeFile::create(&folder.path().join("out/a.txt"), &data).expect("writable");
        write(&mut file, "x");
        file.keep().expect("kept");
        std::fs::rename(folder.path().join("out"), folder.path().join("moved")).expect("renamed");
        std::os::unix::fs::symlink(data.path(), folder.path().join("out")).expect("linked");
        assert!(file.finish().is_err());
        assert_eq!(std::fs::read_dir(data.path()).expect("a folder").count(), 0);
    }
}
