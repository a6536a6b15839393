-- features as they stood at each instant at which one of them changed.
SELECT root, feature, as_of, available_at, value, value / NULLIF(open_interest, 0) AS normalized, availability, backcast
FROM  (SELECT c.root, f.feature, c.as_of, c.available_at, CAST(c.net AS DOUBLE) AS value, CAST(c.open_interest AS DOUBLE) AS open_interest,
              c.availability, c.backcast
       FROM   cot_vintages c
       JOIN   meta.cot_features f ON c.report = f.report AND c.category = f.category
       WHERE  c.scope = 'futures_only' AND c.root IS NOT NULL)
UNION ALL
SELECT key, 'cot_total_oi', as_of, available_at, value, value / NULLIF(mean, 0), availability, backcast
FROM   known_trailing_mean(n => 52, input => '
         SELECT root AS key, as_of, CAST(open_interest AS DOUBLE) AS value, available_at, availability, backcast
         FROM   cot_markets_vintages
         WHERE  scope = ''futures_only'' AND report <> ''legacy'' AND root IS NOT NULL')
