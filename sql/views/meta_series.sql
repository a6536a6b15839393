-- Series by name: what configuration says of each, and what of it was known at the clock. One that nothing is known of has 0 observations.
WITH observed AS (
  SELECT 'macro_series' AS table_name, source, series_id, count(*) AS observations, min(as_of) AS oldest_as_of, max(as_of) AS newest_as_of,
         max(available_at) AS newest_available_at
  FROM   macro_series
  GROUP  BY source, series_id
  UNION ALL
  SELECT 'fx_flow', source, series_id, count(*), min(as_of), max(as_of), max(available_at)
  FROM   fx_flow
  GROUP  BY source, series_id
  UNION ALL
  SELECT 'fiscal_data', source, series_id, count(*), min(as_of), max(as_of), max(available_at)
  FROM   fiscal_data
  GROUP  BY source, series_id
), listed AS (
  SELECT CASE source WHEN 'bcb_fx_flow' THEN 'fx_flow' WHEN 'stn_fiscal' THEN 'fiscal_data' ELSE 'macro_series' END AS table_name,
         source, series_id
  FROM   meta.series_metadata
  UNION
  SELECT table_name, source, series_id FROM observed
), positions AS (
  SELECT series_id, count(*) AS observations, min(as_of) AS oldest_as_of, max(as_of) AS newest_as_of,
         max(available_at) AS newest_available_at
  FROM   flow_data
  GROUP  BY series_id
)
SELECT l.series_id, l.table_name, l.source, m.name AS title, m.unit, m.frequency,
       coalesce(o.observations, 0) AS observations, o.oldest_as_of, o.newest_as_of, o.newest_available_at
FROM   listed l
LEFT   JOIN meta.series_metadata m ON m.source = l.source AND m.series_id = l.series_id
LEFT   JOIN observed o ON o.table_name = l.table_name AND o.source = l.source AND o.series_id = l.series_id
UNION ALL
SELECT f.series_id, 'flow_data', 'cftc', coalesce(r.name, f.root) || ': ' || replace(f.category, '_', ' ') || ', net', 'contracts', 'weekly',
       coalesce(p.observations, 0), p.oldest_as_of, p.newest_as_of, p.newest_available_at
FROM   meta.flow_series f
LEFT   JOIN meta.roots r ON r.root = f.root
LEFT   JOIN positions p ON p.series_id = f.series_id
