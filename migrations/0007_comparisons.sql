-- Each time that the rows of lists were compared with what forwarders have seen of each aggregate, and how far
-- it has come, as with rebuilds: `damaged` are aggregates whose logs lack what was forwarded, as JSON.
CREATE TABLE comparisons (
  id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  step INTEGER NOT NULL,
  streams INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  stale INTEGER NOT NULL,
  damaged TEXT NOT NULL,
  shard INTEGER NOT NULL,
  after TEXT
);
CREATE INDEX comparisons_by_time ON comparisons (started_at);
