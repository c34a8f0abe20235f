-- orders: one row for each order, with the time (UTC) of each thing that became of it; null: not so far.
--
--   total         what the customer pays, after discounts and with shipping, in whole units of `currency`
--   cart_id       null for an order that was placed without a cart
--   paid_at       a payment over the whole order was taken; null for an order by invoice, or of nothing
--   confirmed_at  the sale: paid, of nothing to pay, or confirmed by an operator to be paid by invoice
--   returned_at   it could not be delivered, or its money went back in full after the delivery
--   priced_by     the id of the event that says what it costs: a lost promotion prices an order anew
CREATE OR REPLACE VIEW orders AS
SELECT
  order_id,
  customer_id,
  cart_id,
  priced.currency,
  CAST(minor_units * coalesce(currencies.unit, 0.01) AS decimal(18, 4)) AS total,
  created_at,
  paid_at,
  confirmed_at,
  shipped_at,
  delivered_at,
  completed_at,
  cancelled_at,
  returned_at,
  cancellation_reason,
  CASE
    WHEN returned_at IS NOT NULL THEN 'returned'
    WHEN cancelled_at IS NOT NULL THEN 'cancelled'
    WHEN completed_at IS NOT NULL THEN 'completed'
    WHEN delivered_at IS NOT NULL THEN 'delivered'
    WHEN shipped_at IS NOT NULL THEN 'shipped'
    WHEN confirmed_at IS NOT NULL THEN 'confirmed'
    ELSE 'open'
  END AS status,
  priced_by
FROM (
  SELECT
    subject AS order_id,
    max(json_extract_scalar(data, '$.customerId')) AS customer_id,
    max(json_extract_scalar(data, '$.cartId')) AS cart_id,
    max(coalesce(
      json_extract_scalar(data, '$.pricing.currency'),
      json_extract_scalar(data, '$.total.currency')
    )) AS currency,
    max_by(
      CAST(coalesce(
        json_extract_scalar(data, '$.pricing.total'),
        json_extract_scalar(data, '$.total.amount')
      ) AS bigint),
      sequence
    ) FILTER (WHERE name IN ('OrderCreated', 'OrderRepriced', 'OrderConfirmed')) AS minor_units,
    max_by(id, sequence) FILTER (WHERE name IN ('OrderCreated', 'OrderRepriced')) AS priced_by,
    min(time) FILTER (WHERE name = 'OrderCreated') AS created_at,
    min(time) FILTER (WHERE name = 'OrderPaid') AS paid_at,
    min(time) FILTER (WHERE name = 'OrderConfirmed') AS confirmed_at,
    min(time) FILTER (WHERE name = 'OrderShipped') AS shipped_at,
    min(time) FILTER (WHERE name = 'OrderDelivered') AS delivered_at,
    min(time) FILTER (WHERE name = 'OrderCompleted') AS completed_at,
    min(time) FILTER (WHERE name = 'OrderCancelled') AS cancelled_at,
    min(time) FILTER (WHERE name = 'OrderReturned') AS returned_at,
    max(json_extract_scalar(data, '$.reason')) FILTER (WHERE name = 'OrderCancelled') AS cancellation_reason
  FROM events
  WHERE context = 'order'
    AND name IN (
      'OrderCreated', 'OrderRepriced', 'OrderPaid', 'OrderConfirmed', 'OrderShipped', 'OrderDelivered',
      'OrderCompleted', 'OrderCancelled', 'OrderReturned'
    )
  GROUP BY subject
) priced
LEFT JOIN currencies ON currencies.currency = priced.currency
