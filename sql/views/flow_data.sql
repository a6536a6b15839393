-- Flows as series: net positions under the names that models use, CFTC_{CONTRACT}_{CATEGORY}_NET (futures only, from the market's own report),
-- and exchange contracted in Brazil, FX_TOTAL_NET.
SELECT s.series_id, c.as_of, CAST(c.net AS DOUBLE) AS value, 'contracts' AS unit,
       c.available_at, c.availability, c.backcast, c.ingested_at, c.payload
FROM   cot c
JOIN   meta.flow_series s ON c.report = s.report AND c.contract_code = s.contract_code AND c.category = s.category
WHERE  c.scope = 'futures_only'
UNION ALL
SELECT f.series_id, f.as_of, f.value, f.unit, f.available_at, f.availability, f.backcast, f.ingested_at, f.payload
FROM   fx_flow f
