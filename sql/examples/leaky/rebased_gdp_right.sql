-- The cure of leaky/rebased_gdp: growth in percent as it was announced, both quarters in the dollars of that day.
--
--   contango audit leaky/rebased_gdp_right --time-column released_at
SELECT available_at AS released_at, as_of, value AS growth
FROM   first_release('macro_series', 'GDPC1', transform => 'pch')
ORDER  BY released_at;
