//! A fuzzer per parser: small files of every provider, changed by chance, each parsed behind the edge. A find is a panic in our own code, a
//! payload of a day that cannot be, or what ends the process; that a file is refused, or that a foreign reader gives up and is caught, is
//! what the edge is for.
//!
//! Chance is the same everywhere: seed n of a file is always the same change. A minute at most runs with the other tests; an hour of it is
//! `CONTANGO_FUZZ_SECONDS=3600 cargo test --test suite hostile::fuzz -- --nocapture`, which goes on where `CONTANGO_FUZZ_FROM` says and tells
//! how many changes each file has seen.

use std::time::{Duration, Instant};

use contango::config::Config;
use contango::sources::{Payload, edge, find};
use contango::time::IngestTime;

use super::seeds::{self, Seed};

/// Changes of each file where no time is given.
const N: u64 = 60;
/// Nothing that small may take longer, in a build for tests on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// Numbers that are the same everywhere (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).expect("below a size")
    }
}

/// What stands at the edge of numbers, days and formats.
const WORDS: [&[u8]; 24] = [
    b"",
    b"-",
    b"0",
    b"-1",
    b"1e308",
    b"1e-400",
    b"NaN",
    b"inf",
    b"99999999999999999999",
    b"9999-12-31",
    b"0000-00-00",
    b"+262142-12-31",
    b"-262143-01-01",
    b"31/12/9999",
    b"2024-02-30",
    b"\"",
    b"\"\"",
    b"\n\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    "é日本".as_bytes(),
    b"null",
    b"[[[[[[[[",
    b"{}",
];

/// Changes a file in one to eight places.
fn changed(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=chance.below(8) {
        let at = chance.below(out.len());
        let end = (at + 1 + chance.below(16)).min(out.len());
        match chance.below(10) {
            0 if !out.is_empty() => out[at] ^= 1 << chance.below(8),
            1 if !out.is_empty() => out[at] = chance.next() as u8,
            // a number of a binary format: a length, a count, a day
            2 if at + 8 <= out.len() => {
                let edge = [0, 1, 0x7fff_ffff, 0x8000_0000, u64::MAX, 1 << 40, chance.next()][chance.below(7)];
                let width = [1, 2, 4, 8][chance.below(4)];
                out[at..at + width].copy_from_slice(&edge.to_le_bytes()[..width]);
            }
            3 => out.truncate(at),
            4 => drop(out.drain(at..end)),
            5 => {
                let piece = out[at..end].to_vec();
                let to = chance.below(out.len());
                out.splice(to..to, piece);
            }
            // a part of the file again, often
            6 if out.len() < 1 << 16 => {
                let piece = out[at..end].repeat(1 + chance.below(200));
                out.splice(at..at, piece);
            }
            // a cell or a value becomes another
            7 | 8 => {
                let is_border = |b: &u8| matches!(b, b',' | b';' | b'\n' | b'"' | b':' | b'<' | b'>' | b'\t');
                let from = out[..at].iter().rposition(is_border).map_or(0, |border| border + 1);
                let to = out[at..].iter().position(is_border).map_or(out.len(), |border| at + border);
                out.splice(from.min(to)..to, WORDS[chance.below(WORDS.len())].iter().copied());
            }
            _ => {
                let other = chance.below(out.len());
                if !out.is_empty() {
                    out.swap(at, other);
                }
            }
        }
    }
    out
}

/// What a person is told of a find, so that it can be had again.
fn one(seed: &Seed, n: u64, config: &Config) -> Result<(), String> {
    let mut chance = Chance(n.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ seed.bytes.len() as u64);
    let bytes = changed(&seed.bytes, &mut chance);
    let observed_at = IngestTime::parse("2026-11-21 00:00:00Z").expect("an instant");
    let (name, origin, hint) = (seed.name.to_string(), String::new(), seed.hint.map(str::to_string));
    let payload = Payload { name, bytes: bytes.into(), observed_at, origin, hint };
    let start = Instant::now();
    let parsed = edge::parse(find(seed.source).expect("a source"), &payload, config);
    if start.elapsed() > LONGEST {
        return Err(format!("took {:?}", start.elapsed()));
    }
    match parsed {
        Err(error) if error.message().contains("(src/") => Err(error.to_string()),
        // quarantine and the lake take what is there
        Ok(parsed) if parsed.batches.iter().any(|(table, batch)| batch.schema() != table.parsed_schema()) => {
            Err("rows of another table".into())
        }
        _ => Ok(()),
    }
}

#[test]
fn no_change_of_a_file_is_more_than_its_own_error() {
    let config = Config::built_in().expect("the built-in configuration");
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seconds, first) = (number("CONTANGO_FUZZ_SECONDS"), number("CONTANGO_FUZZ_FROM").unwrap_or(0));
    if seconds.is_some() {
        contango::memory::set_limit(1 << 30);
    }
    let seeds = seeds::all();
    for seed in &seeds {
        // a seed that is refused would only test the refusal
        let whole = one_whole(seed, &config);
        assert!(whole.is_ok(), "{} of {}: {}", seed.name, seed.source, whole.expect_err("refused"));
    }
    let mut finds = Vec::new();
    for seed in &seeds {
        let start = Instant::now();
        let mut n = first;
        while seconds
            .map_or(n < first + N, |seconds| start.elapsed() * u32::try_from(seeds.len()).expect("few") < Duration::from_secs(seconds))
        {
            if let Err(what) = one(seed, n, &config) {
                finds.push(format!("{} of {}, change {n}: {what}", seed.name, seed.source));
            }
            n += 1;
        }
        if seconds.is_some() {
            println!("{} of {}: changes {first}..{n} in {} s", seed.name, seed.source, start.elapsed().as_secs());
        }
    }
    assert!(finds.is_empty(), "{} finds\n{}", finds.len(), finds.join("\n"));
}

fn one_whole(seed: &Seed, config: &Config) -> contango::error::Result<contango::sources::Parsed> {
    let observed_at = IngestTime::parse("2026-11-21 00:00:00Z").expect("an instant");
    let (name, origin, hint) = (seed.name.to_string(), String::new(), seed.hint.map(str::to_string));
    let payload = Payload { name, bytes: seed.bytes.clone().into(), observed_at, origin, hint };
    edge::parse(find(seed.source).expect("a source"), &payload, config)
}
