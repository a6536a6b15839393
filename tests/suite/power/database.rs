//! Lost power while the metadata is written: the database is what it was after the last transaction that was reported, or after the one that
//! was being written.

use std::path::Path;

use contango::metadata::{IngestFile, Metadata};
use contango::time::IngestTime;

use super::{SEED, cuts};
use crate::laws::dice::Dice;

fn file(n: usize) -> IngestFile {
    IngestFile {
        path: format!("raw/cftc/{n}.zip"),
        dataset: "cftc".into(),
        schema: "cot".into(),
        start_date: None,
        end_date: None,
        ingested_at: IngestTime::from_micros(1_700_000_000_000_000 + n as i64),
        sha256: format!("{n:064x}"),
        observed_at: IngestTime::from_micros(1_700_000_000_000_000 + n as i64),
    }
}

/// The database and its write-ahead log as they lie on the disk.
fn bytes(folder: &Path) -> [Vec<u8>; 2] {
    ["metadata.db", "metadata.db-wal"].map(|name| std::fs::read(folder.join(name)).unwrap_or_default())
}

#[test]
fn a_transaction_that_was_reported_outlives_a_loss_of_power() {
    let (written, lost) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let metadata = Metadata::open(written.path()).unwrap();
    let mut states = vec![bytes(written.path())];
    for n in 0..6 {
        metadata.record_ingests([file(2 * n), file(2 * n + 1)]).unwrap();
        states.push(bytes(written.path()));
    }
    for cut in 0..cuts() {
        let mut dice = Dice::new(SEED + 1, cut as u64);
        let n = dice.below(states.len() - 1);
        let ([database, synced], [_, next]) = (&states[n], &states[n + 1]);
        // What was synced with the last transaction, and of the bytes after it some, or others.
        let mut log = next[..synced.len() + dice.below(next.len() - synced.len())].to_vec();
        if dice.one_in(3) && log.len() > synced.len() {
            let at = synced.len() + dice.below(log.len() - synced.len());
            log[at..].fill(0);
        }
        for name in ["metadata.db", "metadata.db-wal", "metadata.db-shm"] {
            let _ = std::fs::remove_file(lost.path().join(name));
        }
        std::fs::write(lost.path().join("metadata.db"), database).unwrap();
        std::fs::write(lost.path().join("metadata.db-wal"), log).unwrap();
        let back = Metadata::open(lost.path()).unwrap();
        assert_eq!(back.ingests().unwrap(), (0..2 * n).map(file).collect::<Vec<_>>(), "cut {cut}");
        assert_eq!(back.examine().unwrap(), Vec::<String>::new());
        back.record_ingests([file(2 * n), file(2 * n + 1)]).unwrap();
        assert_eq!(back.ingests().unwrap().len(), 2 * n + 2);
    }
}
