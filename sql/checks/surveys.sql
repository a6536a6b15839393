-- Surveys whose statistics contradict each other: a median or mean outside the least and the greatest answer.
-- Why: columns of one row were mixed up, and every surprise that is measured by them is wrong.
-- What to do: look at the payload of the survey; `contango ingest bcb_focus` takes it again.
WITH spread AS (
  SELECT survey, indicator, detail, horizon, sample, variant, as_of,
         max(value) FILTER (WHERE statistic = 'median') AS median, max(value) FILTER (WHERE statistic = 'mean') AS mean,
         max(value) FILTER (WHERE statistic = 'min') AS lowest, max(value) FILTER (WHERE statistic = 'max') AS highest
  FROM   expectations
  GROUP  BY survey, indicator, detail, horizon, sample, variant, as_of
)
SELECT 'error' AS severity,
       'expectations' AS "table",
       concat(survey, ' ', indicator, ' ', horizon) AS key,
       as_of,
       concat('median ', median, ', mean ', mean, ', answers from ', lowest, ' to ', highest) AS what,
       'median and mean lie between the least and the greatest answer' AS why
FROM   spread
-- each is rounded by itself
WHERE  least(median, mean) < lowest - 0.01 - abs(lowest) * 1e-4 OR greatest(median, mean) > highest + 0.01 + abs(highest) * 1e-4
