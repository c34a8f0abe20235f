-- delivery_times: how long deliveries took, against what was promised, by carrier and service.
--
--   delivered              handed over
--   on_time, on_time_percent   of these, by the end of the window that the customer was promised
--   median_hours, p90_hours    from the order to the carrier until handed over, half and nine tenths of them
--   median_hours_late          after the end of the promised window; negative: before it
--   worst_hours_late           the latest of all
--   delayed                deliveries (handed over or not) of which a delay was told
--   failed_attempts        in vain at the door
--   failed                 deliveries that never arrived
--
-- Percentiles are approximate on Athena and exact on DuckDB.
CREATE OR REPLACE VIEW delivery_times AS
SELECT
  carrier,
  service,
  count(completed_at) AS delivered,
  count(completed_at) FILTER (WHERE on_time) AS on_time,
  round(100e0 * count(completed_at) FILTER (WHERE on_time) / nullif(count(completed_at), 0), 1) AS on_time_percent,
  round(approx_percentile(hours, 0.5e0), 2) AS median_hours,
  round(approx_percentile(hours, 0.9e0), 2) AS p90_hours,
  round(approx_percentile(hours_late, 0.5e0), 2) AS median_hours_late,
  round(max(hours_late), 2) AS worst_hours_late,
  count(*) FILTER (WHERE delays > 0) AS delayed,
  sum(failed_attempts) AS failed_attempts,
  count(failed_at) AS failed
FROM deliveries
WHERE scheduled_at IS NOT NULL
GROUP BY carrier, service
