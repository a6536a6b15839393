-- Every definition in force at the clock, one row per instrument and life.
SELECT * FROM futures_definitions
