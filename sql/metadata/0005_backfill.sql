-- Windows of a backfill that has not ended: what it goes on after. Those of a source are deleted when its backfill ends.
CREATE TABLE backfill_windows (
  source  TEXT NOT NULL,
  url     TEXT NOT NULL,
  label   TEXT NOT NULL,
  done_at TEXT NOT NULL,
  PRIMARY KEY (source, url)
) STRICT;

-- What backfill and update did, a row per source and run; a run without an end was killed.
CREATE TABLE ingest_runs (
  run_id     INTEGER PRIMARY KEY,
  command    TEXT NOT NULL,
  source     TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at   TEXT,
  windows    INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0,
  rows       INTEGER NOT NULL DEFAULT 0,
  new        INTEGER NOT NULL DEFAULT 0,
  revised    INTEGER NOT NULL DEFAULT 0,
  rejected   INTEGER NOT NULL DEFAULT 0,
  error      TEXT
) STRICT;
