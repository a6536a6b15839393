-- Vintages that were taken in before an older vintage of the same observation, of sources that do not stamp theirs.
-- Why: without a stamp a correction is known when it is seen; one that was seen first and is dated later has a date that is not its own.
-- What to do: `contango lake rebuild --table TABLE` replays the payloads in order.
WITH vintages AS (
  SELECT 'cot' AS table_name, concat(report, '/', scope, ' ', contract_code, ' ', category) AS key, as_of, available_at, ingested_at
  FROM   cot_vintages
  UNION ALL
  SELECT 'cot_markets', concat(report, '/', scope, ' ', contract_code), as_of, available_at, ingested_at FROM cot_markets_vintages
  UNION ALL
  SELECT 'cot_crop_years', concat(report, '/', scope, ' ', contract_code, ' ', crop_year, ' ', category), as_of, available_at, ingested_at
  FROM   cot_crop_years_vintages
  UNION ALL
  SELECT 'futures_ohlcv', concat(dataset, ' ', symbol, ' ', instrument_id, ' (', basis, ')'), as_of, available_at, ingested_at
  FROM   futures_ohlcv_vintages
  UNION ALL
  SELECT 'fx_flow', concat(source, ' ', series_id), as_of, available_at, ingested_at FROM fx_flow_vintages
  UNION ALL
  SELECT 'fiscal_data', concat(source, ' ', series_id), as_of, available_at, ingested_at FROM fiscal_data_vintages
  UNION ALL
  SELECT 'curves', concat(curve_id, ' ', kind, ' ', tenor), as_of, available_at, ingested_at FROM curves_vintages
  UNION ALL
  SELECT 'bonds', concat(bond, ' ', maturity), as_of, available_at, ingested_at FROM bonds_vintages
  UNION ALL
  SELECT 'market_data', concat(source, ' ', symbol), as_of, available_at, ingested_at FROM market_data_vintages
  UNION ALL
  SELECT 'expectations', concat(survey, ' ', indicator, ' ', detail, ' ', horizon, ' ', sample, ' ', variant, ' ', statistic), as_of, available_at,
         ingested_at
  FROM   expectations_vintages
), revised AS (
  SELECT table_name, key, as_of, count(*) AS n FROM vintages GROUP BY table_name, key, as_of HAVING count(*) > 1
), ordered AS (
  SELECT v.*, lag(v.ingested_at) OVER (PARTITION BY v.table_name, v.key, v.as_of ORDER BY v.available_at) AS before
  FROM   vintages v
  JOIN   revised r ON r.table_name = v.table_name AND r.key = v.key AND r.as_of = v.as_of
)
SELECT 'error' AS severity,
       table_name AS "table",
       key,
       as_of,
       concat('the vintage of ', arrow_cast(date_trunc('second', available_at), 'Timestamp(Second, None)'), ' UTC came in on ',
              arrow_cast(date_trunc('second', ingested_at), 'Timestamp(Second, None)'), ', the one before it later, on ',
              arrow_cast(date_trunc('second', before), 'Timestamp(Second, None)')) AS what,
       'a value that differs is known from when it is first seen' AS why
FROM   ordered
WHERE  ingested_at < before
