-- Weeks between the first and the newest report held for which the release calendar has a report and the lake has none.
-- Why: a change over a hole is not the change of a week, and a rolling window reaches further back than it says.
-- What to do: `contango ingest cftc --report REPORT --years YEAR`.
WITH held AS (
  SELECT DISTINCT report, scope, date_trunc('week', as_of) AS week FROM cot_markets
), steps AS (
  SELECT report, scope, week, lag(week) OVER (PARTITION BY report, scope ORDER BY week) AS before FROM held
)
SELECT 'warning' AS severity,
       'cot' AS "table",
       concat(s.report, '/', s.scope) AS key,
       min(c.as_of) AS as_of,
       concat(count(*), CASE WHEN count(*) = 1 THEN ' week' ELSE ' weeks' END, ' without a report, up to ', max(c.as_of)) AS what,
       'the calendar has reports there, and the lake has those before and after' AS why
FROM   steps s
JOIN   releases('cot') c ON date_trunc('week', c.as_of) > s.before AND date_trunc('week', c.as_of) < s.week
GROUP  BY s.report, s.scope, s.week
