-- cot_wide as it stood at each instant at which one of its figures was published: for each instant the latest vintage of every category.
WITH published AS (
  SELECT DISTINCT report, contract_code, as_of, available_at AS instant FROM cot_vintages WHERE scope = 'futures_only'
), known AS (
  SELECT v.*, p.instant
  FROM   cot_vintages v
  JOIN   published p ON v.report = p.report AND v.contract_code = p.contract_code AND v.as_of = p.as_of AND v.available_at <= p.instant
  WHERE  v.scope = 'futures_only'
  QUALIFY row_number() OVER (PARTITION BY v.report, v.contract_code, v.category, v.as_of, p.instant ORDER BY v.available_at DESC) = 1
)
SELECT as_of, report, contract_code, root, max(market) AS market,
       max(open_interest) AS open_interest,
       max(long) FILTER (WHERE category = 'dealer') AS dealer_long,
       max(short) FILTER (WHERE category = 'dealer') AS dealer_short,
       max(net) FILTER (WHERE category = 'dealer') AS dealer_net,
       max(long) FILTER (WHERE category = 'asset_manager') AS asset_manager_long,
       max(short) FILTER (WHERE category = 'asset_manager') AS asset_manager_short,
       max(net) FILTER (WHERE category = 'asset_manager') AS asset_manager_net,
       max(long) FILTER (WHERE category = 'leveraged_funds') AS leveraged_funds_long,
       max(short) FILTER (WHERE category = 'leveraged_funds') AS leveraged_funds_short,
       max(net) FILTER (WHERE category = 'leveraged_funds') AS leveraged_funds_net,
       max(long) FILTER (WHERE category = 'producer_merchant') AS producer_merchant_long,
       max(short) FILTER (WHERE category = 'producer_merchant') AS producer_merchant_short,
       max(net) FILTER (WHERE category = 'producer_merchant') AS producer_merchant_net,
       max(long) FILTER (WHERE category = 'swap_dealer') AS swap_dealer_long,
       max(short) FILTER (WHERE category = 'swap_dealer') AS swap_dealer_short,
       max(net) FILTER (WHERE category = 'swap_dealer') AS swap_dealer_net,
       max(long) FILTER (WHERE category = 'managed_money') AS managed_money_long,
       max(short) FILTER (WHERE category = 'managed_money') AS managed_money_short,
       max(net) FILTER (WHERE category = 'managed_money') AS managed_money_net,
       max(long) FILTER (WHERE category = 'other_reportable') AS other_reportable_long,
       max(short) FILTER (WHERE category = 'other_reportable') AS other_reportable_short,
       max(net) FILTER (WHERE category = 'other_reportable') AS other_reportable_net,
       max(long) FILTER (WHERE category = 'nonreportable') AS nonreportable_long,
       max(short) FILTER (WHERE category = 'nonreportable') AS nonreportable_short,
       max(net) FILTER (WHERE category = 'nonreportable') AS nonreportable_net,
       max(long) FILTER (WHERE category = 'noncommercial') AS noncommercial_long,
       max(short) FILTER (WHERE category = 'noncommercial') AS noncommercial_short,
       max(net) FILTER (WHERE category = 'noncommercial') AS noncommercial_net,
       max(long) FILTER (WHERE category = 'commercial') AS commercial_long,
       max(short) FILTER (WHERE category = 'commercial') AS commercial_short,
       max(net) FILTER (WHERE category = 'commercial') AS commercial_net,
       instant AS available_at, least_available(availability) AS availability, bool_or(backcast) AS backcast
FROM   known
GROUP  BY as_of, report, contract_code, root, instant
