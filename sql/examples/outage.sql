-- What did an outage hide?
-- Columns: the reports of weeks that were over at an instant and had not come out, against the newest report that had: what a model that
-- stood there believed, and what was in truth already so. Wants a session without a clock.
-- Look-ahead avoided: none, that is the point. The difference is what a backtest by report dates would have known too early.
--
--   contango run outage --param root=ES --param at='2023-02-20 12:00:00Z'
SELECT late.category, late.as_of, late.available_at AS came_out, known.as_of AS believed_as_of, known.net AS believed_net, late.net,
       late.net - known.net AS hidden_change,
       round(100.0 * (late.net - known.net) / late.open_interest, 1) AS percent_of_open_interest
FROM   cot late
JOIN   cot_as_of($at, root => $root) known
       ON  late.report = known.report AND late.scope = known.scope
       AND late.contract_code = known.contract_code AND late.category = known.category
WHERE  late.root = $root AND late.as_of > known.as_of
  AND  late.as_of < CAST(CAST($at AS TIMESTAMP WITH TIME ZONE) AS DATE)
  AND  late.available_at > CAST($at AS TIMESTAMP WITH TIME ZONE)
ORDER  BY late.category, late.as_of;
