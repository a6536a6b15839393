-- Positioning features of each root from its own report, futures only. Net positions are normalized by open interest, open interest by the
-- mean of the last 52 reports known.
WITH w AS (
  SELECT root, as_of, CAST(open_interest AS DOUBLE) AS value, avg(CAST(open_interest AS DOUBLE)) OVER reports AS mean,
         max(available_at) OVER reports AS available_at, least_available(availability) OVER reports AS availability,
         max(CASE WHEN backcast THEN 1 ELSE 0 END) OVER reports = 1 AS backcast
  FROM   cot_markets
  WHERE  scope = 'futures_only' AND report <> 'legacy' AND root IS NOT NULL
  WINDOW reports AS (PARTITION BY root ORDER BY as_of ROWS 51 PRECEDING)
)
SELECT root, feature, as_of, available_at, value, value / NULLIF(open_interest, 0) AS normalized, availability, backcast
FROM  (SELECT c.root, f.feature, c.as_of, c.available_at, CAST(c.net AS DOUBLE) AS value, CAST(c.open_interest AS DOUBLE) AS open_interest,
              c.availability, c.backcast
       FROM   cot c
       JOIN   meta.cot_features f ON c.report = f.report AND c.category = f.category
       WHERE  c.scope = 'futures_only' AND c.root IS NOT NULL)
UNION ALL
SELECT root, 'cot_total_oi', as_of, available_at, value, value / NULLIF(mean, 0), availability, backcast
FROM   w
