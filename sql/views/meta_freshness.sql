-- What of each series is the newest, what comes next, when that is due, and whether it is late: by the rules of release of series and sources
-- (config/series.toml, config/sources.toml) and by the calendar of the positioning reports. A series is `fresh` until its next figure is due,
-- `due` for a grace after it (a business day for daily figures, two for weekly, three for monthly, five for others), and `late` from then on.
-- A series whose rule is not known has no state.
WITH held AS (
  SELECT source, 'macro_series' AS table_name, series_id, max(as_of) AS newest_as_of, max(available_at) AS newest_available_at
  FROM   macro_series_vintages
  GROUP  BY source, series_id
  UNION ALL
  SELECT source, 'fx_flow', series_id, max(as_of), max(available_at) FROM fx_flow_vintages GROUP BY source, series_id
  UNION ALL
  SELECT source, 'fiscal_data', series_id, max(as_of), max(available_at) FROM fiscal_data_vintages GROUP BY source, series_id
  UNION ALL
  SELECT source, 'market_data', symbol, max(as_of), max(available_at) FROM market_data_vintages GROUP BY source, symbol
  UNION ALL
  SELECT CASE WHEN starts_with(curve_id, 'US_') THEN 'us_treasury' ELSE 'b3_tesouro' END, 'curves', curve_id, max(as_of), max(available_at)
  FROM   curves_vintages
  -- a curve that comes from files alone comes when somebody brings it
  WHERE  curve_id <> 'BR_DI'
  GROUP  BY curve_id
  UNION ALL
  -- kinds of bonds come and go: the quotes are there or not as a whole
  SELECT 'b3_tesouro', 'bonds', 'tesouro_direto', max(as_of), max(available_at) FROM bonds_vintages HAVING count(*) > 0
  UNION ALL
  SELECT 'bcb_focus', 'expectations', coalesce(m.series_id, concat(e.survey, '/', e.indicator)), e.newest_as_of, e.newest_available_at
  FROM   (SELECT survey, indicator, max(as_of) AS newest_as_of, max(available_at) AS newest_available_at
          FROM   expectations_vintages GROUP BY survey, indicator) e
  LEFT   JOIN meta.series_metadata m ON m.source = 'bcb_focus' AND m.code = concat(e.survey, '/', e.indicator)
), following AS (
  SELECT *, next_period(source, series_id, newest_as_of) AS next_as_of FROM held
), ruled AS (
  SELECT source, table_name, series_id, newest_as_of, newest_available_at, next_as_of,
         release_due(source, series_id, next_as_of) AS due_at,
         release_overdue(source, series_id, next_as_of) AS overdue_at
  FROM   following
  WHERE  next_as_of IS NOT NULL
), reports AS (
  SELECT report, scope, max(as_of) AS newest_as_of, max(available_at) AS newest_available_at
  FROM   cot_markets_vintages
  GROUP  BY report, scope
), coming AS (
  SELECT r.report, r.scope, r.newest_as_of, r.newest_available_at, min(c.as_of) AS next_as_of
  FROM   reports r
  JOIN   releases('cot') c ON c.as_of > r.newest_as_of
  GROUP  BY r.report, r.scope, r.newest_as_of, r.newest_available_at
), scheduled AS (
  SELECT 'cftc' AS source, 'cot' AS table_name, concat(n.report, '/', n.scope) AS series_id, n.newest_as_of, n.newest_available_at, n.next_as_of,
         c.released_at AS due_at,
         -- a report that did not come, and of which nobody said when it will, is late by nobody's rule
         c.released_at + (CAST(add_business_days('US_FEDERAL', CAST(c.released_at AS DATE), 1) AS TIMESTAMP)
                          - CAST(CAST(c.released_at AS DATE) AS TIMESTAMP)) AS overdue_at
  FROM   coming n
  JOIN   releases('cot') c ON c.as_of = n.next_as_of
), stood AS (
  SELECT * FROM ruled
  UNION ALL
  SELECT * FROM scheduled
)
SELECT source, table_name, series_id, newest_as_of, newest_available_at, next_as_of, due_at,
       CASE WHEN due_at IS NULL AND source = 'cftc' THEN 'due'
            WHEN due_at IS NULL THEN NULL
            WHEN now() < due_at THEN 'fresh'
            WHEN now() < overdue_at THEN 'due'
            ELSE 'late' END AS state,
       CASE WHEN now() >= overdue_at THEN round((date_part('epoch', now()) - date_part('epoch', due_at)) / 86400, 1) END AS late_by
FROM   stood
