-- A mistake: how unusual each change in payrolls was, over the history as it stands today. Mean and deviation of the window are those of
-- months that were revised afterwards, and so is the month itself.
-- The cure: a z-score that replays knowledge, as in leaky/zscore_of_revised_history_right.
--
--   contango audit leaky/zscore_of_revised_history --time-column known_at
SELECT r.known_at, c.as_of, zscore(c.change) OVER (ORDER BY c.as_of ROWS 23 PRECEDING) AS zscore
FROM  (SELECT as_of, value - lag(value) OVER (ORDER BY as_of) AS change FROM macro_series WHERE series_id = 'PAYEMS') c
JOIN  (SELECT as_of, min(available_at) AS known_at FROM macro_series_vintages WHERE series_id = 'PAYEMS' GROUP BY as_of) r USING (as_of)
ORDER  BY c.as_of;
