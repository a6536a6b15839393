-- Prices adjusted for the splits and distributions that are known at the clock, by the convention of CRSP and Yahoo: before an ex date prices
-- are divided by the new shares per old one, and multiplied by 1 - D / P, where D is what was paid and P the last close before the ex date.
WITH events AS (
  SELECT source, symbol, as_of, max(value) FILTER (WHERE kind = 'split') AS split, sum(value) FILTER (WHERE kind <> 'split') AS paid,
         max(available_at) AS available_at, least_available(availability) AS availability, bool_or(backcast) AS backcast
  FROM   market_events
  GROUP  BY source, symbol, as_of
), together AS (
  SELECT source, symbol, as_of, TRUE AS is_bar, open, high, low, close, volume, currency, CAST(NULL AS DOUBLE) AS split,
         CAST(NULL AS DOUBLE) AS paid, available_at, availability, backcast, ingested_at, payload
  FROM   market_data
  UNION ALL
  SELECT source, symbol, as_of, FALSE, NULL, NULL, NULL, NULL, NULL, NULL, split, paid, available_at, availability, backcast, NULL, NULL
  FROM   events
), followed AS (
  -- the close before an event is a part of what the event does: with its value goes when it was known
  SELECT *, last_value(close) IGNORE NULLS OVER before AS close_before,
         last_value(CASE WHEN close IS NOT NULL THEN available_at END) IGNORE NULLS OVER before AS close_before_at,
         last_value(CASE WHEN close IS NOT NULL THEN availability END) IGNORE NULLS OVER before AS close_before_grade,
         last_value(CASE WHEN close IS NOT NULL THEN backcast END) IGNORE NULLS OVER before AS close_before_backcast
  FROM   together
  WINDOW before AS (PARTITION BY source, symbol ORDER BY as_of, is_bar ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), adjusted AS (
  -- what was paid is per new share where a split is of the same day
  SELECT *, running_product(split) OVER since AS split_factor,
         running_product(1.0 - paid * coalesce(split, 1.0) / NULLIF(close_before, 0.0)) OVER since AS dividend_factor,
         max(CASE WHEN NOT is_bar THEN greatest(available_at, CASE WHEN paid IS NOT NULL THEN close_before_at END) END) OVER since
           AS events_available_at,
         least_available(CASE WHEN NOT is_bar THEN availability END) OVER since AS events_grade,
         least_available(CASE WHEN NOT is_bar AND paid IS NOT NULL THEN close_before_grade END) OVER since AS closes_grade,
         max(CASE WHEN NOT is_bar AND (backcast OR coalesce(paid IS NOT NULL AND close_before_backcast, false)) THEN 1 ELSE 0 END) OVER since = 1
           AS events_backcast
  FROM   followed
  WINDOW since AS (PARTITION BY source, symbol ORDER BY as_of DESC, is_bar DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT as_of, source, symbol, open, high, low, close, volume, currency, split_factor, dividend_factor,
       close / split_factor AS split_close, close / split_factor * dividend_factor AS adjusted_close, volume * split_factor AS adjusted_volume,
       greatest(available_at, events_available_at) AS available_at,
       least_available(availability, events_grade, closes_grade) OVER (PARTITION BY source, symbol, as_of) AS availability,
       backcast OR coalesce(events_backcast, false) AS backcast, ingested_at, payload
FROM   adjusted
WHERE  is_bar
