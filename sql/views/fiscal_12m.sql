-- Balances of months summed over 12 of them, where the source has no such sum; a sum needs every month. Decimals, so that it is exact.
SELECT source, series_id || '_SUM_12M' AS series_id, as_of, CASE WHEN n_values = 12 THEN CAST(total AS DOUBLE) END AS value, unit,
       available_at, availability, backcasts > 0 AS backcast
FROM  (SELECT source, series_id, as_of, unit, least_available(availability) OVER months AS availability,
              sum(CAST(value AS DECIMAL(28, 6))) OVER months AS total, count(value) OVER months AS n_values, count(as_of) OVER months AS n_months,
              min(as_of) OVER months AS oldest, max(available_at) OVER months AS available_at,
              sum(CAST(backcast AS BIGINT)) OVER months AS backcasts
       FROM   fiscal_data
       WHERE  series_id IN ('PRIMARY', 'PRIMARY_CENTRAL')
       WINDOW months AS (PARTITION BY source, series_id ORDER BY as_of ROWS 11 PRECEDING))
WHERE  n_months = 12 AND oldest = as_of - INTERVAL '11 months'
