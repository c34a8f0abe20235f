-- payment_failures: why payments failed, by code and currency.
--
--   failures           payments that failed
--   orders             orders with at least one of them
--   recovered          of these, those that became a sale all the same, by another payment or by invoice
--   amount, lost       what the payments of these orders were for, an order counted once, and what of it
--                      belongs to orders that did not become a sale (by now); whole units of the currency
CREATE OR REPLACE VIEW payment_failures AS
WITH by_order AS (
  SELECT
    json_extract_scalar(data, '$.code') AS code,
    json_extract_scalar(data, '$.orderId') AS order_id,
    json_extract_scalar(data, '$.amount.currency') AS currency,
    count(*) AS failures,
    max(CAST(json_extract_scalar(data, '$.amount.amount') AS bigint)) AS minor_units
  FROM events
  WHERE context = 'payment' AND name = 'PaymentFailed'
  GROUP BY
    json_extract_scalar(data, '$.code'),
    json_extract_scalar(data, '$.orderId'),
    json_extract_scalar(data, '$.amount.currency')
),
priced AS (
  SELECT
    by_order.code,
    by_order.currency,
    by_order.failures,
    CAST(by_order.minor_units * coalesce(currencies.unit, 0.01) AS decimal(18, 4)) AS amount,
    orders.confirmed_at
  FROM by_order
  LEFT JOIN orders ON orders.order_id = by_order.order_id
  LEFT JOIN currencies ON currencies.currency = by_order.currency
)
SELECT
  code,
  currency,
  sum(failures) AS failures,
  count(*) AS orders,
  count(confirmed_at) AS recovered,
  round(100e0 * count(confirmed_at) / count(*), 1) AS recovered_percent,
  sum(amount) AS amount,
  sum(CASE WHEN confirmed_at IS NULL THEN amount ELSE 0 END) AS lost
FROM priced
GROUP BY code, currency
