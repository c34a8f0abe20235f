-- revenue_by_day: what was sold and what of it was given back, by day (UTC) and currency, in whole units.
--
--   orders       orders that became a sale on that day: paid, of nothing to pay, or confirmed for invoice
--   gross        what their customers pay, after discounts and with shipping
--   refunds      money that went back on that day for orders that had been a sale, less refunds that
--                bounced at the bank on that day. Money that came too late for an order and went back is
--                in neither: it was never a sale
--   written_off  orders by invoice that ended on that day without having been kept: no payment tells of them
--   net          gross - refunds - written_off
--
-- A disputed payment counts until its money is refunded: the outcome of a dispute is no event.
CREATE OR REPLACE VIEW revenue_by_day AS
WITH refunds AS (
  SELECT
    name,
    time,
    subject AS payment_id,
    json_extract_scalar(data, '$.refundId') AS refund_id,
    json_extract_scalar(data, '$.orderId') AS order_id,
    json_extract_scalar(data, '$.amount.currency') AS currency,
    CAST(json_extract_scalar(data, '$.amount.amount') AS bigint) AS minor_units
  FROM events
  WHERE context = 'payment' AND name IN ('PaymentRefunded', 'RefundFailed')
),
refund_movements AS (
  SELECT name, time, order_id, currency, minor_units
  FROM refunds
  WHERE name = 'PaymentRefunded'
  UNION ALL
  SELECT bounced.name, bounced.time, bounced.order_id, bounced.currency, -bounced.minor_units
  FROM refunds bounced
  JOIN refunds made
    ON made.payment_id = bounced.payment_id
    AND made.refund_id = bounced.refund_id
    AND made.name = 'PaymentRefunded'
  WHERE bounced.name = 'RefundFailed'
),
movements AS (
  SELECT
    CAST(confirmed_at AS date) AS day,
    currency,
    1 AS orders,
    total AS gross,
    CAST(0 AS decimal(18, 4)) AS refunds,
    CAST(0 AS decimal(18, 4)) AS written_off
  FROM orders
  WHERE confirmed_at IS NOT NULL
  UNION ALL
  SELECT
    CAST(refund_movements.time AS date),
    refund_movements.currency,
    0,
    CAST(0 AS decimal(18, 4)),
    CAST(refund_movements.minor_units * coalesce(currencies.unit, 0.01) AS decimal(18, 4)),
    CAST(0 AS decimal(18, 4))
  FROM refund_movements
  JOIN orders ON orders.order_id = refund_movements.order_id
  LEFT JOIN currencies ON currencies.currency = refund_movements.currency
  WHERE orders.confirmed_at IS NOT NULL
  UNION ALL
  SELECT
    CAST(coalesce(cancelled_at, returned_at) AS date),
    currency,
    0,
    CAST(0 AS decimal(18, 4)),
    CAST(0 AS decimal(18, 4)),
    total
  FROM orders
  WHERE confirmed_at IS NOT NULL
    AND paid_at IS NULL
    AND (cancelled_at IS NOT NULL OR returned_at IS NOT NULL)
)
SELECT
  day,
  currency,
  sum(orders) AS orders,
  sum(gross) AS gross,
  sum(refunds) AS refunds,
  sum(written_off) AS written_off,
  sum(gross) - sum(refunds) - sum(written_off) AS net
FROM movements
GROUP BY day, currency
