-- The disaggregated report, futures only: one row per market, trader category and week.
SELECT as_of, contract_code, root, market, category, long, short, spreading, net,
       traders_long, traders_short, traders_spreading, open_interest,
       available_at, availability, backcast, ingested_at, payload
FROM   cot
WHERE  report = 'disaggregated' AND scope = 'futures_only'
