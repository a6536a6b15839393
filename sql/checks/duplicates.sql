-- Vintages that the lake holds twice: the same observation at the same instant.
-- Why: a join or a sum counts them twice, and which of the two is in force is chance.
-- What to do: `contango lake verify`, then `contango lake rebuild --table TABLE`.
--
-- Rows come in the order of key, day and instant, so each table is counted as it is read.
WITH repeated AS (
  SELECT 'cot' AS table_name, concat(report, '/', scope, ' ', contract_code, ' ', category) AS key, as_of, available_at, count(*) AS n
  FROM   cot_vintages
  GROUP  BY report, scope, contract_code, category, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'cot_markets', concat(report, '/', scope, ' ', contract_code), as_of, available_at, count(*)
  FROM   cot_markets_vintages
  GROUP  BY report, scope, contract_code, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'cot_crop_years', concat(report, '/', scope, ' ', contract_code, ' ', crop_year, ' ', category), as_of, available_at, count(*)
  FROM   cot_crop_years_vintages
  GROUP  BY report, scope, contract_code, crop_year, category, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'futures_ohlcv', concat(dataset, ' ', symbol, ' ', instrument_id, ' (', basis, ')'), as_of, available_at, count(*)
  FROM   futures_ohlcv_vintages
  GROUP  BY dataset, basis, symbol, instrument_id, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'futures_statistics', concat(dataset, ' ', symbol, ' ', instrument_id, ' ', stat), as_of, available_at, count(*)
  FROM   futures_statistics_vintages
  GROUP  BY dataset, stat, symbol, instrument_id, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'macro_series', concat(source, ' ', series_id), as_of, available_at, count(*)
  FROM   macro_series_vintages
  GROUP  BY source, series_id, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'fx_flow', concat(source, ' ', series_id), as_of, available_at, count(*)
  FROM   fx_flow_vintages
  GROUP  BY source, series_id, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'fiscal_data', concat(source, ' ', series_id), as_of, available_at, count(*)
  FROM   fiscal_data_vintages
  GROUP  BY source, series_id, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'curves', concat(curve_id, ' ', kind, ' ', tenor), as_of, available_at, count(*)
  FROM   curves_vintages
  GROUP  BY curve_id, kind, tenor, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'bonds', concat(bond, ' ', maturity), as_of, available_at, count(*)
  FROM   bonds_vintages
  GROUP  BY bond, maturity, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'market_data', concat(source, ' ', symbol), as_of, available_at, count(*)
  FROM   market_data_vintages
  GROUP  BY source, symbol, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'market_events', concat(source, ' ', symbol, ' ', kind), as_of, available_at, count(*)
  FROM   market_events_vintages
  GROUP  BY source, symbol, kind, as_of, available_at
  HAVING count(*) > 1
  UNION ALL
  SELECT 'expectations', concat(survey, ' ', indicator, ' ', detail, ' ', horizon, ' ', sample, ' ', variant, ' ', statistic), as_of, available_at, count(*)
  FROM   expectations_vintages
  GROUP  BY survey, indicator, detail, horizon, sample, variant, statistic, as_of, available_at
  HAVING count(*) > 1
)
SELECT 'error' AS severity,
       table_name AS "table",
       key,
       as_of,
       concat(n, ' vintages of ', arrow_cast(date_trunc('second', available_at), 'Timestamp(Second, None)'), ' UTC') AS what,
       'an observation has one value at an instant' AS why
FROM   repeated
