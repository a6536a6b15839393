-- Figures that their unit does not allow: negative positions and volumes, shares beyond 100 percent, prices and levels of zero or below.
-- Why: one such figure makes logarithms, ratios and means wrong, and is most often a misread column.
-- What to do: look at the payload of the row; where it can be true, say so (may_be_negative of a root, positive of a series).
WITH figures AS (
  SELECT 'cot' AS table_name, concat(report, '/', scope, ' ', contract_code, ' ', category) AS key, as_of,
         concat('long ', long, ', short ', short, ', spreading ', spreading, ', open interest ', open_interest) AS what,
         'positions are counts of contracts' AS why
  FROM   cot
  WHERE  long < 0 OR short < 0 OR spreading < 0 OR open_interest < 0 OR traders_long < 0 OR traders_short < 0 OR traders_spreading < 0
  UNION ALL
  SELECT 'cot_markets', concat(report, '/', scope, ' ', contract_code), as_of,
         concat('shares of the largest traders from ', least(gross_4_long, gross_4_short, gross_8_long, gross_8_short, net_4_long, net_4_short,
                                                             net_8_long, net_8_short),
                ' to ', greatest(gross_4_long, gross_4_short, gross_8_long, gross_8_short, net_4_long, net_4_short, net_8_long, net_8_short)),
         'a share of the open interest lies between 0 and 100 percent'
  FROM   cot_markets
  WHERE  least(gross_4_long, gross_4_short, gross_8_long, gross_8_short, net_4_long, net_4_short, net_8_long, net_8_short) < 0
  OR     greatest(gross_4_long, gross_4_short, gross_8_long, gross_8_short, net_4_long, net_4_short, net_8_long, net_8_short) > 100
  UNION ALL
  SELECT 'futures_ohlcv', concat(b.dataset, ' ', b.symbol), b.as_of, concat('low is ', b.low, ', close is ', b.close),
         'prices of this root are above zero (`may_be_negative` in config/instruments.toml)'
  FROM   futures_bars b
  JOIN   meta.roots r ON r.root = b.root AND NOT r.may_be_negative
  WHERE  least(b.low, b.close) <= 0
  UNION ALL
  SELECT 'futures_ohlcv', concat(dataset, ' ', symbol), as_of, concat('volume is ', volume), 'volume is a count' FROM futures_ohlcv WHERE volume < 0
  UNION ALL
  SELECT 'futures_statistics', concat(dataset, ' ', symbol, ' ', stat), as_of, concat(stat, ' is ', value), 'it is a count of contracts'
  FROM   futures_statistics
  WHERE  stat IN ('cleared_volume', 'open_interest') AND value < 0
  UNION ALL
  SELECT table_name, concat(source, ' ', series_id), as_of, concat('the value is ', value), 'the series is described as positive'
  FROM   meta.observations
  WHERE  positive AND table_name IN ('macro_series', 'fx_flow', 'fiscal_data') AND value <= 0
  UNION ALL
  SELECT table_name, concat(source, ' ', series_id), as_of, concat('the value is ', value), 'the series is 0 or 1'
  FROM   meta.observations
  WHERE  unit = '0 or 1' AND value NOT IN (0, 1)
  UNION ALL
  SELECT 'market_data', concat(source, ' ', symbol), as_of, concat('low is ', low, ', close is ', close, ', volume is ', volume),
         'prices of this instrument are above zero (`may_be_negative` in config/instruments.toml), and volume is a count'
  FROM   market_data
  WHERE  volume < 0
  OR     (least(low, close) <= 0 AND symbol NOT IN (SELECT i.symbol FROM meta.instruments i WHERE i.may_be_negative))
  UNION ALL
  SELECT 'bonds', concat(bond, ' ', maturity), as_of, concat('prices ', bid_price, ', ', ask_price, ', ', base_price),
         'a price is above zero, and a bond is quoted before its maturity'
  FROM   bonds
  WHERE  least(bid_price, ask_price, base_price) <= 0 OR as_of > maturity
  UNION ALL
  SELECT 'curves', concat(curve_id, ' ', kind, ' ', tenor), as_of, concat('the rate is ', rate), 'a rate lies between -10 and 100 percent a year'
  FROM   curves
  WHERE  rate NOT BETWEEN -10 AND 100
  UNION ALL
  SELECT 'expectations', concat(survey, ' ', indicator, ' ', horizon, ' ', statistic), as_of,
         concat(statistic, ' is ', value, ' of ', respondents, ' answers'), 'a deviation is not negative, nor is a count of answers'
  FROM   expectations
  WHERE  (statistic = 'std' AND value < 0) OR respondents < 0
)
SELECT 'error' AS severity, table_name AS "table", key, as_of, what, why
FROM   figures
