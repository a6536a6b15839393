-- What did a root's curve look like at an instant, and what would it have paid to hold it?
-- Columns: the contracts in order of expiration, their prices, the yearly slope from the first one, and the yearly carry to the next one:
-- what a position earns if the curve stays where it is, positive in backwardation.
-- Look-ahead avoided: prices, settlements and expirations are those known at the instant; an evening's settlement that comes the next
-- morning is not among them.
--
--   contango run term_structure --param root=CL --param at='2023-06-30 23:00:00Z'
SELECT as_of, contract_id, days_to_expiry, price, price_source, round(slope, 4) AS slope,
       round((price / lead(price) OVER w - 1) * 365 / (lead(days_to_expiry) OVER w - days_to_expiry), 4) AS carry, available_at
FROM   term_structure($root, $at)
WINDOW w AS (ORDER BY rank)
ORDER  BY rank;
