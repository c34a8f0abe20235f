-- deliveries: one row for each delivery; times in UTC, null: not so far.
--
--   promised_to   the end of the window that the customer was promised for the address it goes to; a
--                 delay that was told later changes nothing about the promise
--   completed_at  handed over
--   on_time       handed over by the end of the promised window
--   hours         from the order to the carrier until it was handed over
--   hours_late    handed over after the end of the promised window; negative: before it
CREATE OR REPLACE VIEW deliveries AS
SELECT
  delivery_id,
  order_id,
  carrier,
  service,
  scheduled_at,
  started_at,
  promised_from,
  promised_to,
  completed_at,
  failed_at,
  cancelled_at,
  delays,
  failed_attempts,
  on_time,
  date_diff('millisecond', scheduled_at, completed_at) / 3600000e0 AS hours,
  date_diff('millisecond', promised_to, completed_at) / 3600000e0 AS hours_late
FROM (
  SELECT
    subject AS delivery_id,
    max(json_extract_scalar(data, '$.orderId')) AS order_id,
    max_by(json_extract_scalar(data, '$.carrier'), sequence)
      FILTER (WHERE name = 'CarrierAssigned') AS carrier,
    max_by(json_extract_scalar(data, '$.service'), sequence)
      FILTER (WHERE name = 'CarrierAssigned') AS service,
    min(time) FILTER (WHERE name = 'DeliveryScheduled') AS scheduled_at,
    min(time) FILTER (WHERE name = 'DeliveryStarted') AS started_at,
    max_by(CAST(from_iso8601_timestamp(json_extract_scalar(data, '$.promisedFrom')) AS timestamp), sequence)
      FILTER (WHERE name IN ('DeliveryScheduled', 'DeliveryAddressChanged')) AS promised_from,
    max_by(CAST(from_iso8601_timestamp(json_extract_scalar(data, '$.promisedTo')) AS timestamp), sequence)
      FILTER (WHERE name IN ('DeliveryScheduled', 'DeliveryAddressChanged')) AS promised_to,
    min(time) FILTER (WHERE name = 'DeliveryCompleted') AS completed_at,
    min(time) FILTER (WHERE name = 'DeliveryFailed') AS failed_at,
    min(time) FILTER (WHERE name = 'DeliveryCancelled') AS cancelled_at,
    count(*) FILTER (WHERE name = 'DeliveryDelayed') AS delays,
    count(*) FILTER (WHERE name = 'DeliveryAttemptFailed') AS failed_attempts,
    max(json_extract_scalar(data, '$.onTime')) = 'true' AS on_time
  FROM events
  WHERE context = 'delivery'
    AND name IN (
      'DeliveryScheduled', 'CarrierAssigned', 'DeliveryAddressChanged', 'DeliveryStarted', 'DeliveryDelayed',
      'DeliveryAttemptFailed', 'DeliveryCompleted', 'DeliveryFailed', 'DeliveryCancelled'
    )
  GROUP BY subject
) milestones
