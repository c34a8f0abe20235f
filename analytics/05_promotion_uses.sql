-- promotion_uses: one row for each promotion code that took effect on an order that became a sale.
--
-- What a code took off stands in the price of the order and nowhere else: what the promotion itself tells
-- is its worth alone, before other codes and the loyalty discount have taken their part.
--
--   campaign  the code; personal codes (WELCOME-4F0A…), one for each customer, by what stands before the hyphen
--   discount  taken off lines and shipping, in whole units of `currency`
--   total     what the customer pays for the order, in whole units
CREATE OR REPLACE VIEW promotion_uses AS
WITH prices AS (
  SELECT orders.order_id, orders.customer_id, orders.confirmed_at, orders.currency, orders.total, events.data
  FROM orders
  JOIN events ON events.id = orders.priced_by
  WHERE orders.confirmed_at IS NOT NULL
    AND events.context = 'order'
    AND events.name IN ('OrderCreated', 'OrderRepriced')
),
codes AS (
  SELECT
    order_id,
    json_extract_scalar(data, '$.promotions[' || CAST(position AS varchar) || '].code') AS code,
    json_extract_scalar(data, '$.promotions[' || CAST(position AS varchar) || '].applied') AS applied
  FROM prices
  CROSS JOIN UNNEST(
    sequence(0, greatest(CAST(coalesce(json_array_length(json_extract(data, '$.promotions')), 0) AS bigint) - 1, 0))
  ) AS positions (position)
),
discounts AS (
  SELECT
    order_id,
    json_extract_scalar(data, '$.pricing.discounts[' || CAST(position AS varchar) || '].code') AS code,
    CAST(json_extract_scalar(data, '$.pricing.discounts[' || CAST(position AS varchar) || '].amount') AS bigint)
      AS minor_units
  FROM prices
  CROSS JOIN UNNEST(
    sequence(
      0,
      greatest(CAST(coalesce(json_array_length(json_extract(data, '$.pricing.discounts')), 0) AS bigint) - 1, 0)
    )
  ) AS positions (position)
),
discount_by_code AS (
  SELECT order_id, code, sum(minor_units) AS minor_units
  FROM discounts
  WHERE code IS NOT NULL
  GROUP BY order_id, code
),
personal AS (
  SELECT DISTINCT subject AS code
  FROM events
  WHERE context = 'promotion'
    AND name = 'PromotionCreated'
    AND json_extract_scalar(data, '$.customerId') IS NOT NULL
)
SELECT
  codes.code,
  CASE WHEN personal.code IS NULL THEN codes.code ELSE split_part(codes.code, '-', 1) END AS campaign,
  prices.order_id,
  prices.customer_id,
  prices.confirmed_at,
  prices.currency,
  CAST(coalesce(discount_by_code.minor_units, 0) * coalesce(currencies.unit, 0.01) AS decimal(18, 4)) AS discount,
  prices.total
FROM prices
JOIN codes ON codes.order_id = prices.order_id
LEFT JOIN discount_by_code
  ON discount_by_code.order_id = codes.order_id AND discount_by_code.code = codes.code
LEFT JOIN personal ON personal.code = codes.code
LEFT JOIN currencies ON currencies.currency = prices.currency
WHERE codes.applied = 'true'
