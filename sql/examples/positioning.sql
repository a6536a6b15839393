-- Who holds what in a market, and how unusual is it?
-- Columns: for the newest report, each kind of trader's net position in contracts, its share of open interest in percent, and how many
-- standard deviations it lies from the mean of its last 52 reports.
-- Look-ahead avoided: the newest report is the newest one published by the clock, not the one of the latest Tuesday.
--
--   contango run positioning --param root=ES
--   contango run positioning --param root=CL --clock 2023-02-20
SELECT report, category, as_of, available_at, net,
       round(100.0 * net / open_interest, 1) AS percent_of_open_interest,
       round(zscore, 2) AS zscore_52_weeks
FROM  (SELECT report, contract_code, category, as_of, available_at, net, open_interest,
              zscore(net) OVER (PARTITION BY report, contract_code, category ORDER BY as_of ROWS 51 PRECEDING) AS zscore,
              max(as_of) OVER (PARTITION BY report, contract_code) AS newest
       FROM   cot
       WHERE  root = $root AND scope = 'futures_only' AND report <> 'legacy')
WHERE  as_of = newest
ORDER  BY report, category;
