-- Series whose next figure should be out by the rule of release, and is not held.
-- Why: a model that goes on with an old figure does not know that it is old.
-- What to do: `contango update`; where the source itself is late or has ended the series, say so in its description (release, last_date).
SELECT 'warning' AS severity,
       table_name AS "table",
       concat(source, ' ', series_id) AS key,
       next_as_of AS as_of,
       concat('due at ', arrow_cast(date_trunc('minute', due_at), 'Timestamp(Second, None)'), ' UTC, ', late_by, ' days ago; the newest is ', newest_as_of) AS what,
       'the rule of release and a grace after it have passed' AS why
FROM   meta.freshness
WHERE  state = 'late'
