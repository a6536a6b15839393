-- Changes of a series that are far outside its own: a spike that goes back at once is a warning, a jump that stays is worth a look.
-- Why: a misplaced decimal comma is such a spike; one of them rules every mean, deviation and regression over its window.
-- What to do: compare with the source's own page; a spike that is true needs no cure, and none is made here.
--
-- The score is robust: the distance of a change from the median change, over 1.4826 times the median of such distances, or their mean times
-- 1.2533 where that is more (rates that stand still on most days have a median of almost nothing). Changes are of logarithms where a
-- series is positive throughout and no rate. Administered rates move in steps, so they are left out. A jump that stays has to be twice as far
-- out as a spike: markets do jump.
WITH levels AS (
  SELECT table_name, source, series_id, frequency, as_of, value,
         min(value) OVER (PARTITION BY table_name, source, series_id) AS lowest, coalesce(unit, '') LIKE 'percent%' AS is_rate
  FROM   meta.observations
  WHERE  value IS NOT NULL AND NOT administered
), changes AS (
  SELECT *,
         CASE WHEN lowest > 0 AND NOT is_rate THEN ln(value) ELSE value END AS level
  FROM   levels
), stepped AS (
  SELECT *,
         level - lag(level) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS change,
         lag(value) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS before,
         lead(level) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) - level AS back
  FROM   changes
), centres AS (
  SELECT table_name, source, series_id, median(change) AS centre FROM stepped GROUP BY table_name, source, series_id HAVING count(change) >= 39
), scales AS (
  SELECT s.table_name, s.source, s.series_id, max(c.centre) AS centre,
         greatest(1.4826 * median(abs(s.change - c.centre)), 1.2533 * avg(abs(s.change - c.centre))) AS scale
  FROM   stepped s
  JOIN   centres c ON c.table_name = s.table_name AND c.source = s.source AND c.series_id = s.series_id
  GROUP  BY s.table_name, s.source, s.series_id
), scored AS (
  SELECT s.*, (s.change - c.centre) / c.scale AS score, (s.back - c.centre) / c.scale AS score_back,
         CASE s.frequency WHEN 'daily' THEN 12 WHEN 'weekly' THEN 10 ELSE 8 END AS bound
  FROM   stepped s
  JOIN   scales c ON c.table_name = s.table_name AND c.source = s.source AND c.series_id = s.series_id AND c.scale > 0
), marked AS (
  SELECT *, abs(score_back) > bound AND abs(change + back) < 0.25 * abs(change) AS goes_back,
         lag(change) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS change_before,
         lag(score) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS score_before
  FROM   scored
)
SELECT CASE WHEN goes_back THEN 'warning' ELSE 'info' END AS severity,
       table_name AS "table",
       concat(source, ' ', series_id) AS key,
       as_of,
       concat('from ', before, ' to ', value, CASE WHEN goes_back THEN ' and back' ELSE '' END, ', ', round(abs(score), 1), ' robust deviations') AS what,
       concat('changes of this series are within ', CASE WHEN goes_back THEN bound ELSE 2 * bound END, ' such deviations') AS why
FROM   marked
WHERE  abs(score) > CASE WHEN goes_back THEN bound ELSE 2 * bound END
-- the way back from a spike is told with the spike
AND    NOT (abs(coalesce(score_before, 0)) > bound AND abs(change + change_before) < 0.25 * abs(change_before))
