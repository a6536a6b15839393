-- The cure of leaky/zscore_of_revised_history: for each release the change, its mean and its deviation from the vintages known at that instant.
--
--   contango audit leaky/zscore_of_revised_history_right --time-column known_at
SELECT known_at, as_of, value AS change, zscore
FROM   zscore('macro_series', 'PAYEMS', window => 24, transform => 'chg')
ORDER  BY known_at;
