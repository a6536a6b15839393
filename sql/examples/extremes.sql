-- Which markets stand at an extreme?
-- Columns: for the newest report, the fifteen markets and kinds of traders whose net position lies furthest from the mean of its last 52
-- reports, in standard deviations.
-- Look-ahead avoided: mean and deviation come from reports published by the clock; a report that is late is not there yet.
--
--   contango run extremes
--   contango run extremes --clock 2023-02-20
SELECT root, category, as_of, net, round(zscore, 2) AS zscore_52_weeks
FROM  (SELECT root, report, contract_code, category, as_of, net,
              zscore(net) OVER (PARTITION BY report, contract_code, category ORDER BY as_of ROWS 51 PRECEDING) AS zscore,
              max(as_of) OVER (PARTITION BY report) AS newest
       FROM   cot
       WHERE  scope = 'futures_only' AND report <> 'legacy' AND root IS NOT NULL)
WHERE  as_of = newest AND zscore IS NOT NULL
ORDER  BY abs(zscore) DESC, root, category
LIMIT  15;
