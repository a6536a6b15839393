-- Providers: what is held of each, as far as it was known at the clock. A release calendar there is for the CFTC alone: `behind` counts the
-- reports that are out and not held.
WITH held AS (
  SELECT 'cftc' AS source, table_name, rows AS vintages, oldest_as_of, newest_as_of, newest_available_at
  FROM   meta.table_ranges
  WHERE  table_name = 'cot'
  UNION ALL
  SELECT dataset, 'futures_ohlcv', count(*), min(as_of), max(as_of), max(available_at)
  FROM   futures_ohlcv_vintages
  GROUP  BY dataset
  UNION ALL
  SELECT source, 'macro_series', count(*), min(as_of), max(as_of), max(available_at)
  FROM   macro_series_vintages
  GROUP  BY source
  UNION ALL
  SELECT source, 'fx_flow', count(*), min(as_of), max(as_of), max(available_at)
  FROM   fx_flow_vintages
  GROUP  BY source
  UNION ALL
  SELECT source, 'fiscal_data', count(*), min(as_of), max(as_of), max(available_at)
  FROM   fiscal_data_vintages
  GROUP  BY source
  UNION ALL
  SELECT source, 'market_data', count(*), min(as_of), max(as_of), max(available_at)
  FROM   market_data_vintages
  GROUP  BY source
  UNION ALL
  SELECT CASE WHEN curve_id IN ('US_PAR', 'US_REAL_PAR') THEN 'us_treasury' ELSE 'b3_tesouro' END, 'curves', count(*), min(as_of), max(as_of), max(available_at)
  FROM   curves_vintages
  GROUP  BY 1
), calendar AS (
  SELECT 'cftc' AS source, c.as_of, c.released_at, c.released FROM releases('cot') c
)
SELECT h.source, h.table_name, h.vintages, h.oldest_as_of, h.newest_as_of, h.newest_available_at,
       min(c.released_at) FILTER (WHERE NOT c.released) AS next_release,
       CASE WHEN count(c.as_of) > 0 THEN count(*) FILTER (WHERE c.released AND (h.newest_as_of IS NULL OR c.as_of > h.newest_as_of)) END AS behind
FROM   held h
LEFT   JOIN calendar c ON c.source = h.source
GROUP  BY h.source, h.table_name, h.vintages, h.oldest_as_of, h.newest_as_of, h.newest_available_at
