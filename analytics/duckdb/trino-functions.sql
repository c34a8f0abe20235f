-- The functions of Trino (Athena) that the views use and DuckDB does not have, or has under another name.
-- With these, both run the same files. Loaded before the views; not for Athena.
SET TimeZone = 'UTC';

-- https://trino.io/docs/current/functions/json.html
CREATE MACRO json_extract_scalar(json, path) AS json_extract_string(json, path);

-- https://trino.io/docs/current/functions/datetime.html
CREATE MACRO from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMP WITH TIME ZONE);

-- https://trino.io/docs/current/functions/array.html; here only with first <= last
CREATE MACRO sequence(first, last) AS generate_series(CAST(first AS BIGINT), CAST(last AS BIGINT));

-- https://trino.io/docs/current/functions/aggregate.html; exact here
CREATE MACRO approx_percentile(value, share) AS quantile_disc(value, share);
