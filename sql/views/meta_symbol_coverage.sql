-- What is held of each market in each report, and of each root's outright contracts in each dataset, as far as it was known at the clock.
SELECT coalesce(root, contract_code) AS symbol, 'cftc' AS dataset, report || '/' || scope AS schema,
       min(as_of) AS start_date, max(as_of) AS end_date, max(available_at) AS last_updated
FROM   cot_markets
GROUP  BY coalesce(root, contract_code), report, scope
UNION ALL
SELECT coalesce(b.parent, b.root), b.dataset, s.schema, min(b.as_of), max(b.as_of), max(b.available_at)
FROM   futures_bars b
CROSS  JOIN (VALUES ('ohlcv/session'), ('ohlcv/utc_day'), ('statistics/settlement'), ('statistics/cleared_volume'),
                    ('statistics/open_interest')) AS s(schema)
WHERE  CASE s.schema
         WHEN 'ohlcv/session' THEN b.basis = 'session'
         WHEN 'ohlcv/utc_day' THEN b.basis = 'utc_day'
         WHEN 'statistics/settlement' THEN b.settlement IS NOT NULL
         WHEN 'statistics/cleared_volume' THEN b.cleared_volume IS NOT NULL
         ELSE b.open_interest IS NOT NULL
       END
GROUP  BY coalesce(b.parent, b.root), b.dataset, s.schema
