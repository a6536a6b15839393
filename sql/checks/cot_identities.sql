-- Markets whose positions do not add up: long and spreading positions of all categories are the open interest, and so are short and spreading.
-- Why: every open contract is held long by someone and short by someone; where the sums differ, a category is missing or misread.
-- What to do: look at the payload of the rows; consolidated markets (code ending in +) and combined reports are off by rounding, up to 4.
WITH sums AS (
  SELECT report, scope, contract_code, as_of, sum(long + coalesce(spreading, 0)) AS long, sum(short + coalesce(spreading, 0)) AS short,
         max(open_interest) AS open_interest, count(*) AS categories, count(long) AS known
  FROM   cot
  GROUP  BY report, scope, contract_code, as_of
)
SELECT 'error' AS severity,
       'cot' AS "table",
       concat(report, '/', scope, ' ', contract_code) AS key,
       as_of,
       concat('open interest is ', open_interest, ', longs add up to ', long, ' and shorts to ', short) AS what,
       'long and spreading positions of all categories are the open interest, as are short and spreading' AS why
FROM   sums
WHERE  categories = known
AND    categories = CASE report WHEN 'legacy' THEN 3 ELSE 5 END
AND    greatest(abs(long - open_interest), abs(short - open_interest))
       > CASE WHEN ends_with(contract_code, '+') OR scope = 'combined' THEN 4 ELSE 0 END
