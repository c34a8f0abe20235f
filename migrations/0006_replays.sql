-- Every replay there was, for the list of them: how far each has come stands in an object of its own.
CREATE TABLE replays (
  id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL
);
CREATE INDEX replays_by_time ON replays (started_at, id);

-- A rebuild finds aggregates in the ledgers of forwarders, one after the other: `shard` is the one that it
-- reads, and `after` the last stream of it that was taken, as JSON.
DROP TABLE rebuilds;
CREATE TABLE rebuilds (
  id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  step INTEGER NOT NULL,
  streams INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  after TEXT
);
CREATE INDEX rebuilds_by_time ON rebuilds (started_at);
