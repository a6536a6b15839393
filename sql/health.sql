-- How each provider stands at the clock; when each was last taken in is put in where no clock is set (src/check/health.rs).
WITH stand AS (
  SELECT source, count(state) AS series, count(*) FILTER (WHERE state = 'late') AS late, count(*) FILTER (WHERE state = 'due') AS due,
         min(due_at) FILTER (WHERE state = 'fresh') AS next_release
  FROM   meta.freshness
  GROUP  BY source
), held AS (
  SELECT source, sum(vintages) AS rows, max(newest_as_of) AS newest_as_of, max(newest_available_at) AS newest_release
  FROM   meta.sources
  WHERE  vintages > 0
  GROUP  BY source
)
SELECT h.source,
       CASE WHEN coalesce(s.series, 0) = 0 THEN 'no rule' WHEN s.late > 0 THEN 'late' WHEN s.due > 0 THEN 'due' ELSE 'fresh' END AS state,
       h.newest_as_of, date_trunc('second', h.newest_release) AS newest_release, date_trunc('second', s.next_release) AS next_release,
       coalesce(s.series, 0) AS series, coalesce(s.late, 0) AS late, h.rows, r.last_run
FROM   held h
LEFT   JOIN stand s ON s.source = h.source
LEFT   JOIN $runs r ON r.source = h.source
ORDER  BY h.source
