-- What did each roll of a root cost, and what had the position earned?
-- Columns: one row per roll, with the gap between the two contracts, the yearly carry of the new one, and the return of what was held since
-- the roll before, this roll's day included.
-- Look-ahead avoided: a roll is decided by the open interest that was known before the session, which is the day's before.
--
--   contango run rolls --param root=CL
--   contango run rolls --param root=ES --clock 2023-06-30
WITH days AS (
  SELECT as_of, held_return,
         sum(CASE WHEN rolled THEN 1 ELSE 0 END) OVER (ORDER BY as_of ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS rolls_before
  FROM   continuous_series($root, roll => 'open_interest')
), legs AS (
  SELECT max(as_of) AS last_day, exp(sum(ln(1 + held_return))) - 1 AS held_return FROM days GROUP BY coalesce(rolls_before, 0)
)
SELECT r.rolled_on, r.from_contract, r.to_contract, r.price_from, round(r.gap, 4) AS gap, round(c.carry, 4) AS carry,
       round(l.held_return, 4) AS held_return
FROM   continuous_rolls($root, roll => 'open_interest') r
LEFT   JOIN legs l ON l.last_day = r.rolled_on
LEFT   JOIN carry($root, roll => 'open_interest') c ON c.as_of = r.rolled_on
ORDER  BY r.rolled_on;
