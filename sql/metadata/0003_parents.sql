-- What a person typed of a root stands by itself; what definitions say of it is read from the lake, where it has a clock.
ALTER TABLE parent_metadata RENAME TO parent_settings;
ALTER TABLE parent_settings ADD COLUMN updated_at TEXT;
