-- Days on which the closing PTAX of the dollar differs between its own service and the time series of the central bank.
-- Why: contracts are settled by it; it is one number, published twice.
-- What to do: ingest both again (`bcb_ptax`, `bcb_sgs` 1 and 10813) and look at the payload of the day.
WITH pairs AS (
  SELECT p.as_of, p.series_id, p.value AS ptax, s.series_id AS code, s.value AS sgs
  FROM   macro_series p
  JOIN   macro_series s ON s.as_of = p.as_of AND s.source = 'bcb_sgs'
                        AND s.series_id = CASE p.series_id WHEN 'PTAX_USD_ASK' THEN '1' ELSE '10813' END
  WHERE  p.source = 'bcb_ptax' AND p.series_id IN ('PTAX_USD_ASK', 'PTAX_USD_BID')
)
SELECT 'error' AS severity,
       'macro_series' AS "table",
       series_id AS key,
       as_of,
       concat('it is ', ptax, ', series ', code, ' of SGS is ', sgs) AS what,
       'both are the closing rate of the day, with four decimals' AS why
FROM   pairs
WHERE  abs(ptax - sgs) > 0.00005
