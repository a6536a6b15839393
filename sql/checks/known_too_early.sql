-- Figures that were known before the day that they describe had begun.
-- Why: whoever trades on them in a backtest trades on the future.
-- What to do: look at how the source dates them; rates that are decided before they take effect are declared so (decided_ahead).
WITH early AS (
  SELECT 'cot' AS table_name, concat(report, '/', scope, ' ', contract_code, ' ', category) AS key, as_of, available_at FROM cot_vintages
  UNION ALL
  SELECT 'cot_markets', concat(report, '/', scope, ' ', contract_code), as_of, available_at FROM cot_markets_vintages
  UNION ALL
  SELECT 'cot_crop_years', concat(report, '/', scope, ' ', contract_code, ' ', crop_year, ' ', category), as_of, available_at
  FROM   cot_crop_years_vintages
  UNION ALL
  SELECT 'futures_ohlcv', concat(dataset, ' ', symbol, ' (', basis, ')'), as_of, available_at FROM futures_ohlcv_vintages
  UNION ALL
  SELECT 'futures_statistics', concat(dataset, ' ', symbol, ' ', stat), as_of, available_at FROM futures_statistics_vintages
  UNION ALL
  SELECT 'macro_series', concat(v.source, ' ', v.series_id), v.as_of, v.available_at
  FROM   macro_series_vintages v
  LEFT   JOIN meta.series_metadata m ON m.source = v.source AND m.series_id = v.series_id
  WHERE  NOT coalesce(m.decided_ahead, false)
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
  SELECT 'expectations', concat(survey, ' ', indicator, ' ', horizon, ' ', statistic), as_of, available_at FROM expectations_vintages
)
SELECT 'error' AS severity,
       table_name AS "table",
       key,
       as_of,
       concat('known at ', arrow_cast(date_trunc('second', available_at), 'Timestamp(Second, None)'), ' UTC') AS what,
       'a day cannot be described before it begins, whatever the zone' AS why
FROM   early
WHERE  CAST(available_at AS DATE) < as_of
