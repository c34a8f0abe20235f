-- Effects that outlived their retries, for operators to see and retry.
CREATE TABLE parked_effects (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  effect_id TEXT NOT NULL,
  description TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,
  parked_at TEXT NOT NULL
);
CREATE INDEX parked_effects_by_time ON parked_effects (parked_at, id);
