-- How well the instants of each table's vintages are known, as far as they were known at the clock: rows by grade, and their share of the table.
WITH graded AS (
  SELECT 'cot' AS table_name, availability, count(*) AS vintages FROM cot_vintages GROUP BY availability
  UNION ALL
  SELECT 'cot_markets' AS table_name, availability, count(*) AS vintages FROM cot_markets_vintages GROUP BY availability
  UNION ALL
  SELECT 'cot_crop_years' AS table_name, availability, count(*) AS vintages FROM cot_crop_years_vintages GROUP BY availability
  UNION ALL
  SELECT 'futures_ohlcv' AS table_name, availability, count(*) AS vintages FROM futures_ohlcv_vintages GROUP BY availability
  UNION ALL
  SELECT 'futures_statistics' AS table_name, availability, count(*) AS vintages FROM futures_statistics_vintages GROUP BY availability
  UNION ALL
  SELECT 'macro_series' AS table_name, availability, count(*) AS vintages FROM macro_series_vintages GROUP BY availability
  UNION ALL
  SELECT 'fx_flow' AS table_name, availability, count(*) AS vintages FROM fx_flow_vintages GROUP BY availability
  UNION ALL
  SELECT 'fiscal_data' AS table_name, availability, count(*) AS vintages FROM fiscal_data_vintages GROUP BY availability
  UNION ALL
  SELECT 'curves' AS table_name, availability, count(*) AS vintages FROM curves_vintages GROUP BY availability
  UNION ALL
  SELECT 'bonds' AS table_name, availability, count(*) AS vintages FROM bonds_vintages GROUP BY availability
  UNION ALL
  SELECT 'expectations' AS table_name, availability, count(*) AS vintages FROM expectations_vintages GROUP BY availability
  UNION ALL
  SELECT 'market_data' AS table_name, availability, count(*) AS vintages FROM market_data_vintages GROUP BY availability
  UNION ALL
  SELECT 'market_events' AS table_name, availability, count(*) AS vintages FROM market_events_vintages GROUP BY availability
)
SELECT table_name, availability, vintages, CAST(vintages AS DOUBLE) / sum(vintages) OVER (PARTITION BY table_name) AS share
FROM   graded
