-- Columns that earlier programs dropped although a person may have typed into them: where one is there still, it stays as it is.
ALTER TABLE parent_settings ADD COLUMN timezone TEXT;
ALTER TABLE parent_settings ADD COLUMN adjustment_method TEXT;
ALTER TABLE parent_settings ADD COLUMN instrument_class TEXT;
ALTER TABLE parent_settings ADD COLUMN security_type TEXT;
ALTER TABLE parent_settings ADD COLUMN contract_multiplier REAL;
ALTER TABLE continuous_series_definitions ADD COLUMN use_spreads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE continuous_series_definitions ADD COLUMN instrument_class TEXT;
ALTER TABLE continuous_series_definitions ADD COLUMN security_type TEXT;
