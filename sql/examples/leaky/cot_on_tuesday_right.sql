-- The cure of leaky/cot_on_tuesday: at each close the newest report that had come out by then.
--
--   contango audit leaky/cot_on_tuesday_right --time-column as_of
SELECT b.as_of, b.close, r.as_of AS report, r.net AS leveraged_funds
FROM   continuous_series('ES', adjust => 'none', price => 'close') b
JOIN   cot_tff_readings r ON r.available_at <= b.bar_available_at
WHERE  r.contract_code = '13874A' AND r.category = 'leveraged_funds'
QUALIFY row_number() OVER (PARTITION BY b.as_of ORDER BY r.available_at DESC) = 1
ORDER  BY b.as_of;
