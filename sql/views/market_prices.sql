-- Prices adjusted for the splits and distributions that are known at the clock, by the convention of CRSP and Yahoo: before an ex date prices
-- are divided by the new shares per old one, and multiplied by 1 - D / P, where D is what was paid and P the last close before the ex date.
WITH events AS (
  SELECT source, symbol, as_of, max(value) FILTER (WHERE kind = 'split') AS split, sum(value) FILTER (WHERE kind <> 'split') AS paid,
         max(available_at) AS available_at
  FROM   market_events
  GROUP  BY source, symbol, as_of
), together AS (
  SELECT source, symbol, as_of, TRUE AS is_bar, open, high, low, close, volume, currency, CAST(NULL AS DOUBLE) AS split,
         CAST(NULL AS DOUBLE) AS paid, available_at, availability, backcast, ingested_at, payload
  FROM   market_data
  UNION ALL
  SELECT source, symbol, as_of, FALSE, NULL, NULL, NULL, NULL, NULL, NULL, split, paid, available_at, NULL, NULL, NULL, NULL
  FROM   events
), followed AS (
  SELECT *, last_value(close) IGNORE NULLS OVER (PARTITION BY source, symbol ORDER BY as_of, is_bar
                                                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS close_before
  FROM   together
), adjusted AS (
  -- what was paid is per new share where a split is of the same day
  SELECT *, running_product(split) OVER since AS split_factor,
         running_product(1.0 - paid * coalesce(split, 1.0) / NULLIF(close_before, 0.0)) OVER since AS dividend_factor,
         max(CASE WHEN NOT is_bar THEN available_at END) OVER since AS events_available_at
  FROM   followed
  WINDOW since AS (PARTITION BY source, symbol ORDER BY as_of DESC, is_bar DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT as_of, source, symbol, open, high, low, close, volume, currency, split_factor, dividend_factor,
       close / split_factor AS split_close, close / split_factor * dividend_factor AS adjusted_close, volume * split_factor AS adjusted_volume,
       greatest(available_at, events_available_at) AS available_at, availability, backcast, ingested_at, payload
FROM   adjusted
WHERE  is_bar
