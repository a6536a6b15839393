-- Roots whose contracts the exchange defines with another value of a point than configuration has.
-- Why: notionals, margins and sizes in money are off by the same factor.
-- What to do: correct point_value in config/instruments.toml, or type contract_notional for the root (`contango meta set`).
SELECT 'error' AS severity,
       'futures_definitions' AS "table",
       concat(c.dataset, ' ', c.root) AS key,
       CAST(max(c.available_at) AS DATE) AS as_of,
       concat('a point of ', max(c.symbol), ' is worth ', c.point_value, ', configuration says ', r.point_value) AS what,
       'the exchange and configuration agree on the value of a point' AS why
FROM   contracts c
JOIN   meta.roots r ON r.root = c.root
WHERE  c.source = 'definition' AND abs(c.point_value - r.point_value) > 1e-6 * r.point_value
GROUP  BY c.dataset, c.root, c.point_value, r.point_value
