-- Bars whose open or close lies outside high and low, or whose high is below their low; and bars of days without a trade date.
-- Why: a range that does not hold its own prices makes volatility and stops wrong; a bar of a holiday or a Sunday is part of the next trade
-- date's, and counts it twice.
-- What to do: look at the payload of the row; a price of a file may have been adjusted and its range not, and a vendor's day may begin at
-- midnight.
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
UNION ALL
SELECT 'warning',
       'futures_ohlcv',
       concat(dataset, ' ', symbol),
       as_of,
       concat('its session ends on ', CAST(session_end AS DATE)),
       'the exchange has no trade date on that day'
FROM   futures_ohlcv
-- of a market without a calendar the session is the UTC day, which ends as the next one begins
WHERE  basis = 'session' AND session_end > CAST(as_of AS TIMESTAMP) + INTERVAL '1 day'
