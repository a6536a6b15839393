-- Days on which the effective Selic rate is far from the target.
-- Why: the effective rate of a day, compounded over 252 business days, follows the target within a few hundredths.
-- What to do: ingest `bcb_sgs` 11 and 432 again; a day on which the target was raised has the new one only if it took effect on that day.
WITH rates AS (
  SELECT e.as_of, round(100 * (power(1 + e.value / 100, 252) - 1), 2) AS effective, t.value AS target
  FROM   macro_series e
  JOIN   macro_series t ON t.as_of = e.as_of AND t.source = 'bcb_sgs' AND t.series_id = '432'
  WHERE  e.source = 'bcb_sgs' AND e.series_id = '11'
)
SELECT 'warning' AS severity,
       'macro_series' AS "table",
       'bcb_sgs 11' AS key,
       as_of,
       concat('the rate of the day is ', effective, ' a year, the target is ', target) AS what,
       'the effective rate is within 0.2 percentage points of the target' AS why
FROM   rates
WHERE  abs(effective - target) > 0.2
