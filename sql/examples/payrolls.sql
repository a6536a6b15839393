-- How far were the payrolls that everyone traded on from those in the books today?
-- Columns: for each month the change as it was first announced, the same change as it reads now, and what revisions made of it, in thousands
-- of persons; then the levels side by side, as published first, a month later and two months later.
-- Look-ahead avoided: the first announcement sets a month against the month before as that stood then, not as it was revised since.
--
--   contango run payrolls --param months=12
--   contango run payrolls --param months=12 --clock 2023-06-30
SELECT first.as_of AS month, first.available_at AS announced_at, first.value AS announced, now.change AS as_known_now,
       now.change - first.value AS revised_by
FROM   first_release('macro_series', 'PAYEMS', transform => 'chg') first
JOIN  (SELECT as_of, value - lag(value) OVER (ORDER BY as_of) AS change FROM macro_series WHERE series_id = 'PAYEMS') now USING (as_of)
ORDER  BY month DESC
LIMIT  $months;

PIVOT (SELECT as_of AS month, revision, value FROM macro_series_vintages WHERE series_id = 'PAYEMS')
ON     revision IN (0 AS first, 1 AS a_month_later, 2 AS two_months_later)
USING  max(value)
GROUP  BY month
ORDER  BY month DESC
LIMIT  $months;
