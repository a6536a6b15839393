-- What did one release change? A market's positions one second before an instant and at it.
--
--   contango run release_second --param root=ES --param before='2023-01-27 20:29:59Z' --param at='2023-01-27 20:30:00Z'
SELECT a.category, b.as_of AS report_before, b.net AS net_before, a.as_of AS report_at, a.net AS net_at, a.net - b.net AS change
FROM      cot_as_of($at, root => $root)     a
LEFT JOIN cot_as_of($before, root => $root) b ON a.report = b.report AND a.contract_code = b.contract_code AND a.category = b.category
ORDER  BY a.category;
