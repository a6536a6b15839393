-- Roots with their size and settings: what a person typed (`contango meta set`), else what the definitions known at the clock say, else
-- configuration. `point_value` is the value of a move by one point; a typed contract_notional comes before all.
WITH sized AS (
  SELECT root, tick_size, point_value, currency,
         row_number() OVER (PARTITION BY root ORDER BY source = 'definition' DESC, expiration DESC NULLS LAST, dataset) AS n
  FROM   contracts
), known AS (
  SELECT r.root, r.exchange, coalesce(s.currency, r.currency) AS currency, coalesce(s.tick_size, r.tick_size) AS tick_size,
         coalesce(s.point_value, r.point_value) AS point_value
  FROM   meta.roots r LEFT JOIN (SELECT * FROM sized WHERE n = 1) s ON s.root = r.root
  UNION ALL
  SELECT root, NULL, currency, tick_size, point_value FROM sized WHERE n = 1 AND root NOT IN (SELECT root FROM meta.roots)
)
SELECT coalesce(t.parent, k.root) AS parent,
       coalesce(t.exchange, k.exchange) AS exchange,
       coalesce(t.currency, k.currency) AS currency,
       coalesce(t.tick_size, k.tick_size) AS tick_size,
       coalesce(t.contract_notional, k.point_value) AS point_value,
       t.contract_notional,
       t.roll_days,
       t.notes,
       t.parent IS NOT NULL AS typed
FROM   known k FULL JOIN meta.parent_settings t ON t.parent = k.root
