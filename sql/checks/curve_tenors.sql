-- Curves whose tenors are out of order: two of one length, one whose length is not what its name says, or a jump between neighbours.
-- Why: interpolation and fitted curves take the lengths as they stand; two of one length have no curve through them.
-- What to do: look at the payload of the day; the source may have added or renamed a column. An inverted curve is no finding.
WITH tenors AS (
  SELECT curve_id, kind, as_of, tenor, tenor_years, rate,
         CASE WHEN regexp_like(tenor, '^[0-9.]+M$') THEN CAST(rtrim(tenor, 'M') AS DOUBLE) / 12
              WHEN regexp_like(tenor, '^[0-9.]+Y$') THEN CAST(rtrim(tenor, 'Y') AS DOUBLE) END AS named
  FROM   curves
), neighbours AS (
  SELECT *,
         lag(tenor) OVER (PARTITION BY curve_id, kind, as_of ORDER BY tenor_years, tenor) AS shorter,
         lag(tenor_years) OVER (PARTITION BY curve_id, kind, as_of ORDER BY tenor_years, tenor) AS shorter_years,
         lag(rate) OVER (PARTITION BY curve_id, kind, as_of ORDER BY tenor_years, tenor) AS shorter_rate
  FROM   tenors
  WHERE  tenor_years IS NOT NULL AND rate IS NOT NULL
), found AS (
  SELECT 'error' AS severity, curve_id, kind, as_of, concat(tenor, ' and ', shorter, ' are both ', tenor_years, ' years') AS what,
         'lengths grow strictly from tenor to tenor' AS why
  FROM   neighbours
  WHERE  tenor_years = shorter_years
  UNION ALL
  SELECT 'error', curve_id, kind, as_of, concat(tenor, ' is ', tenor_years, ' years'), 'the name of a tenor says its length'
  FROM   tenors
  WHERE  tenor_years <= 0 OR abs(tenor_years - named) > 0.1 * named
  UNION ALL
  SELECT 'warning', curve_id, kind, as_of, concat(shorter, ' is ', shorter_rate, ', ', tenor, ' is ', rate),
         'neighbours are within 4 percentage points of each other'
  FROM   neighbours
  WHERE  abs(rate - shorter_rate) > 4
)
SELECT severity, 'curves' AS "table", concat(curve_id, ' ', kind) AS key, as_of, what, why
FROM   found
