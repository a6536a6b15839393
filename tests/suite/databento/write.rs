//! DBN files as the provider writes them, with made-up numbers: a header that maps symbols to ids, and records.

use std::num::NonZeroU64;

use chrono::{DateTime, NaiveDate};
use dbn::encode::EncodeRecord;
use dbn::encode::dbn::Encoder;
use dbn::{
    InstrumentDefMsg, MappingInterval, Metadata, OhlcvMsg, RecordHeader, SType, Schema, StatMsg, StatType, StatUpdateAction, SymbolMapping,
    UNDEF_PRICE, UNDEF_STAT_QUANTITY, rtype,
};

pub const DATASET: &str = "GLBX.MDP3";
const SCALE: f64 = 1e9;

/// Nanoseconds since 1970 of `2024-01-08` or `2024-01-08 23:00`.
pub fn nanos(at: &str) -> u64 {
    let at = if at.contains(' ') { format!("{at}:00Z") } else { format!("{at} 00:00:00Z") };
    let at = DateTime::parse_from_rfc3339(&at.replace(' ', "T")).expect("an instant");
    at.timestamp_nanos_opt().expect("this century").try_into().expect("after 1970")
}

fn fixed(price: f64) -> i64 {
    (price * SCALE).round() as i64
}

/// A file of one parent that covers a window, its records still to come.
pub struct File {
    metadata: Metadata,
    records: Vec<Record>,
}

enum Record {
    Bar(OhlcvMsg),
    Definition(Box<InstrumentDefMsg>),
    Statistic(StatMsg),
}

impl File {
    /// `parent` is ES; the window is from the first instant up to the second.
    pub fn new(schema: Schema, parent: &str, start: &str, end: &str) -> Self {
        let metadata = Metadata::builder()
            .dataset(DATASET)
            .schema(Some(schema))
            .start(nanos(start))
            .end(NonZeroU64::new(nanos(end)))
            .stype_in(Some(SType::Parent))
            .stype_out(SType::InstrumentId)
            .symbols(vec![format!("{parent}.FUT")])
            .build();
        Self { metadata, records: Vec::new() }
    }

    /// The header maps a symbol to an id, from one day up to another.
    pub fn map(mut self, symbol: &str, id: u32, from: &str, to: &str) -> Self {
        let date = |day: &str| Metadata { start: nanos(day), ..self.metadata.clone() }.start().date();
        let interval = MappingInterval { start_date: date(from), end_date: date(to), symbol: id.to_string() };
        self.metadata.mappings.push(SymbolMapping { raw_symbol: symbol.to_string(), intervals: vec![interval] });
        self
    }

    pub fn limit(mut self, n: u64) -> Self {
        self.metadata.limit = NonZeroU64::new(n);
        self
    }

    /// A bar with its prices (open, high, low, close) and volume.
    pub fn bar(mut self, id: u32, at: &str, [open, high, low, close]: [f64; 4], volume: u64) -> Self {
        let rtype = if self.metadata.schema == Some(Schema::Ohlcv1D) { rtype::OHLCV_1D } else { rtype::OHLCV_1H };
        let hd = RecordHeader::new::<OhlcvMsg>(rtype, 1, id, nanos(at));
        let (open, high, low, close) = (fixed(open), fixed(high), fixed(low), fixed(close));
        self.records.push(Record::Bar(OhlcvMsg { hd, open, high, low, close, volume }));
        self
    }

    /// A figure for a trade date, published at an instant; a settlement's value is a price, any other's a quantity.
    pub fn figure(self, id: u32, stat: StatType, day: &str, at: &str, value: Option<f64>, flags: u8) -> Self {
        self.statistic(id, |record| {
            record.stat_type = stat as u16;
            record.ts_ref = nanos(day);
            record.ts_recv = nanos(at);
            record.stat_flags = flags;
            match (stat, value) {
                (StatType::SettlementPrice, Some(price)) => record.price = fixed(price),
                (_, Some(quantity)) => record.quantity = quantity as i64,
                (_, None) => record.update_action = StatUpdateAction::Delete as u8,
            }
        })
    }

    pub fn statistic(mut self, id: u32, fill: impl FnOnce(&mut StatMsg)) -> Self {
        let hd = RecordHeader::new::<StatMsg>(rtype::STATISTICS, 1, id, 0);
        let mut record = StatMsg { hd, price: UNDEF_PRICE, quantity: UNDEF_STAT_QUANTITY, ..StatMsg::default() };
        record.update_action = StatUpdateAction::New as u8;
        record.sequence = self.records.len() as u32;
        fill(&mut record);
        self.records.push(Record::Statistic(record));
        self
    }

    /// The definition of an outright that was listed on a day and ends at an instant.
    pub fn outright(self, id: u32, symbol: &str, from: &str, to: &str, at: &str) -> Self {
        let asset = symbol[..symbol.len() - 2].to_string();
        self.definition(id, symbol, at, |record| {
            record.instrument_class = b'F' as _;
            write(&mut record.asset, &asset);
            write(&mut record.security_type, "FUT");
            write(&mut record.exchange, "XCME");
            record.activation = nanos(from);
            record.expiration = nanos(to);
            record.min_price_increment = fixed(0.25);
            let expires: NaiveDate = to[..10].parse().expect("a day");
            record.maturity_year = chrono::Datelike::year(&expires) as u16;
            record.maturity_month = chrono::Datelike::month(&expires) as u8;
        })
    }

    pub fn definition(mut self, id: u32, symbol: &str, at: &str, fill: impl FnOnce(&mut InstrumentDefMsg)) -> Self {
        let hd = RecordHeader::new::<InstrumentDefMsg>(rtype::INSTRUMENT_DEF, 1, id, nanos(at));
        let mut record = InstrumentDefMsg { hd, ts_recv: nanos(at), ..InstrumentDefMsg::default() };
        write(&mut record.raw_symbol, symbol);
        record.security_update_action = b'A' as _;
        record.user_defined_instrument = b'N' as _;
        fill(&mut record);
        self.records.push(Record::Definition(Box::new(record)));
        self
    }

    /// The file as it is downloaded, under zstd.
    pub fn zstd(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut Encoder::with_zstd(&mut bytes, &self.metadata).expect("an encoder"));
        bytes
    }

    pub fn plain(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut Encoder::new(&mut bytes, &self.metadata).expect("an encoder"));
        bytes
    }

    /// The records alone.
    pub fn fragment(&self) -> Vec<u8> {
        let plain = self.plain();
        let length = u32::from_le_bytes(plain[4..8].try_into().expect("four bytes")) as usize;
        plain[8 + length..].to_vec()
    }

    fn encode(&self, encoder: &mut impl EncodeRecord) {
        for record in &self.records {
            match record {
                Record::Bar(record) => put(encoder, record),
                Record::Definition(record) => put(encoder, record.as_ref()),
                Record::Statistic(record) => put(encoder, record),
            }
        }
        encoder.flush().expect("memory takes it");
    }
}

fn put<R: dbn::encode::DbnEncodable>(encoder: &mut impl EncodeRecord, record: &R) {
    encoder.encode_record(record).expect("memory takes it");
}

/// Fills a text of fixed width.
pub fn write(into: &mut [std::ffi::c_char], text: &str) {
    into.fill(0);
    for (place, byte) in into.iter_mut().zip(text.bytes()) {
        *place = byte as _;
    }
}
