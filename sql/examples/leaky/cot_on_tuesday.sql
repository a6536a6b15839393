-- A mistake: the positions of a Tuesday, used at that Tuesday's close. `as_of` is the day that a report describes; it comes out on the Friday.
-- The cure: join on when the report was known, as in leaky/cot_on_tuesday_right.
--
--   contango audit leaky/cot_on_tuesday --time-column as_of
SELECT b.as_of, b.close, c.net AS leveraged_funds
FROM   continuous_series('ES', adjust => 'none', price => 'close') b
JOIN   cot_tff c ON c.as_of = b.as_of
WHERE  c.contract_code = '13874A' AND c.category = 'leveraged_funds'
ORDER  BY b.as_of;
