//! The tables of the metadata database that SQL shows as `meta.<name>`, and how each stands to the clock.

/// How a metadata table stands to the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A working copy of what the lake holds in vintages; under a clock only the lake's own rows may be shown.
    Fact,
    /// What this machine did and when: refused under a clock.
    Audit,
    /// What a person typed: part of the question, shown at every clock.
    Setting,
}

/// One table of the metadata database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetaTable {
    pub name: &'static str,
    pub standing: Standing,
    pub doc: &'static str,
}

/// Every table that SQL may name.
pub static META_TABLES: &[MetaTable] = &[
    audit("ingest_files", "payloads that are complete in the lake, one row per payload and table"),
    audit("http_validators", "what servers said about the URLs that were downloaded"),
    fact("symbol_coverage", "first and last day held per symbol, dataset and schema"),
    fact("instrument_map", "which symbol an instrument id meant, from day to day"),
    fact("instrument_definitions", "contracts as the exchange defines them"),
    fact("instruments", "symbols of all kinds that the lake knows"),
    fact("series_metadata", "titles, units and frequencies of macro series"),
    setting("parent_settings", "what a person typed of a root: roll days, size, tick"),
    setting("continuous_series_definitions", "continuous series that were given a name"),
    setting("continuous_series_schedules", "the roll tables of series that are rolled by schedule"),
    audit("backfill_windows", "windows of a backfill that has not ended: what it goes on after"),
    audit("ingest_runs", "what backfill and update did, a row per source and run"),
    audit("continuous_series_runs", "builds of stored continuous series"),
];

const fn fact(name: &'static str, doc: &'static str) -> MetaTable {
    MetaTable { name, standing: Standing::Fact, doc }
}

const fn audit(name: &'static str, doc: &'static str) -> MetaTable {
    MetaTable { name, standing: Standing::Audit, doc }
}

const fn setting(name: &'static str, doc: &'static str) -> MetaTable {
    MetaTable { name, standing: Standing::Setting, doc }
}
