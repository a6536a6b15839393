-- Months in which the monthly IPCA is not the change of its own index, or two sources of it differ.
-- Why: inflation-linked bonds are paid by the index, models use the monthly rate; they are one figure, rounded to two decimals.
-- What to do: ingest both again (`bcb_sgs` 433, `ibge_sidra` SIDRA_IPCA_MOM and SIDRA_IPCA_INDEX) and look at the payload of the month.
WITH ipca AS (
  SELECT series_id, as_of, value FROM macro_series
  WHERE  (source = 'bcb_sgs' AND series_id = '433') OR (source = 'ibge_sidra' AND series_id = 'SIDRA_IPCA_MOM')
), base AS (
  SELECT as_of, value, CAST(as_of + INTERVAL '1 month' AS DATE) AS following
  FROM   macro_series
  WHERE  source = 'ibge_sidra' AND series_id = 'SIDRA_IPCA_INDEX' AND value > 0
), changes AS (
  SELECT i.as_of, 100 * (i.value / b.value - 1) AS change FROM base i JOIN base b ON b.following = i.as_of
), found AS (
  SELECT i.series_id, i.as_of, concat('it is ', i.value, ', the index rose by ', round(c.change, 3)) AS what,
         'the monthly rate is the change of the index, rounded to two decimals' AS why
  FROM   ipca i
  JOIN   changes c ON c.as_of = i.as_of
  -- half of the last digit, and what the digits of the index leave open: it is printed with five of them
  WHERE  abs(i.value - c.change) > 0.0052 + 0.0001 * abs(c.change)
  UNION ALL
  SELECT s.series_id, s.as_of, concat('SIDRA has ', i.value, ', SGS has ', s.value), 'both publish the figure of one survey'
  FROM   ipca s
  JOIN   ipca i ON i.as_of = s.as_of AND i.series_id = 'SIDRA_IPCA_MOM'
  WHERE  s.series_id = '433' AND abs(s.value - i.value) > 0.005
)
SELECT 'error' AS severity, 'macro_series' AS "table", series_id AS key, as_of, what, why
FROM   found
