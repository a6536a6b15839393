-- The cure of leaky/cot_on_tuesday: at each close the newest report that had come out by then.
--
--   contango audit leaky/cot_on_tuesday_right --time-column as_of
SELECT b.as_of, b.close, r.as_of AS report, r.net AS leveraged_funds
FROM   continuous_series('ES', adjust => 'none', price => 'close') b
ASOF JOIN (SELECT * FROM cot_tff_readings WHERE contract_code = '13874A' AND category = 'leveraged_funds') r
       MATCH_CONDITION (b.bar_available_at >= r.available_at)
ORDER  BY b.as_of;
