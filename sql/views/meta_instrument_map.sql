-- What an instrument id meant: by its definitions, each from its first day to its last, else by the days that have a bar.
SELECT dataset, NULLIF(instrument_id, 0) AS instrument_id, symbol, as_of AS first_day, CAST(expiration AS DATE) AS last_day
FROM   futures_definitions
UNION ALL
SELECT b.dataset, NULLIF(b.instrument_id, 0), b.symbol, min(b.as_of), max(b.as_of)
FROM   futures_ohlcv b
LEFT   JOIN (SELECT DISTINCT dataset, symbol, instrument_id FROM futures_definitions) d
       ON b.dataset = d.dataset AND b.symbol = d.symbol AND b.instrument_id = d.instrument_id
WHERE  d.symbol IS NULL
GROUP  BY b.dataset, b.instrument_id, b.symbol
