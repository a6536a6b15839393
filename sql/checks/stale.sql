-- Values that stand still for long in a series that moves: the same figure over and over.
-- Why: a source that repeats its last figure looks alive, and every change and volatility over the stretch is zero.
-- What to do: compare with the source's own page; a rate that is set by someone is declared so (administered = true).
--
-- A series moves where 9 of 10 observations differ from the one before, of 40 at least.
WITH compared AS (
  SELECT table_name, source, series_id, frequency, as_of, value,
         value IS DISTINCT FROM lag(value) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS moves
  FROM   meta.observations
  WHERE  value IS NOT NULL AND NOT administered
), stretched AS (
  SELECT *,
         sum(CASE WHEN moves THEN 1 ELSE 0 END) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS stretch,
         avg(CASE WHEN moves THEN 1.0 ELSE 0.0 END) OVER (PARTITION BY table_name, source, series_id) AS share,
         count(*) OVER (PARTITION BY table_name, source, series_id) AS observations
  FROM   compared
), repeated AS (
  SELECT table_name, source, series_id, frequency, value, min(as_of) AS first, max(as_of) AS newest, count(*) AS n
  FROM   stretched
  WHERE  share >= 0.9 AND observations >= 40
  GROUP  BY table_name, source, series_id, frequency, value, stretch
)
SELECT 'warning' AS severity,
       table_name AS "table",
       concat(source, ' ', series_id) AS key,
       first AS as_of,
       concat(value, ' on ', n, ' observations, up to ', newest) AS what,
       'nine of ten observations of this series differ from the one before' AS why
FROM   repeated
WHERE  n >= CASE frequency WHEN 'daily' THEN 8 WHEN 'weekly' THEN 6 ELSE 4 END
