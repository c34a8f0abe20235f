-- events: every event once.
--
-- A sink may get an event twice: from a runtime that died between the sink's acknowledgement and the
-- ledger's write, or by a replay. `id` tells copies. Where copies differ, the later form of the event
-- (the higher version in `dataschema`; of one version, the address with an origin) stays: a replay writes older events in
-- the form of today. The name of a schema is what follows `/schemas/`.
--
-- While an hour of the lake is compacted its events are there twice, and for good where that was interrupted.
--
-- Reads the table `raw_events`, which has the envelope as columns and `data` as JSON text. `context` is its
-- partition: a view that filters by it reads only the folder of that context.
--
--   time      when it happened (UTC)
--   sequence  its version in the log of its aggregate, as a number; null for an event that belongs to no log
--   subject   the id of the aggregate; a SKU for stock and products, a code for promotions
--   data      JSON text; amounts of money in it are in minor units (cents)
CREATE OR REPLACE VIEW events AS
SELECT
  id,
  event_type,
  context,
  name,
  subject,
  CAST(from_iso8601_timestamp(happened_at) AS timestamp) AS time,
  sequence,
  category,
  partitionkey,
  correlationid,
  data
FROM (
  SELECT
    id,
    event_type,
    context,
    type AS name,
    subject,
    time AS happened_at,
    sequence,
    category,
    partitionkey,
    correlationid,
    data,
    row_number() OVER (
      PARTITION BY context, type, id
      ORDER BY
        length(split_part(dataschema, '/schemas/', 2)) DESC,
        split_part(dataschema, '/schemas/', 2) DESC,
        length(dataschema) DESC,
        dataschema DESC
    ) AS copy
  FROM raw_events
) copies
WHERE copy = 1
