-- Vintages that were taken in before an older vintage of the same observation, of sources that do not stamp theirs.
-- Why: without a stamp a correction is known when it is seen; one that was seen first and is dated later has a date that is not its own.
-- What to do: `contango lake rebuild --table TABLE` replays the payloads in order.
--
-- Most observations have one vintage: only the others are put in order.
WITH revised AS (
  SELECT 'cot' AS table_name, concat(v.report, '/', v.scope, ' ', v.contract_code, ' ', v.category) AS key, v.as_of, v.available_at, v.ingested_at
  FROM   cot_vintages v
  JOIN   (SELECT report, scope, contract_code, category, as_of FROM cot_vintages GROUP BY report, scope, contract_code, category, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.report = v.report AND r.scope = v.scope AND r.contract_code = v.contract_code AND r.category = v.category
  UNION ALL
  SELECT 'cot_markets', concat(v.report, '/', v.scope, ' ', v.contract_code), v.as_of, v.available_at, v.ingested_at
  FROM   cot_markets_vintages v
  JOIN   (SELECT report, scope, contract_code, as_of FROM cot_markets_vintages GROUP BY report, scope, contract_code, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.report = v.report AND r.scope = v.scope AND r.contract_code = v.contract_code
  UNION ALL
  SELECT 'cot_crop_years', concat(v.report, '/', v.scope, ' ', v.contract_code, ' ', v.crop_year, ' ', v.category), v.as_of, v.available_at, v.ingested_at
  FROM   cot_crop_years_vintages v
  JOIN   (SELECT report, scope, contract_code, crop_year, category, as_of FROM cot_crop_years_vintages GROUP BY report, scope, contract_code, crop_year, category, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.report = v.report AND r.scope = v.scope AND r.contract_code = v.contract_code AND r.crop_year = v.crop_year AND r.category = v.category
  UNION ALL
  SELECT 'futures_ohlcv', concat(v.dataset, ' ', v.symbol, ' ', v.instrument_id, ' (', v.basis, ')'), v.as_of, v.available_at, v.ingested_at
  FROM   futures_ohlcv_vintages v
  JOIN   (SELECT dataset, basis, symbol, instrument_id, as_of FROM futures_ohlcv_vintages GROUP BY dataset, basis, symbol, instrument_id, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.dataset = v.dataset AND r.basis = v.basis AND r.symbol = v.symbol AND r.instrument_id = v.instrument_id
  UNION ALL
  SELECT 'fx_flow', concat(v.source, ' ', v.series_id), v.as_of, v.available_at, v.ingested_at
  FROM   fx_flow_vintages v
  JOIN   (SELECT source, series_id, as_of FROM fx_flow_vintages GROUP BY source, series_id, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.source = v.source AND r.series_id = v.series_id
  UNION ALL
  SELECT 'fiscal_data', concat(v.source, ' ', v.series_id), v.as_of, v.available_at, v.ingested_at
  FROM   fiscal_data_vintages v
  JOIN   (SELECT source, series_id, as_of FROM fiscal_data_vintages GROUP BY source, series_id, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.source = v.source AND r.series_id = v.series_id
  UNION ALL
  SELECT 'curves', concat(v.curve_id, ' ', v.kind, ' ', v.tenor), v.as_of, v.available_at, v.ingested_at
  FROM   curves_vintages v
  JOIN   (SELECT curve_id, kind, tenor, as_of FROM curves_vintages GROUP BY curve_id, kind, tenor, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.curve_id = v.curve_id AND r.kind = v.kind AND r.tenor = v.tenor
  UNION ALL
  SELECT 'bonds', concat(v.bond, ' ', v.maturity), v.as_of, v.available_at, v.ingested_at
  FROM   bonds_vintages v
  JOIN   (SELECT bond, maturity, as_of FROM bonds_vintages GROUP BY bond, maturity, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.bond = v.bond AND r.maturity = v.maturity
  UNION ALL
  SELECT 'market_data', concat(v.source, ' ', v.symbol), v.as_of, v.available_at, v.ingested_at
  FROM   market_data_vintages v
  JOIN   (SELECT source, symbol, as_of FROM market_data_vintages GROUP BY source, symbol, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.source = v.source AND r.symbol = v.symbol
  UNION ALL
  SELECT 'expectations', concat(v.survey, ' ', v.indicator, ' ', v.detail, ' ', v.horizon, ' ', v.sample, ' ', v.variant, ' ', v.statistic), v.as_of, v.available_at, v.ingested_at
  FROM   expectations_vintages v
  JOIN   (SELECT survey, indicator, detail, horizon, sample, variant, statistic, as_of FROM expectations_vintages GROUP BY survey, indicator, detail, horizon, sample, variant, statistic, as_of HAVING count(*) > 1) r
         ON r.as_of = v.as_of AND r.survey = v.survey AND r.indicator = v.indicator AND r.detail = v.detail AND r.horizon = v.horizon AND r.sample = v.sample AND r.variant = v.variant AND r.statistic = v.statistic
), ordered AS (
  SELECT *, lag(ingested_at) OVER (PARTITION BY table_name, key, as_of ORDER BY available_at) AS before FROM revised
)
SELECT 'error' AS severity,
       table_name AS "table",
       key,
       as_of,
       concat('the vintage of ', arrow_cast(date_trunc('second', available_at), 'Timestamp(Second, None)'), ' UTC came in on ',
              arrow_cast(date_trunc('second', ingested_at), 'Timestamp(Second, None)'), ', the one before it later, on ',
              arrow_cast(date_trunc('second', before), 'Timestamp(Second, None)')) AS what,
       'a value that differs is known from when it is first seen' AS why
FROM   ordered
WHERE  ingested_at < before
