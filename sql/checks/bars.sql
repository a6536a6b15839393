-- Bars whose open or close lies outside high and low, or whose high is below their low.
-- Why: a range that does not hold its own prices makes volatility and stops wrong.
-- What to do: look at the payload of the row; a price of a file may have been adjusted and its range not.
WITH bars AS (
  SELECT 'futures_ohlcv' AS table_name, concat(dataset, ' ', symbol, ' (', basis, ')') AS key, as_of, open, high, low, close FROM futures_ohlcv
  UNION ALL
  SELECT 'market_data', concat(source, ' ', symbol), as_of, open, high, low, close FROM market_data
)
-- vendors give the settlement as the close, which may lie outside of what was traded
SELECT CASE WHEN high < low OR open > high + abs(high) * 1e-6 OR open < low - abs(low) * 1e-6 THEN 'error' ELSE 'warning' END AS severity,
       table_name AS "table",
       key,
       as_of,
       concat('open ', open, ', high ', high, ', low ', low, ', close ', close) AS what,
       'no price of a bar is above its high or below its low' AS why
FROM   bars
-- a printed range may be rounded where the prices are not
WHERE  high < greatest(open, close, low) - abs(high) * 1e-6
OR     low > least(open, close, high) + abs(low) * 1e-6
