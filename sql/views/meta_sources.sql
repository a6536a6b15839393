-- Providers: what is held of each, as far as it was known at the clock, when the next figure comes out, and what is out and not held:
-- `behind` counts the reports of the CFTC, and of others the series of which a figure should be there by the rule of its release.
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
  SELECT CASE WHEN starts_with(curve_id, 'US_') THEN 'us_treasury' ELSE 'b3_tesouro' END AS of_curve, 'curves', count(*), min(as_of), max(as_of),
         max(available_at)
  FROM   curves_vintages
  GROUP  BY of_curve
  UNION ALL
  SELECT 'b3_tesouro', table_name, rows, oldest_as_of, newest_as_of, newest_available_at
  FROM   meta.table_ranges
  WHERE  table_name = 'bonds' AND rows > 0
  UNION ALL
  SELECT 'bcb_focus', table_name, rows, oldest_as_of, newest_as_of, newest_available_at
  FROM   meta.table_ranges
  WHERE  table_name = 'expectations' AND rows > 0
), reports AS (
  SELECT 'cftc' AS source, c.as_of, c.released_at, c.released FROM releases('cot') c
), counted AS (
  SELECT h.source, h.table_name, h.vintages, h.oldest_as_of, h.newest_as_of, h.newest_available_at,
         min(c.released_at) FILTER (WHERE NOT c.released) AS next_release,
         CASE WHEN count(c.as_of) > 0 THEN count(*) FILTER (WHERE c.released AND (h.newest_as_of IS NULL OR c.as_of > h.newest_as_of)) END AS behind
  FROM   held h
  LEFT   JOIN reports c ON c.source = h.source
  GROUP  BY h.source, h.table_name, h.vintages, h.oldest_as_of, h.newest_as_of, h.newest_available_at
), ruled AS (
  SELECT source, table_name, min(due_at) FILTER (WHERE state = 'fresh') AS next_release,
         count(*) FILTER (WHERE state IN ('due', 'late')) AS behind
  FROM   meta.freshness
  WHERE  state IS NOT NULL AND source <> 'cftc'
  GROUP  BY source, table_name
)
SELECT c.source, c.table_name, c.vintages, c.oldest_as_of, c.newest_as_of, c.newest_available_at,
       coalesce(c.next_release, r.next_release) AS next_release, coalesce(c.behind, r.behind) AS behind
FROM   counted c
LEFT   JOIN ruled r ON r.source = c.source AND r.table_name = c.table_name
