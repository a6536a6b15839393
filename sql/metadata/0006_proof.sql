-- What proves the rows of all other tables: how many writes there were, and a hash of every row as it was after so many of them. Triggers that
-- count are made for every table when migrations have run.
CREATE TABLE content_proof (
  writes INTEGER NOT NULL,
  proven INTEGER,
  hash   TEXT
) STRICT;
INSERT INTO content_proof (writes) VALUES (0);
