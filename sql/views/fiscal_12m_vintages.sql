-- fiscal_12m as it stood at each instant at which one of its months was published: of every sum with that month the months known then.
WITH published AS (
  SELECT DISTINCT source, series_id, as_of AS changed, available_at AS instant
  FROM   fiscal_data_vintages
  WHERE  series_id IN ('PRIMARY', 'PRIMARY_CENTRAL')
), months AS (
  SELECT DISTINCT source, series_id, as_of FROM fiscal_data_vintages WHERE series_id IN ('PRIMARY', 'PRIMARY_CENTRAL')
), sums AS (
  SELECT DISTINCT p.source, p.series_id, m.as_of AS last, p.instant
  FROM   published p
  JOIN   months m ON m.source = p.source AND m.series_id = p.series_id AND m.as_of >= p.changed AND m.as_of < p.changed + INTERVAL '12 months'
), known AS (
  SELECT v.source, v.series_id, v.as_of, v.value, v.unit, v.availability, v.backcast, s.last, s.instant
  FROM   sums s
  JOIN   fiscal_data_vintages v
    ON   v.source = s.source AND v.series_id = s.series_id AND v.as_of <= s.last AND v.as_of > s.last - INTERVAL '12 months'
   AND   v.available_at <= s.instant
  QUALIFY row_number() OVER (PARTITION BY v.source, v.series_id, v.as_of, s.last, s.instant ORDER BY v.available_at DESC) = 1
)
SELECT source, series_id || '_SUM_12M' AS series_id, last AS as_of,
       CASE WHEN count(value) = 12 THEN CAST(sum(CAST(value AS DECIMAL(28, 6))) AS DOUBLE) END AS value, max(unit) AS unit,
       instant AS available_at, least_available(availability) AS availability, bool_or(backcast) AS backcast
FROM   known
GROUP  BY source, series_id, last, instant
HAVING count(*) = 12
