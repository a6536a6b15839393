-- How many trade dates at the end of a stored series an update compares again; NULL is the default.
ALTER TABLE continuous_series_definitions ADD COLUMN lookback INTEGER;
