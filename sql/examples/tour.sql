-- What can be asked of the lake?
-- Columns: those of each of the eight statements; each stands alone.
-- Look-ahead avoided: a clock in the past shows what was known then, and nothing in a query can look past it.

-- Positions in the S&P 500 future in the newest report that is known, by kind of trader, in contracts.
-- `as_of` is the Tuesday that the report describes, `available_at` the Friday afternoon on which it came out.
SELECT category, as_of, available_at, long, short, net
FROM   cot_as_of(root => 'ES')
ORDER  BY category;

-- Early in 2023 an attack on a data vendor stopped the reports for weeks. With the clock in that gap,
-- the session knows what was known on that day, and everything below is answered from there.
SET clock = '2023-02-20 12:00:00Z';

-- The newest report is four weeks old, and says so.
SELECT category, as_of, available_at, net
FROM   cot_as_of(root => 'ES')
ORDER  BY category;

-- Inside a query a table can be moved further back, never ahead of the clock.
-- One second before a Friday's release the report is not there; at the release it is.
SELECT 'a second before' AS standing, max(as_of) AS newest_report
FROM   cot_tff FOR SYSTEM_TIME AS OF TIMESTAMP '2023-01-27 20:29:59Z' WHERE root = 'ES'
UNION ALL
SELECT 'at the release', max(as_of)
FROM   cot_tff FOR SYSTEM_TIME AS OF TIMESTAMP '2023-01-27 20:30:00Z' WHERE root = 'ES'
ORDER  BY newest_report;

-- How unusual is the position of leveraged funds against the 26 weeks up to each report?
SELECT as_of, available_at, net, round(zscore(net) OVER (PARTITION BY contract_code ORDER BY as_of ROWS 25 PRECEDING), 2) AS zscore
FROM   cot_tff
WHERE  root = 'ES' AND category = 'leveraged_funds'
ORDER  BY as_of DESC
LIMIT  6;

-- The same positions as series for a model, by name.
SELECT series_id, as_of, value, unit
FROM   flow_data
WHERE  series_id LIKE 'CFTC_ES_%' OR series_id LIKE 'CFTC_CL_%'
ORDER  BY as_of DESC, series_id
LIMIT  8;

-- Back to everything that is known today.
RESET clock;

-- The weeks of the gap in the calendar: when each report came out in the end, and how that is known.
SELECT as_of, released_at, availability, note
FROM   releases('cot')
WHERE  as_of BETWEEN DATE '2023-01-17' AND DATE '2023-03-21'
ORDER  BY as_of;
