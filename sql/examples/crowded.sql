-- When did a market look crowded to those who were there?
-- Columns: every report at which a kind of trader's net position, in percent of open interest, lay at least so many standard deviations from
-- the mean of the 26 reports quoted up to then; `known_at` is the instant from which that could be acted on.
-- Look-ahead avoided: each report counts as it was first quoted; later revisions and later reports play no part.
--
--   contango run crowded --param root=ES --param deviations=2
--   contango run crowded --param root=CL --param deviations=2 --clock 2023-02-20
SELECT known_at, as_of, report, category, round(share, 1) AS net_percent_of_open_interest, round(zscore, 2) AS zscore_26_reports
FROM  (SELECT available_at AS known_at, as_of, report, category, share,
              zscore(share) OVER (PARTITION BY report, contract_code, category ORDER BY available_at ROWS 25 PRECEDING) AS zscore,
              count(share) OVER (PARTITION BY report, contract_code, category ORDER BY available_at ROWS 25 PRECEDING) AS reports
       FROM  (SELECT *, 100.0 * net / open_interest AS share
              FROM   cot_readings
              WHERE  root = $root AND scope = 'futures_only' AND report <> 'legacy'))
WHERE  reports = 26 AND abs(zscore) >= $deviations
ORDER  BY known_at, report, category;
