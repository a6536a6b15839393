-- Observations of every table whose rows are series of one figure, as known at the clock, with what configuration says of each series: the
-- rows that checks of series read. A curve has a series for each tenor, an instrument one of its closes. A series that configuration does not
-- describe has no frequency and no calendar; curves and instruments go by those of their source.
WITH figures AS (
  SELECT 'macro_series' AS table_name, source, series_id, as_of, value, available_at FROM macro_series
  UNION ALL
  SELECT 'fx_flow', source, series_id, as_of, value, available_at FROM fx_flow
  UNION ALL
  SELECT 'fiscal_data', source, series_id, as_of, value, available_at FROM fiscal_data
), quotes AS (
  SELECT 'curves' AS table_name, CASE WHEN starts_with(curve_id, 'US_') THEN 'us_treasury' ELSE 'b3_tesouro' END AS source,
         concat(curve_id, ' ', kind, ' ', tenor) AS series_id, as_of, rate AS value, available_at, 'percent' AS unit,
         CASE WHEN starts_with(curve_id, 'US_') THEN 'US_BONDS' WHEN curve_id = 'BR_DI' THEN 'B3' ELSE 'BR' END AS calendar, false AS positive
  FROM   curves
  UNION ALL
  SELECT 'market_data', d.source, d.symbol, d.as_of, d.close, d.available_at, d.currency, coalesce(i.calendar, 'US'), d.close > 0
  FROM   market_data d
  LEFT   JOIN meta.instruments i ON i.symbol = d.symbol
)
SELECT f.table_name, f.source, f.series_id, f.as_of, f.value, f.available_at, m.unit, m.frequency, m.calendar,
       coalesce(m.positive, false) AS positive, coalesce(m.administered, false) AS administered,
       coalesce(m.decided_ahead, false) AS decided_ahead
FROM   figures f
LEFT   JOIN meta.series_metadata m ON m.source = f.source AND m.series_id = f.series_id
UNION ALL
SELECT table_name, source, series_id, as_of, value, available_at, unit, 'daily', calendar, positive, false, false
FROM   quotes
