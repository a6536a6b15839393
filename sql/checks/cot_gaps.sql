-- Weeks between the first and the newest report held for which the release calendar has a report and the lake has none.
-- Why: a change over a hole is not the change of a week, and a rolling window reaches further back than it says.
-- What to do: `contango ingest cftc --report REPORT --years YEAR`.
WITH held AS (
  SELECT DISTINCT report, scope, date_trunc('week', as_of) AS week FROM cot_markets
), span AS (
  SELECT report, scope, min(week) AS first, max(week) AS newest FROM held GROUP BY report, scope
), expected AS (
  SELECT s.report, s.scope, c.as_of, date_trunc('week', c.as_of) AS week
  FROM   span s
  JOIN   releases('cot') c ON date_trunc('week', c.as_of) > s.first AND date_trunc('week', c.as_of) < s.newest
)
SELECT 'warning' AS severity,
       'cot' AS "table",
       concat(e.report, '/', e.scope) AS key,
       e.as_of,
       'no market of this week is held' AS what,
       'the calendar has a report, and there are reports before and after it' AS why
FROM   expected e
LEFT   JOIN held h ON h.report = e.report AND h.scope = e.scope AND h.week = e.week
WHERE  h.week IS NULL
