-- stock_outs: products that ran out, or had less than somebody wanted.
--
--   times_empty    how often what can be promised (on hand less reserved) came down to nothing
--   hours_empty    how long in all; of a shelf that is empty still, until the newest event of any stock
--   empty_now      it is empty still
--   refusals       reservations that were refused
--   units_refused  what these lacked, in units
--   orders_lost    orders that asked for it in vain and were cancelled as out of stock
CREATE OR REPLACE VIEW stock_outs AS
WITH levels AS (
  SELECT
    subject AS sku,
    time,
    available,
    lag(available) OVER (PARTITION BY subject ORDER BY sequence) AS available_before,
    lead(time) OVER (PARTITION BY subject ORDER BY sequence) AS next_change
  FROM (
    SELECT subject, time, sequence, CAST(json_extract_scalar(data, '$.available') AS bigint) AS available
    FROM events
    WHERE context = 'inventory'
      AND name IN ('StockLevelChanged', 'InventoryReserved', 'ReservationExpired', 'InventoryReleased')
  ) changes
),
newest AS (
  SELECT max(time) AS time FROM events WHERE context = 'inventory'
),
refusals AS (
  SELECT
    events.subject AS sku,
    count(*) AS refusals,
    sum(
      CAST(json_extract_scalar(events.data, '$.quantity') AS bigint)
      - CAST(json_extract_scalar(events.data, '$.available') AS bigint)
    ) AS units_refused,
    count(DISTINCT CASE WHEN orders.cancellation_reason = 'out_of_stock' THEN orders.order_id END) AS orders_lost
  FROM events
  LEFT JOIN orders ON orders.order_id = json_extract_scalar(events.data, '$.orderId')
  WHERE events.context = 'inventory' AND events.name = 'InventoryInsufficient'
  GROUP BY events.subject
),
shelves AS (
  SELECT
    sku,
    sum(CASE WHEN coalesce(available_before, 1) > 0 THEN 1 ELSE 0 END) AS times_empty,
    sum(date_diff('millisecond', levels.time, coalesce(next_change, newest.time))) / 3600000e0 AS hours_empty,
    sum(CASE WHEN next_change IS NULL THEN 1 ELSE 0 END) > 0 AS empty_now
  FROM levels
  CROSS JOIN newest
  WHERE available = 0
  GROUP BY sku
)
SELECT
  coalesce(shelves.sku, refusals.sku) AS sku,
  coalesce(times_empty, 0) AS times_empty,
  round(coalesce(hours_empty, 0e0), 2) AS hours_empty,
  coalesce(empty_now, false) AS empty_now,
  coalesce(refusals.refusals, 0) AS refusals,
  coalesce(units_refused, 0) AS units_refused,
  coalesce(orders_lost, 0) AS orders_lost
FROM shelves
FULL JOIN refusals ON refusals.sku = shelves.sku
