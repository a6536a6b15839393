//! The tables of futures: bars and statistics as received, and what the exchange says of each contract.

use super::ColumnType::{Bool, Date, Float, Instant, Int, Text};
use super::Role::{AsOf, Attribute, Key, Value};
use super::{Column, Table};

const DATASET: Column =
    Column::new("dataset", Text, Key, "", "the provider's dataset (GLBX.MDP3), or the name that bars of a file were given");
const SYMBOL: Column = Column::new("symbol", Text, Key, "", "the instrument as the provider spells it (ESH4, ESH4-ESM4)");
const INSTRUMENT_ID: Column = Column::new(
    "instrument_id",
    Int,
    Key,
    "",
    "the provider's number of the instrument; 0 where it has none. Numbers and symbols are reused",
);

pub static FUTURES_OHLCV: Table = Table {
    name: "futures_ohlcv",
    doc: "futures bars as received: one row per instrument and trade date",
    partition: &["dataset", "basis"],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "trade date"),
        DATASET,
        Column::new(
            "basis",
            Text,
            Key,
            "",
            "session (the exchange's trading day) or utc_day (a calendar day, Sunday folded into the next trade date)",
        ),
        SYMBOL,
        INSTRUMENT_ID,
        Column::new("open", Float, Value, "points", "first price"),
        Column::new("high", Float, Value, "points", "highest price"),
        Column::new("low", Float, Value, "points", "lowest price"),
        Column::new("close", Float, Value, "points", "last price; not the settlement"),
        Column::new("volume", Int, Value, "contracts", "contracts traded within the bar"),
        Column::new("session_start", Instant, Attribute, "", "first instant that the bar covers"),
        Column::new("session_end", Instant, Attribute, "", "first instant after the bar"),
    ],
};

pub static FUTURES_STATISTICS: Table = Table {
    name: "futures_statistics",
    doc: "figures of the exchange as received, each publication a vintage: settlement, cleared_volume and open_interest",
    partition: &["dataset", "stat"],
    stamped: true,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "trade date that the figure is for"),
        DATASET,
        Column::new("stat", Text, Key, "", "settlement (points), cleared_volume or open_interest (contracts)"),
        SYMBOL,
        INSTRUMENT_ID,
        Column::new("value", Float, Value, "points or contracts", "the figure; NULL where the exchange took it back"),
        Column::new("final", Bool, Value, "", "whether a settlement is final; NULL for other figures and where it is not said"),
    ],
};

pub static FUTURES_DEFINITIONS: Table = Table {
    name: "futures_definitions",
    doc: "instruments as the exchange defines them: one row per instrument and life, each change a vintage",
    partition: &["dataset"],
    stamped: true,
    columns: &[
        Column::new(
            "as_of",
            Date,
            AsOf,
            "",
            "first day of the definition: the activation, else the day of the message; for bars of a file the first bar",
        ),
        DATASET,
        SYMBOL,
        INSTRUMENT_ID,
        Column::new("origin", Text, Value, "", "exchange, or file where a file of bars named parent and expiration"),
        Column::new(
            "instrument_class",
            Text,
            Value,
            "",
            "future, future_spread, option, option_spread, mixed_spread, or the provider's own letter",
        ),
        Column::new("user_defined", Bool, Value, "", "whether a participant defined the instrument"),
        Column::new("asset", Text, Value, "", "the exchange's root (ES)"),
        Column::new("exchange", Text, Value, "", "ISO 10383 market identifier"),
        Column::new("security_type", Text, Value, "", "security type (FUT)"),
        Column::new("maturity", Text, Value, "", "contract month, 2024-03"),
        Column::new("activation", Instant, Value, "", "first instant of trading"),
        Column::new("expiration", Instant, Value, "", "last instant of trading"),
        Column::new("min_price_increment", Float, Value, "points", "smallest move"),
        Column::new("min_price_increment_amount", Float, Value, "currency", "value of the smallest move"),
        Column::new("display_factor", Float, Value, "", "factor from the exchange's prices to displayed ones"),
        Column::new("unit_of_measure", Text, Value, "", "unit of the contract's size"),
        Column::new("unit_of_measure_qty", Float, Value, "see unit_of_measure", "size of the contract"),
        Column::new("contract_multiplier", Float, Value, "", "deliveries per contract; not the value of a point"),
        Column::new("currency", Text, Value, "", "currency of the prices"),
        Column::new("legs", Text, Value, "", "what buying a spread buys and sells: `+1 ESH4 -1 ESM4`; NULL where not said"),
        Column::new("action", Text, Attribute, "", "add, modify or delete"),
    ],
};

const SERIES_ID: Column = Column::new("series_id", Text, Key, "", "the saved series (`contango series list`)");

pub static CONTINUOUS_BARS: Table = Table {
    name: "continuous_bars",
    doc: "stored builds of saved continuous series: the bar that was held on each trade date, with its own prices, never adjusted",
    partition: &["series_id"],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "trade date"),
        SERIES_ID,
        Column::new("root", Text, Value, "", "the exchange's root (ES)"),
        Column::new("dataset", Text, Value, "", "the dataset of the contract's bars"),
        Column::new("symbol", Text, Value, "", "the contract held, as the provider spells it (ESH4)"),
        Column::new("contract_id", Text, Value, "", "the contract held (ESH2024); NULL where the series no longer has this day"),
        Column::new("open", Float, Value, "points", "first price"),
        Column::new("high", Float, Value, "points", "highest price"),
        Column::new("low", Float, Value, "points", "lowest price"),
        Column::new("price", Float, Value, "points", "settlement or close, as the definition says"),
        Column::new("price_source", Text, Value, "", "settlement or close"),
        Column::new("volume", Int, Value, "contracts", "contracts traded"),
        Column::new("open_interest", Int, Value, "contracts", "open contracts at the end of the day; NULL while not known"),
        Column::new("rolled", Bool, Value, "", "whether this is the first day of the contract"),
        Column::new("held_return", Float, Value, "", "return of what was held since the row before, over a roll by way of the gap"),
        Column::new("days_left", Int, Value, "calendar days", "days to the last trade day"),
    ],
};

pub static CONTINUOUS_BAR_ROLLS: Table = Table {
    name: "continuous_bar_rolls",
    doc: "stored builds of saved continuous series: the rolls, with the prices that make each gap",
    partition: &["series_id"],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "first day of the incoming contract"),
        SERIES_ID,
        Column::new("root", Text, Value, "", "the exchange's root (ES)"),
        Column::new("from_symbol", Text, Value, "", "the outgoing contract, as the provider spells it"),
        Column::new("from_contract", Text, Value, "", "the outgoing contract; NULL where the series no longer rolls on this day"),
        Column::new("to_symbol", Text, Value, "", "the incoming contract, as the provider spells it"),
        Column::new("to_contract", Text, Value, "", "the incoming contract"),
        Column::new("gap_on", Date, Value, "", "the day whose prices make the gap; NULL where no day near has prices of both"),
        Column::new("price_from", Float, Value, "points", "price of the outgoing contract on that day"),
        Column::new("price_to", Float, Value, "points", "price of the incoming contract on that day"),
        Column::new("price_source", Text, Value, "", "settlement or close"),
        Column::new("gap", Float, Value, "points", "price_to - price_from"),
        Column::new("ratio", Float, Value, "", "price_to / price_from; NULL where one is not positive"),
        Column::new("reason", Text, Value, "", "the rule that rolled"),
        Column::new("decided_at", Instant, Value, "", "when the roll could be decided"),
    ],
};
