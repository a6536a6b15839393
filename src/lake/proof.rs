//! How what lies on disk proves itself. Pure: bytes and names in, hashes and verdicts out.
//!
//! A fast hash (XXH64) of every data file is part of its name, and the log holds one of each block of it, so that a query need hash no more
//! than it reads; a log entry begins with the hash of itself and that of the entry before it, so that none can change, go missing or be put in between unnoticed. Against
//! accidents, not against forgers: what a payload is named by is SHA-256.

use twox_hash::XxHash64;

use super::proven::Feed;
use crate::error::{Error, Result};

/// How every entry of ours begins, before the sixteen digits of its own hash.
pub(super) const OPENING: &str = r#"{"commitInfo":{"contangoHash":""#;
/// What stands in the place of the hash while it is computed.
const UNHASHED: &str = "0000000000000000";
/// How entries began before they were sealed.
const UNSEALED: [&str; 2] = [r#"{"commitInfo":{"engineInfo":"contango/"#, r#"{"commitInfo":{"timestamp":"#];

/// The fast hash, in sixteen hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    digits(XxHash64::oneshot(0, bytes))
}

pub(super) fn digits(hash: u64) -> String {
    format!("{hash:016x}")
}

/// The fast hash of what comes piece by piece.
#[derive(Default)]
pub(super) struct Running(XxHash64);

impl Feed for Running {
    fn feed(&mut self, bytes: &[u8]) {
        std::hash::Hasher::write(&mut self.0, bytes);
    }
    fn digits(self) -> String {
        digits(std::hash::Hasher::finish(&self.0))
    }
}

/// The name of a data file: unlike any other, and with the hash of its bytes.
pub(super) fn file_name(bytes: &[u8]) -> String {
    format!("part-{}-x{}.parquet", uuid::Uuid::new_v4(), hash(bytes))
}

/// The hash in the name of a data file; `None` in one that was written before names had it.
pub(super) fn hash_in_name(name: &str) -> Option<&str> {
    let (_, hash) = name.strip_prefix("part-")?.strip_suffix(".parquet")?.rsplit_once("-x")?;
    (hash.len() == UNHASHED.len() && hash.bytes().all(|b| b.is_ascii_hexdigit())).then_some(hash)
}

/// Bytes of a data file that are hashed together: what is read is hashed in whole blocks, while it is in the processor's cache.
pub(super) const BLOCK: u64 = 64 * 1024;
/// Under what a log entry keeps the hashes of a file's blocks.
pub(super) const BLOCKS_TAG: &str = "contango.xxh64.64KiB";
const BLOCK_DIGITS: usize = 8;

/// Half the hash of a block: one error in four thousand million goes unseen, which the whole file's hash then finds.
pub(super) fn block_hash(block: &[u8]) -> u32 {
    (XxHash64::oneshot(0, block) >> 32) as u32
}

/// The hashes of a file's blocks.
pub(super) fn blocks(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(BLOCK as usize).map(block_hash).collect()
}

pub(super) fn blocks_text(blocks: &[u32]) -> String {
    blocks.iter().map(|hash| format!("{hash:08x}")).collect()
}

/// The hashes of the blocks of a file of this size, as a log entry has them.
pub(super) fn parse_blocks(text: &str, size: u64) -> Option<Vec<u32>> {
    let digits = text.as_bytes().chunks(BLOCK_DIGITS);
    let blocks: Vec<u32> = digits.map(|d| u32::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok()).collect::<Option<_>>()?;
    (blocks.len() as u64 == size.div_ceil(BLOCK) && text.len() == blocks.len() * BLOCK_DIGITS).then_some(blocks)
}

/// How a log entry proves itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seal {
    /// Its hash holds; `previous` is what it says of the entry before it.
    Sealed { hash: String, previous: Option<String> },
    /// Of a version of contango that did not seal entries: its bytes can be checked by the next entry alone.
    Unsealed { hash: String },
}

impl Seal {
    pub fn hash(&self) -> &str {
        match self {
            Self::Sealed { hash, .. } | Self::Unsealed { hash } => hash,
        }
    }
}

/// The first bytes of an entry to be sealed; what follows goes on inside `commitInfo`, behind a comma.
pub(super) fn opening(previous: Option<&str>) -> String {
    let previous = previous.map_or("null".to_string(), |hash| format!("\"{hash}\""));
    format!(r#"{OPENING}{UNHASHED}","contangoPrevious":{previous}"#)
}

/// Puts the hash of an entry into it.
pub(super) fn seal(mut entry: String) -> String {
    let hash = hash(entry.as_bytes());
    entry.replace_range(OPENING.len()..OPENING.len() + hash.len(), &hash);
    entry
}

/// What an entry's bytes are.
///
/// # Errors
/// It is empty, cut off, changed, or not of contango.
pub(super) fn check(entry: &[u8]) -> Result<Seal> {
    let text = std::str::from_utf8(entry).map_err(|_| Error::lake("its bytes changed: it is no text any more"))?;
    if text.is_empty() {
        return Err(Error::lake("it is empty"));
    }
    let Some(sealed) = text.strip_prefix(OPENING) else {
        if !UNSEALED.iter().any(|opening| text.starts_with(opening)) {
            return Err(Error::lake("another program wrote it, or its first bytes changed"));
        }
        if !text.ends_with('\n') {
            return Err(Error::lake("it is cut off"));
        }
        return Ok(Seal::Unsealed { hash: hash(entry) });
    };
    let written = sealed.get(..UNHASHED.len()).ok_or_else(|| Error::lake("it is cut off"))?;
    let mut running = Running::default();
    for part in [OPENING, UNHASHED, &sealed[UNHASHED.len()..]] {
        running.feed(part.as_bytes());
    }
    if running.digits() != written {
        return Err(Error::lake(if text.ends_with('\n') { "its bytes are not those that were written" } else { "it is cut off" }));
    }
    let previous = sealed[UNHASHED.len()..].strip_prefix(r#"","contangoPrevious":""#).and_then(|rest| rest.get(..UNHASHED.len()));
    Ok(Seal::Sealed { hash: written.to_string(), previous: previous.map(str::to_string) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> String {
        seal(format!("{},\"timestamp\":1}}}}\n{{\"txn\":{{\"appId\":\"a\"}}}}\n", opening(Some("00000000000000ab"))))
    }

    #[test]
    fn an_entry_says_its_own_hash_and_that_of_the_one_before() {
        let entry = entry();
        let Seal::Sealed { hash, previous } = check(entry.as_bytes()).expect("sealed") else { panic!("unsealed") };
        assert!(entry.contains(&hash));
        assert_eq!(previous.as_deref(), Some("00000000000000ab"));
        assert!(serde_json::from_str::<serde_json::Value>(entry.lines().next().expect("a line")).is_ok());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_an_entry_is_found() {
        let entry = entry().into_bytes();
        for at in 0..entry.len() {
            for bit in 0..8 {
                let mut changed = entry.clone();
                changed[at] ^= 1 << bit;
                assert!(check(&changed).is_err(), "bit {bit} of byte {at}");
            }
            assert!(check(&entry[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_file_says_its_hash_in_its_name() {
        let name = file_name(b"bytes");
        assert_eq!(hash_in_name(&name), Some(hash(b"bytes").as_str()));
        assert_eq!(hash_in_name("part-6c1bd5fc-3a0b-4a34-9d53-0123456789ab.parquet"), None);
        assert_eq!(hash_in_name("part-left-behind.parquet"), None);
    }
}
