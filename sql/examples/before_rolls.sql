-- How stretched were the funds when a contract was rolled?
-- Columns: one row per roll and kind of fund, with the newest report that was out when the roll was decided, the z-score of its net position
-- over the 26 reports quoted up to then, and the gap that the roll cost in percent.
-- Look-ahead avoided: a report is joined by the instant of its release, not by its Tuesday, and the z-score sees no later report; the roll
-- stands on the open interest that was known when it was decided.
--
--   contango run before_rolls --param root=ES
--   contango run before_rolls --param root=CL --clock 2023-06-30
WITH reports AS (
  SELECT available_at, as_of, category,
         zscore(net) OVER (PARTITION BY category ORDER BY available_at ROWS 25 PRECEDING) AS zscore,
         count(net) OVER (PARTITION BY category ORDER BY available_at ROWS 25 PRECEDING) AS reports
  FROM   cot_readings
  WHERE  root = $root AND scope = 'futures_only' AND category IN ('leveraged_funds', 'managed_money')
)
SELECT r.rolled_on, r.from_contract, r.to_contract, r.decided_at, p.as_of AS report, p.available_at AS report_known_at, p.category,
       round(p.zscore, 2) AS zscore_26_reports, round(100.0 * r.gap / r.price_from, 2) AS gap_percent
FROM   continuous_rolls($root, roll => 'open_interest') r
ASOF JOIN (SELECT * FROM reports WHERE reports = 26) p MATCH_CONDITION (r.decided_at >= p.available_at)
ORDER  BY r.rolled_on, p.category;
