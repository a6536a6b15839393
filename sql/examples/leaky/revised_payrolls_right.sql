-- The cure of leaky/revised_payrolls: the month that was news, against the month before as it was known at the same instant.
--
--   contango audit leaky/revised_payrolls_right --time-column released_at
SELECT r.available_at AS released_at, r.as_of, r.value - prior.value AS change
FROM   macro_series_readings r
JOIN   macro_series_vintages prior
       ON  prior.series_id = r.series_id AND prior.as_of = r.as_of - INTERVAL '1 month' AND prior.available_at <= r.available_at
WHERE  r.series_id = 'PAYEMS'
QUALIFY row_number() OVER (PARTITION BY r.available_at ORDER BY prior.available_at DESC) = 1
ORDER  BY released_at;
