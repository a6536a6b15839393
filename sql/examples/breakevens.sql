-- What inflation did the Treasury's curves imply, and how far had it moved from its own average of a month?
-- Columns: for each day the nominal and the real par yield of ten years, their difference, its mean over the last 21 days that were published, and
-- from when on the day's curves were known.
-- Look-ahead avoided: a day's curve counts from the end of that day in New York on; the mean is of the days before and of the day itself.
--
--   contango run breakevens --param days=5
--   contango run breakevens --param days=5 --clock 2023-06-30
SELECT as_of, nominal, real, round(breakeven, 2) AS breakeven,
       round(avg(breakeven) OVER (ORDER BY as_of ROWS 20 PRECEDING), 3) AS mean_21, available_at
FROM   breakeven(nominal => 'US_PAR', real => 'US_REAL_PAR')
WHERE  tenor = '10Y'
ORDER  BY as_of DESC
LIMIT  $days;
