//! From the bytes of a payload to what its header says and its records, whatever the version and the compression. Refuses as a whole what is
//! not DBN, is cut off, or has another schema; knows nothing of what the records mean.
//!
//! A fragment (records without a header) says its dataset by the publisher of its records and its version by their size, unless a hint names
//! the dataset; what only a header can say, the symbols and the window, it lacks.

use dbn::decode::dbn::{Decoder, RecordDecoder};
use dbn::decode::{DbnMetadata, DynReader};
use dbn::{Metadata, Publisher, RecordRef, SType, Schema, VersionUpgradePolicy, rtype};

use super::symbols::Symbols;
use crate::error::{Error, Result};
use crate::memory;

/// Nothing that these schemas hold is larger than this when it is unpacked.
const MAX_BYTES: u64 = 8 << 30;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The frames that zstd skips, in which the format before DBN kept its header: `5x 2a 4d 18`.
const SKIPPABLE_MAGIC: [u8; 3] = [0x2a, 0x4d, 0x18];
const HIGHEST_VERSION: u8 = 3;
/// Instants from here on are no instants but the mark of one that is missing or a header that was never filled in.
const MAX_NANOS: u64 = i64::MAX as u64;

/// What a header says, or what the records of a fragment give away.
#[derive(Debug)]
pub(super) struct Header {
    pub dataset: String,
    pub schema: Kind,
    /// What the file covers: from here, in nanoseconds since 1970.
    pub start: u64,
    /// To here, exclusive; `None` where it is not said.
    pub end: Option<u64>,
    /// The most records that were asked for.
    pub limit: Option<u64>,
    /// The parent (`ES` of `ES.FUT`) where all records are of one.
    pub parent: Option<String>,
    pub symbols: Symbols,
}

/// The schemas that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Daily,
    Hourly,
    Definition,
    Statistics,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Daily, Self::Hourly, Self::Definition, Self::Statistics];

    /// The schema, as the provider calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "ohlcv-1d",
            Self::Hourly => "ohlcv-1h",
            Self::Definition => "definition",
            Self::Statistics => "statistics",
        }
    }
    pub(super) const fn schema(self) -> Schema {
        match self {
            Self::Daily => Schema::Ohlcv1D,
            Self::Hourly => Schema::Ohlcv1H,
            Self::Definition => Schema::Definition,
            Self::Statistics => Schema::Statistics,
        }
    }
    fn of(schema: Schema) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.schema() == schema).ok_or_else(|| {
            Error::source(format!("the schema `{schema}` is not taken"))
                .hint("ohlcv-1d, ohlcv-1h, definition and statistics are; ask the provider for one of them")
        })
    }
    fn of_rtype(rtype: u8) -> Option<Self> {
        match rtype {
            rtype::OHLCV_1D => Some(Self::Daily),
            rtype::OHLCV_1H => Some(Self::Hourly),
            rtype::INSTRUMENT_DEF => Some(Self::Definition),
            rtype::STATISTICS => Some(Self::Statistics),
            _ => None,
        }
    }
}

/// A payload whose header was understood.
pub(super) struct Opened {
    pub header: Header,
    /// How many records there are.
    pub n_records: usize,
    version: u8,
    ts_out: bool,
    bytes: Vec<u8>,
    /// Where the first record begins.
    records_at: usize,
}

impl Opened {
    /// Unpacks a payload and reads its header; `dataset` is what the user says of a fragment.
    pub fn new(payload: &[u8], dataset: Option<&str>) -> Result<Self> {
        let bytes = unpack(payload)?;
        if !bytes.starts_with(b"DBN") {
            return Self::fragment(bytes, dataset);
        }
        let version = *bytes.get(3).ok_or_else(|| cut_off("inside its header"))?;
        if !(1..=HIGHEST_VERSION).contains(&version) {
            return Err(Error::source(format!("DBN version {version} is not known"))
                .hint(format!("versions 1 to {HIGHEST_VERSION} are taken: ask the provider for one of them")));
        }
        let length = bytes.get(4..8).and_then(|length| <[u8; 4]>::try_from(length).ok()).map(u32::from_le_bytes);
        let records_at = length.map_or(usize::MAX, |length| 8 + length as usize);
        if records_at > bytes.len() {
            return Err(cut_off("inside its header"));
        }
        let decoder =
            Decoder::new(&bytes[..records_at]).map_err(|e| Error::source(format!("the header of the DBN file is damaged: {e}")))?;
        let metadata = decoder.metadata().clone();
        let n_records = count(&bytes[records_at..])?;
        let header = Header::of(&metadata, dataset)?;
        Ok(Self { header, n_records, version, ts_out: metadata.ts_out, bytes, records_at })
    }

    fn fragment(bytes: Vec<u8>, dataset: Option<&str>) -> Result<Self> {
        let not_dbn = || {
            Error::source("not a DBN file: it begins neither with `DBN` nor with a record")
                .hint("the files of this source are DBN (.dbn, .dbn.zst), as `timeseries.get_range` and batch downloads give them")
        };
        let first = bytes.get(..16).ok_or_else(not_dbn)?;
        let (length, rtype) = (usize::from(first[0]) * 4, first[1]);
        let publisher = Publisher::try_from(u16::from_le_bytes([first[2], first[3]]));
        let n_records = count(&bytes).map_err(|_| not_dbn())?;
        let schema = Kind::of_rtype(rtype).ok_or_else(|| match dbn::RType::try_from(rtype) {
            Ok(rtype) if publisher.is_ok() => Error::source(format!("a fragment of {rtype:?} records is not taken"))
                .hint("ohlcv-1d, ohlcv-1h, definition and statistics are"),
            _ => not_dbn(),
        })?;
        let version = match (schema, length) {
            (Kind::Daily | Kind::Hourly, 56) => HIGHEST_VERSION,
            (Kind::Definition, 360) => 1,
            (Kind::Definition, 400) => 2,
            (Kind::Definition, 520) => 3,
            (Kind::Statistics, 64) => 2,
            (Kind::Statistics, 80) => 3,
            _ => return Err(not_dbn()),
        };
        let dataset = match (dataset, publisher) {
            (Some(given), _) => given.to_string(),
            (None, Ok(publisher)) => publisher.dataset().to_string(),
            (None, Err(_)) => {
                return Err(
                    Error::source("a fragment without a header whose publisher is not known").hint("name its dataset with `--dataset`")
                );
            }
        };
        let header = Header { dataset, schema, start: 0, end: None, limit: None, parent: None, symbols: Symbols::default() };
        Ok(Self { header, n_records, version, ts_out: false, bytes, records_at: 0 })
    }

    /// Every record in order, in the newest version, with its one-based number.
    pub fn each(&self, mut take: impl FnMut(u64, RecordRef<'_>) -> Result<()>) -> Result<()> {
        let damaged = |number: u64, e: &dbn::Error| Error::source(format!("record {number} is damaged: {e}"));
        let records = &self.bytes[self.records_at..];
        let mut decoder = RecordDecoder::with_version(records, self.version, VersionUpgradePolicy::UpgradeToV3, self.ts_out)
            .map_err(|e| damaged(1, &e))?;
        let mut number = 0;
        loop {
            match decoder.decode_ref() {
                Ok(Some(record)) => {
                    memory::demand_room();
                    number += 1;
                    take(number, record)?;
                }
                Ok(None) if number == self.n_records as u64 => return Ok(()),
                Ok(None) => return Err(cut_off(&format!("after record {number}"))),
                Err(e) => return Err(damaged(number + 1, &e)),
            }
        }
    }
}

impl Header {
    fn of(metadata: &Metadata, dataset: Option<&str>) -> Result<Self> {
        if let Some(given) = dataset.filter(|given| *given != metadata.dataset) {
            return Err(Error::source(format!("the file is of the dataset `{}`, not `{given}`", metadata.dataset))
                .hint("leave `--dataset` out: only fragments without a header need it"));
        }
        let schema = metadata.schema.ok_or_else(|| {
            Error::source("a file of several schemas, as a live session writes it, is not taken").hint("ask for one schema at a time")
        })?;
        if metadata.stype_in == Some(SType::Continuous) {
            return Err(Error::source("the file was asked for by continuous symbols, under which an instrument has no name of its own")
                .hint("ask with stype_in=parent (ES.FUT): `continuous_series` joins contracts in SQL, by the rule that you choose"));
        }
        Ok(Self {
            dataset: metadata.dataset.clone(),
            schema: Kind::of(schema)?,
            start: metadata.start,
            end: metadata.end.map(u64::from).filter(|end| *end <= MAX_NANOS),
            limit: metadata.limit.map(u64::from),
            parent: parent(metadata),
            symbols: Symbols::of(metadata)?,
        })
    }
}

/// The root of the one parent that was asked for.
fn parent(metadata: &Metadata) -> Option<String> {
    let [symbol] = metadata.symbols.as_slice() else { return None };
    if metadata.stype_in != Some(SType::Parent) {
        return None;
    }
    symbol.split_once('.').map(|(root, _)| root.to_string())
}

/// The unpacked bytes.
fn unpack(payload: &[u8]) -> Result<Vec<u8>> {
    if payload.len() > 4 && payload[0] & 0xf0 == 0x50 && payload[1..4] == SKIPPABLE_MAGIC {
        return Err(Error::source("a file in DBZ, the format before DBN, is not taken")
            .hint("convert it with `dbn` (the provider's command line tool), or download it again"));
    }
    let broken = |e: &dyn std::fmt::Display| {
        Error::source(format!("the zstd compression is damaged or cut off: {e}")).hint("download or copy the file again")
    };
    if !payload.starts_with(&ZSTD_MAGIC) {
        return Ok(payload.to_vec());
    }
    let reader = DynReader::inferred_with_buffer(payload).map_err(|e| broken(&e))?;
    let expected = (payload.len() as u64).saturating_mul(4);
    let bytes = memory::read_whole(reader, expected, MAX_BYTES).map_err(|e| memory::own_error(&e).unwrap_or_else(|| broken(&e)))?;
    bytes.ok_or_else(|| Error::source(format!("the file unpacks to more than {} GiB", MAX_BYTES >> 30)).hint("ask for a shorter window"))
}

/// How many whole records there are.
fn count(records: &[u8]) -> Result<usize> {
    let (mut at, mut n) = (0, 0);
    while at < records.len() {
        let length = usize::from(records[at]) * 4;
        if length < 16 {
            return Err(Error::source(format!("record {} is damaged: a length of {length} bytes", n + 1)));
        }
        at += length;
        n += 1;
    }
    if at > records.len() {
        return Err(cut_off(&format!("inside record {n}")));
    }
    Ok(n)
}

fn cut_off(place: &str) -> Error {
    Error::source(format!("the DBN file is cut off {place}")).hint("download or copy the file again")
}
