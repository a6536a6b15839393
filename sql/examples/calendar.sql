-- Which reports came out at another time than the usual Friday 15:30 New York, and which come next? As it was known at the clock.
--
--   contango run calendar
--   contango run calendar --clock 2023-02-20
SELECT as_of, released_at, availability, announced_on, note
FROM   releases('cot')
WHERE  note IS NOT NULL OR NOT released
ORDER  BY as_of;
