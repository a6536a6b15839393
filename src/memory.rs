//! How much memory the program may take, and whether there is room: the one limit that every reader of foreign bytes and every query keeps.
//!
//! What is taken is counted by the allocator of the binary (`main.rs` says so to [`counted_by`]); where the library runs in another program,
//! nothing is counted here and only the pools of queries hold the limit. Nothing is freed or stopped here: whoever finds no room says so.

use std::io::{self, Read};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::guard;

/// The share of the machine's memory that is the limit where none is given: a half.
const SHARE: u64 = 2;
/// What a reader holds is taken up to twice more on the way to the lake, so it may have a third.
const SHARE_OF_READERS: u64 = 3;
/// Of a machine that does not say what it has.
const UNKNOWN: u64 = 8 << 30;
/// No work can be done with less.
const LEAST: u64 = 64 << 20;

static LIMIT: AtomicU64 = AtomicU64::new(0);
static COUNTER: OnceLock<fn() -> u64> = OnceLock::new();

/// Names the counter of the bytes that are taken.
pub fn counted_by(counter: fn() -> u64) {
    // a second one would count the same
    let _ = COUNTER.set(counter);
}

/// The bytes that are taken now; 0 where nobody counts.
pub fn taken() -> u64 {
    COUNTER.get().map_or(0, |counter| counter())
}

/// The bytes that may be taken.
pub fn limit() -> u64 {
    match LIMIT.load(Ordering::Relaxed) {
        0 => *of_the_machine() / SHARE,
        limit => limit,
    }
}

/// Sets the limit of the process.
pub fn set_limit(bytes: u64) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Reads a size as a user types it: `512MiB`, `8 GB`, `25%` of the machine's memory.
///
/// # Errors
/// It is no size, or too little to work with.
pub fn parse(text: &str) -> Result<u64> {
    let hint = "write `512MiB`, `8GiB`, or `25%` of the machine's memory";
    let unreadable = || Error::usage(format!("`{text}` is no amount of memory")).hint(hint);
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| unreadable())?;
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "kib" | "k" => 1_024.0,
        "mib" | "m" => 1_048_576.0,
        "gib" | "g" => 1_073_741_824.0,
        "tib" | "t" => 1_099_511_627_776.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "%" if number <= 100.0 => *of_the_machine() as f64 / 100.0,
        _ => return Err(unreadable()),
    };
    let bytes = (number * unit) as u64;
    if bytes < LEAST {
        return Err(Error::usage(format!("`{text}` is too little memory to work with")).hint(format!("at least {} MiB", LEAST >> 20)));
    }
    Ok(bytes)
}

/// A size for a person.
pub fn shown(bytes: u64) -> String {
    match bytes {
        0..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

/// That a reader may take more.
///
/// # Errors
/// There is no room.
pub fn ensure_room() -> Result<()> {
    ensure_room_for(0)
}

/// The same for a loop that returns no errors: it leaves for the guard around the parser.
pub fn demand_room() {
    if let Err(error) = ensure_room() {
        guard::leave(error);
    }
}

/// That so many bytes at once may be taken.
///
/// # Errors
/// There is no room for them.
pub fn ensure_room_for(bytes: u64) -> Result<()> {
    if taken().saturating_add(bytes) <= limit() / SHARE_OF_READERS { Ok(()) } else { Err(too_little()) }
}

/// What is said where there is no room.
pub fn too_little() -> Error {
    Error::source(format!("reading it takes more memory than there is room for ({} may be taken)", shown(limit())))
        .hint("cut the file into several, or give more with `--memory-limit`; if it is small, it was made to fill memory")
}

/// A reader that looks whether there is room before each piece: what grows by what is read of it stays within the limit.
#[derive(Debug)]
pub struct Metered<R>(pub R);

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        ensure_room().map_err(io::Error::other)?;
        self.0.read(into)
    }
}

/// All that a reader gives, up to `most` bytes; `None` where it has more.
///
/// # Errors
/// It cannot be read, or there is no room: the latter is in [`own_error`].
pub fn read_whole(reader: impl Read, expected: u64, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut piece = Metered(reader).take(most.saturating_add(1));
    // what a header declares may lie
    bytes.try_reserve(usize::try_from(expected.min(most).min(1 << 20)).unwrap_or(0)).map_err(io::Error::other)?;
    loop {
        let before = bytes.len();
        // a vector doubles: where that would not fit there is no room
        if bytes.capacity() - before < PIECE {
            let more = before.max(PIECE);
            ensure_room_for(more as u64).map_err(io::Error::other)?;
            bytes.try_reserve(more).map_err(io::Error::other)?;
        }
        piece.by_ref().take(PIECE as u64).read_to_end(&mut bytes)?;
        if bytes.len() == before {
            break;
        }
    }
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

const PIECE: usize = 64 << 10;

/// Our own error inside one of a reader.
pub fn own_error(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref::<Error>().cloned()
}

/// The machine's memory, or what the group of processes that this one belongs to may have of it.
fn of_the_machine() -> &'static u64 {
    static BYTES: OnceLock<u64> = OnceLock::new();
    BYTES.get_or_init(|| {
        let text = |path: &str| std::fs::read_to_string(path).ok();
        let of_group = |path: &str| text(path)?.trim().parse::<u64>().ok();
        let total = text("/proc/meminfo").and_then(|info| {
            let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
            line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
        });
        let own_group = text("/proc/self/cgroup").and_then(|groups| {
            let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
            Some(format!("/sys/fs/cgroup/{path}/memory.max"))
        });
        let groups = ["/sys/fs/cgroup/memory.max".to_string(), "/sys/fs/cgroup/memory/memory.limit_in_bytes".to_string()];
        // `ulimit -v`
        let of_process = text("/proc/self/limits").and_then(|limits| {
            let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        });
        let all = total.map(|kib| kib << 10).into_iter().chain(of_process);
        all.chain(own_group.into_iter().chain(groups).filter_map(|path| of_group(&path))).min().unwrap_or(UNKNOWN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_written_with_its_unit() {
        for (text, bytes) in [("512MiB", 512 << 20), ("1.5 GiB", 3 << 29), ("2g", 2 << 30), ("100MB", 100_000_000)] {
            assert_eq!(parse(text).expect("a size"), bytes, "{text}");
        }
        assert_eq!(parse("100%").expect("a share"), *of_the_machine());
        for text in ["", "512", "MiB", "-1GiB", "101%", "1PiB", "1MiB", "1e9"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!((shown(512 << 20), shown(3 << 29)), ("512 MiB".to_string(), "1.5 GiB".to_string()));
    }

    #[test]
    fn a_reader_is_read_whole_or_not_at_all() {
        let read = |most| read_whole(&[7_u8; 200_000][..], 1 << 40, most).expect("readable");
        assert_eq!(read(200_000).map(|bytes| bytes.len()), Some(200_000));
        assert_eq!(read(199_999), None);
    }
}
