-- Vintages that the lake holds twice: the same observation at the same instant.
-- Why: a join or a sum counts them twice, and which of the two is in force is chance.
-- What to do: `contango lake verify`, then `contango lake rebuild --table TABLE`.
WITH vintages AS (
  SELECT 'cot' AS table_name, concat(report, '/', scope, ' ', contract_code, ' ', category) AS key, as_of, available_at FROM cot_vintages
  UNION ALL
  SELECT 'cot_markets', concat(report, '/', scope, ' ', contract_code), as_of, available_at FROM cot_markets_vintages
  UNION ALL
  SELECT 'cot_crop_years', concat(report, '/', scope, ' ', contract_code, ' ', crop_year, ' ', category), as_of, available_at
  FROM   cot_crop_years_vintages
  UNION ALL
  SELECT 'futures_ohlcv', concat(dataset, ' ', symbol, ' ', instrument_id, ' (', basis, ')'), as_of, available_at FROM futures_ohlcv_vintages
  UNION ALL
  SELECT 'futures_statistics', concat(dataset, ' ', symbol, ' ', instrument_id, ' ', stat), as_of, available_at FROM futures_statistics_vintages
  UNION ALL
  SELECT 'macro_series', concat(source, ' ', series_id), as_of, available_at FROM macro_series_vintages
  UNION ALL
  SELECT 'fx_flow', concat(source, ' ', series_id), as_of, available_at FROM fx_flow_vintages
  UNION ALL
  SELECT 'fiscal_data', concat(source, ' ', series_id), as_of, available_at FROM fiscal_data_vintages
  UNION ALL
  SELECT 'curves', concat(curve_id, ' ', kind, ' ', tenor), as_of, available_at FROM curves_vintages
  UNION ALL
  SELECT 'bonds', concat(bond, ' ', maturity), as_of, available_at FROM bonds_vintages
  UNION ALL
  SELECT 'market_data', concat(source, ' ', symbol), as_of, available_at FROM market_data_vintages
  UNION ALL
  SELECT 'market_events', concat(source, ' ', symbol, ' ', kind), as_of, available_at FROM market_events_vintages
  UNION ALL
  SELECT 'expectations', concat(survey, ' ', indicator, ' ', detail, ' ', horizon, ' ', sample, ' ', variant, ' ', statistic), as_of, available_at
  FROM   expectations_vintages
)
SELECT 'error' AS severity,
       table_name AS "table",
       key,
       as_of,
       concat(count(*), ' vintages of ', arrow_cast(date_trunc('second', available_at), 'Timestamp(Second, None)'), ' UTC') AS what,
       'an observation has one value at an instant' AS why
FROM   vintages
GROUP  BY table_name, key, as_of, available_at
HAVING count(*) > 1
