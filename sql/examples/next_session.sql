-- Does the next session move with how stretched the funds are?
-- Columns: reports by the z-score of the funds' net position over the 26 reports quoted up to then: below -1, between, above 1. How many
-- there were, the mean return of the next session from its open to its close, in percent, the share of sessions that rose, and the
-- last report's release.
-- Look-ahead avoided: the session is the first that opens after the report's release, found by `available_at`; the z-score sees no later
-- report; the contract is the one that the roll held then.
--
--   contango run next_session --param root=ES
--   contango run next_session --param root=CL --clock 2023-09-01
WITH reports AS (
  SELECT available_at,
         zscore(net) OVER (ORDER BY available_at ROWS 25 PRECEDING) AS zscore,
         count(net) OVER (ORDER BY available_at ROWS 25 PRECEDING) AS reports
  FROM   cot_readings
  WHERE  root = $root AND scope = 'futures_only' AND category IN ('leveraged_funds', 'managed_money')
), sessions AS (
  SELECT b.session_start, b.close / b.open - 1 AS return
  FROM   continuous_series($root, roll => 'open_interest') c
  JOIN   futures_bars b USING (as_of, contract_id)
), pairs AS (
  SELECT r.available_at, r.zscore, s.return
  FROM  (SELECT * FROM reports WHERE reports = 26) r
  ASOF JOIN sessions s MATCH_CONDITION (r.available_at <= s.session_start AND s.session_start <= r.available_at + INTERVAL '5 days')
)
SELECT CASE WHEN zscore < -1 THEN 'below -1' WHEN zscore > 1 THEN 'above 1' ELSE 'between' END AS zscore_of_funds,
       count(*) AS reports, round(100 * avg(return), 3) AS mean_return_percent,
       round(avg(CASE WHEN return > 0 THEN 1.0 ELSE 0.0 END), 2) AS share_of_rises, max(available_at) AS last_report_at
FROM   pairs
WHERE  return IS NOT NULL
GROUP  BY zscore_of_funds
ORDER  BY min(zscore);
