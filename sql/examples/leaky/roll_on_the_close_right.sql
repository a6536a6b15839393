-- The cure of leaky/roll_on_the_close: the contract with the largest open interest known by the decision, the previous trade date's.
--
--   contango audit leaky/roll_on_the_close_right --time-column as_of
SELECT as_of, contract_id, close
FROM   continuous_series('ES', roll => 'open_interest', adjust => 'none', price => 'close')
ORDER  BY as_of;
