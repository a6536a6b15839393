-- A mistake: the contract with the largest open interest of the day, bought at that day's close. The exchange publishes open interest on the
-- next trade date's morning, so on the day of a roll nobody could have traded this series.
-- The cure: decide by the figures of the day before, as leaky/roll_on_the_close_right does.
--
--   contango audit leaky/roll_on_the_close --time-column as_of
SELECT as_of, contract_id, close, open_interest
FROM   futures_bars
WHERE  root = 'ES'
QUALIFY row_number() OVER (PARTITION BY as_of ORDER BY open_interest DESC NULLS LAST, expiration) = 1
ORDER  BY as_of;
