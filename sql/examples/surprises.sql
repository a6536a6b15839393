-- By how much did inflation in Brazil surprise those who were asked, and does one surprise follow another?
-- Columns: for each month the IPCA as first published, the median that was known the moment before, the day of that survey, the instant of the
-- release, the surprise in percentage points, and the surprise of the month before.
-- Look-ahead avoided: the survey is the newest one that had come out before the figure did, not the one of the month's end; a survey of the week
-- of the release comes out after it.
--
--   contango run surprises --param months=6
--   contango run surprises --param months=6 --clock 2023-09-30
SELECT as_of AS month, actual, expected, survey_date, released_at, round(surprise, 2) AS surprise,
       round(lag(surprise) OVER (ORDER BY as_of), 2) AS before
FROM   surprise(actual => 'SIDRA_IPCA_MOM', expected => 'FOCUS_IPCA_MONTHLY')
ORDER  BY month DESC
LIMIT  $months;
