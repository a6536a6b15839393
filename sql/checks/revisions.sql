-- Revisions of a series that are much larger than its others, within one base.
-- Why: a model that was fitted to first prints meets a series that is not the one it knew.
-- What to do: read the note of the release; a benchmark revision needs no cure, a misread payload is taken in again.
--
-- A publication that moves eight observations or more by the same factor has another base: what is compared is each revision less the median
-- revision of its publication. Revisions are of logarithms where a series is positive throughout and no rate.
WITH vintages AS (
  SELECT 'macro_series' AS table_name, source, series_id, as_of, available_at, value FROM macro_series_vintages
  UNION ALL
  SELECT 'fx_flow', source, series_id, as_of, available_at, value FROM fx_flow_vintages
  UNION ALL
  SELECT 'fiscal_data', source, series_id, as_of, available_at, value FROM fiscal_data_vintages
), levels AS (
  SELECT v.*, min(v.value) OVER (PARTITION BY v.table_name, v.source, v.series_id) > 0 AND coalesce(m.unit, '') NOT LIKE 'percent%' AS is_scaled
  FROM   vintages v
  LEFT   JOIN meta.series_metadata m ON m.source = v.source AND m.series_id = v.series_id
  WHERE  v.value IS NOT NULL
), revised AS (
  SELECT table_name, source, series_id, as_of, available_at, value,
         lag(value) OVER (PARTITION BY table_name, source, series_id, as_of ORDER BY available_at) AS before,
         CASE WHEN is_scaled THEN ln(value) ELSE value END
         - lag(CASE WHEN is_scaled THEN ln(value) ELSE value END)
           OVER (PARTITION BY table_name, source, series_id, as_of ORDER BY available_at) AS revision
  FROM   levels
), publications AS (
  SELECT table_name, source, series_id, available_at, median(revision) AS moved
  FROM   revised
  WHERE  revision IS NOT NULL
  GROUP  BY table_name, source, series_id, available_at
  HAVING count(*) >= 8
), own AS (
  SELECT r.*, r.revision - coalesce(p.moved, 0) AS rest
  FROM   revised r
  LEFT   JOIN publications p
         ON p.table_name = r.table_name AND p.source = r.source AND p.series_id = r.series_id AND p.available_at = r.available_at
  WHERE  r.revision IS NOT NULL
), usual AS (
  SELECT table_name, source, series_id, greatest(median(abs(rest)), 0.5 * avg(abs(rest))) AS size
  FROM   own
  GROUP  BY table_name, source, series_id
  HAVING count(*) >= 30
)
SELECT 'info' AS severity,
       o.table_name AS "table",
       concat(o.source, ' ', o.series_id) AS key,
       o.as_of,
       concat('from ', o.before, ' to ', o.value, ' on ', CAST(o.available_at AS DATE), ', ', round(abs(o.rest) / u.size, 1), ' times the usual') AS what,
       'revisions of this series within one base are within 15 times the usual' AS why
FROM   own o
JOIN   usual u ON u.table_name = o.table_name AND u.source = o.source AND u.series_id = o.series_id
WHERE  abs(o.rest) > 15 * u.size AND u.size > 0
