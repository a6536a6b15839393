-- A mistake: the level of real output on the day of its release, in the dollars of today. Every few years all of it moves to the prices of
-- another year: a threshold or a distance in levels is then set against figures that nobody saw.
-- The cure: growth inside one vintage, which no change of prices moves, as it was first announced: leaky/rebased_gdp_right.
--
--   contango audit leaky/rebased_gdp --time-column released_at
SELECT r.released_at, g.as_of, g.value AS real_gdp, g.value > 20000 AS above_20_trillion
FROM   macro_series g
JOIN  (SELECT as_of, min(available_at) AS released_at FROM macro_series_vintages WHERE series_id = 'GDPC1' GROUP BY as_of) r USING (as_of)
WHERE  g.series_id = 'GDPC1'
ORDER  BY g.as_of;
