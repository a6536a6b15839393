-- The first shape of metadata.db. A released migration is never edited: a change is the next file.
-- Days are text as 2025-01-13, instants text as 2025-01-13 23:00:02Z, both UTC.

-- Audit: one row per payload and table it fed; can be rebuilt from the raw archive.
CREATE TABLE ingest_files (
    path        TEXT NOT NULL,
    dataset     TEXT NOT NULL,
    schema      TEXT NOT NULL,
    start_date  TEXT,
    end_date    TEXT,
    ingested_at TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    observed_at TEXT NOT NULL,
    PRIMARY KEY (sha256, dataset, schema)
) STRICT;

-- Audit: what a server said about a URL, so that an unchanged file is not downloaded again.
CREATE TABLE http_validators (
    url           TEXT NOT NULL PRIMARY KEY,
    etag          TEXT,
    last_modified TEXT,
    sha256        TEXT NOT NULL,
    checked_at    TEXT NOT NULL
) STRICT;

-- Working copies of facts; the lake holds their vintages.
CREATE TABLE symbol_coverage (
    symbol       TEXT NOT NULL,
    dataset      TEXT NOT NULL,
    schema       TEXT NOT NULL,
    start_date   TEXT NOT NULL,
    end_date     TEXT NOT NULL,
    last_updated TEXT NOT NULL,
    PRIMARY KEY (symbol, dataset, schema)
) STRICT;

CREATE TABLE instrument_map (
    parent        TEXT NOT NULL,
    symbol        TEXT NOT NULL,
    instrument_id INTEGER NOT NULL,
    dataset       TEXT NOT NULL,
    schema        TEXT NOT NULL,
    first_date    TEXT NOT NULL,
    last_date     TEXT NOT NULL,
    source_path   TEXT,
    PRIMARY KEY (dataset, schema, instrument_id, symbol, first_date)
) STRICT;

CREATE TABLE instrument_definitions (
    parent              TEXT NOT NULL,
    symbol              TEXT NOT NULL,
    instrument_id       INTEGER NOT NULL,
    activation          TEXT,
    expiration          TEXT,
    exchange            TEXT,
    currency            TEXT,
    tick_size           REAL,
    contract_multiplier REAL,
    unit_of_measure_qty REAL,
    tick_value          REAL,
    instrument_class    TEXT,
    security_type       TEXT,
    raw_json            TEXT,
    dataset             TEXT NOT NULL,
    schema              TEXT NOT NULL,
    PRIMARY KEY (dataset, instrument_id, symbol)
) STRICT;

CREATE TABLE instruments (
    symbol           TEXT NOT NULL PRIMARY KEY,
    root             TEXT,
    name             TEXT,
    exchange         TEXT,
    currency         TEXT,
    instrument_class TEXT,
    first_date       TEXT,
    last_date        TEXT,
    notes            TEXT
) STRICT;

CREATE TABLE series_metadata (
    series_id           TEXT NOT NULL,
    source              TEXT NOT NULL,
    title               TEXT,
    unit                TEXT,
    frequency           TEXT,
    seasonal_adjustment TEXT,
    first_date          TEXT,
    last_date           TEXT,
    last_updated        TEXT,
    notes               TEXT,
    PRIMARY KEY (source, series_id)
) STRICT;

-- Settings that a person typed.
CREATE TABLE parent_metadata (
    parent              TEXT NOT NULL PRIMARY KEY,
    exchange            TEXT,
    timezone            TEXT,
    currency            TEXT,
    tick_size           REAL,
    contract_multiplier REAL,
    contract_notional   REAL,
    roll_days           INTEGER,
    adjustment_method   TEXT,
    instrument_class    TEXT,
    security_type       TEXT,
    notes               TEXT
) STRICT;

CREATE TABLE continuous_series_definitions (
    series_id         TEXT NOT NULL PRIMARY KEY,
    name              TEXT,
    parent            TEXT NOT NULL,
    rolling_criteria  TEXT NOT NULL,
    roll_days         INTEGER,
    adjustment_method TEXT NOT NULL,
    price_field       TEXT NOT NULL,
    contract_rank     INTEGER NOT NULL DEFAULT 0,
    include_months    TEXT,
    use_spreads       INTEGER NOT NULL DEFAULT 0,
    instrument_class  TEXT,
    security_type     TEXT,
    created_at        TEXT NOT NULL,
    updated_at        TEXT NOT NULL,
    notes             TEXT
) STRICT;

-- Audit: builds of stored series.
CREATE TABLE continuous_series_runs (
    run_id      TEXT NOT NULL PRIMARY KEY,
    series_id   TEXT NOT NULL,
    start_date  TEXT,
    end_date    TEXT,
    built_at    TEXT NOT NULL,
    output_path TEXT,
    rows        INTEGER NOT NULL,
    source_info TEXT
) STRICT;
