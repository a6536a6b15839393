-- Periods between the first and the newest observation of a series that have none.
-- Why: changes, means and volatilities over a hole are those of another length of time.
-- What to do: ingest the days again; a source that never had them says so with an explicit missing value, which is no gap.
WITH closed(calendar, day) AS (
  -- days without a market by order or disaster, which no calendar has ahead: mourning, September 2001, a hurricane
  VALUES ('US', DATE '1994-04-27'), ('US', DATE '2001-09-11'), ('US', DATE '2001-09-12'), ('US', DATE '2004-06-11'), ('US', DATE '2012-10-30'),
         ('US', DATE '2018-12-05')
), observed AS (
  SELECT table_name, source, series_id, frequency, calendar, as_of,
         lag(as_of) OVER (PARTITION BY table_name, source, series_id ORDER BY as_of) AS before
  FROM   meta.observations
  WHERE  frequency IS NOT NULL AND table_name <> 'curves'
  UNION ALL
  -- a curve is there or not as a whole: single tenors come and go
  SELECT 'curves', 'of the day', curve_id, 'daily', CASE WHEN starts_with(curve_id, 'US_') THEN 'US_BONDS' WHEN curve_id = 'BR_DI' THEN 'B3' ELSE 'BR' END, as_of,
         lag(as_of) OVER (PARTITION BY curve_id ORDER BY as_of)
  FROM   (SELECT DISTINCT curve_id, as_of FROM curves)
  UNION ALL
  SELECT 'expectations', 'survey', survey, 'daily', 'BR', as_of, lag(as_of) OVER (PARTITION BY survey ORDER BY as_of)
  FROM   (SELECT DISTINCT survey, as_of FROM expectations)
), counted AS (
  SELECT *,
         CASE frequency
           WHEN 'daily' THEN business_days_between(calendar, CAST(before + INTERVAL '1 day' AS DATE), as_of)
           WHEN 'weekly' THEN CAST(round((date_part('epoch', as_of) - date_part('epoch', before)) / 604800) AS BIGINT) - 1
           WHEN 'monthly' THEN CAST(date_part('year', as_of) * 12 + date_part('month', as_of) AS BIGINT)
                               - CAST(date_part('year', before) * 12 + date_part('month', before) AS BIGINT) - 1
           WHEN 'quarterly' THEN (CAST(date_part('year', as_of) * 12 + date_part('month', as_of) AS BIGINT)
                                  - CAST(date_part('year', before) * 12 + date_part('month', before) AS BIGINT)) / 3 - 1
           ELSE CAST(date_part('year', as_of) - date_part('year', before) AS BIGINT) - 1
         END AS missing
  FROM   observed
  WHERE  before IS NOT NULL
), found AS (
  SELECT n.table_name, n.source, n.series_id, n.frequency, n.before, n.as_of,
         max(n.missing) - count(c.day) FILTER (WHERE n.frequency = 'daily') AS missing
  FROM   counted n
  LEFT   JOIN closed c ON c.calendar = n.calendar AND c.day > n.before AND c.day < n.as_of
  WHERE  n.missing > 0
  GROUP  BY n.table_name, n.source, n.series_id, n.frequency, n.before, n.as_of
)
SELECT 'warning' AS severity,
       table_name AS "table",
       concat(source, ' ', series_id) AS key,
       as_of,
       concat(missing, CASE frequency WHEN 'daily' THEN ' business day' WHEN 'weekly' THEN ' week' WHEN 'monthly' THEN ' month'
                                      WHEN 'quarterly' THEN ' quarter' ELSE ' year' END, CASE WHEN missing = 1 THEN '' ELSE 's' END,
              ' without a figure after ', before) AS what,
       'the series has a figure in every other such period' AS why
FROM   found
-- instruments keep the holidays of many exchanges, up to a week of them at a time
WHERE  missing > CASE table_name WHEN 'market_data' THEN 6 ELSE 0 END
