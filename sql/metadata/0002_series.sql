-- Saved continuous series: every argument of continuous_series has its column. What a person typed into the others stays.
ALTER TABLE continuous_series_definitions ADD COLUMN unit TEXT;
ALTER TABLE continuous_series_definitions ADD COLUMN rolls_on TEXT;
ALTER TABLE continuous_series_definitions ADD COLUMN gap TEXT;
ALTER TABLE continuous_series_definitions ADD COLUMN direction TEXT;
ALTER TABLE continuous_series_definitions ADD COLUMN latest INTEGER;
ALTER TABLE continuous_series_definitions ADD COLUMN dataset TEXT;

-- The roll table of a series that is rolled by schedule.
CREATE TABLE continuous_series_schedules (
    series_id TEXT NOT NULL,
    as_of     TEXT NOT NULL,
    contract_from TEXT NOT NULL,
    contract_to   TEXT NOT NULL,
    PRIMARY KEY (series_id, as_of)
) STRICT;
