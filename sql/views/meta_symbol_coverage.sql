-- What is held of each market in each report, as far as it was known at the clock.
SELECT coalesce(root, contract_code) AS symbol, 'cftc' AS dataset, report || '/' || scope AS schema,
       min(as_of) AS start_date, max(as_of) AS end_date, max(available_at) AS last_updated
FROM   cot_markets
GROUP  BY coalesce(root, contract_code), report, scope
