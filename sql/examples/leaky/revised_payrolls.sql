-- A mistake: the change in payrolls on the day of its release, from the table as it stands today. The two months before each release are
-- revised by the next ones, and every year again; nobody saw these changes on the day.
-- The cure: the new month and the month before as both were known at the release, as in leaky/revised_payrolls_right.
--
--   contango audit leaky/revised_payrolls --time-column released_at
SELECT r.released_at, m.as_of, m.value - lag(m.value) OVER (ORDER BY m.as_of) AS change
FROM   macro_series m
JOIN  (SELECT as_of, min(available_at) AS released_at FROM macro_series_vintages WHERE series_id = 'PAYEMS' GROUP BY as_of) r USING (as_of)
WHERE  m.series_id = 'PAYEMS'
ORDER  BY m.as_of;
