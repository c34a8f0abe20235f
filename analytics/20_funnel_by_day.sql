-- funnel_by_day: viewed -> cart -> order -> paid -> delivered, by day (UTC).
--
--   visitors       people who looked at a product that day: a signed-in customer, or a browser (whose id is
--                  another on the next day), so that one who comes on two days counts twice
--   carts          carts that got their first product that day; one that was merged into another does not count
--   carts_ordered  of these, those that have been ordered by now
--   orders         orders that were placed that day, from a cart or without one
--   paid           of these orders, those that have become a sale by now (see orders.confirmed_at)
--   delivered      of these orders, those that have arrived by now
--
--   carts_percent      carts for each 100 visitors: two counts of one day, since browsing is not tied to a cart
--   ordered_percent    carts_ordered of carts
--   paid_percent       paid of orders
--   delivered_percent  delivered of paid (100 at most: what is delivered was a sale)
CREATE OR REPLACE VIEW funnel_by_day AS
WITH visits AS (
  SELECT DISTINCT
    CAST(time AS date) AS day,
    coalesce(json_extract_scalar(data, '$.customerId'), json_extract_scalar(data, '$.sessionId')) AS visitor
  FROM events
  WHERE context = 'catalog' AND name = 'ProductViewed'
),
carts AS (
  SELECT subject AS cart_id, CAST(min(time) AS date) AS day
  FROM events
  WHERE context = 'cart' AND name = 'ProductAddedToCart'
    AND subject NOT IN (SELECT subject FROM events WHERE context = 'cart' AND name = 'CartMerged')
  GROUP BY subject
),
ordered_carts AS (
  SELECT DISTINCT cart_id FROM orders WHERE cart_id IS NOT NULL
),
counts AS (
  SELECT
    day,
    count(visitor) AS visitors,
    0 AS carts,
    0 AS carts_ordered,
    0 AS orders,
    0 AS paid,
    0 AS delivered
  FROM visits
  GROUP BY day
  UNION ALL
  SELECT carts.day, 0, count(*), count(ordered_carts.cart_id), 0, 0, 0
  FROM carts
  LEFT JOIN ordered_carts ON ordered_carts.cart_id = carts.cart_id
  GROUP BY carts.day
  UNION ALL
  SELECT CAST(created_at AS date), 0, 0, 0, count(*), count(confirmed_at), count(delivered_at)
  FROM orders
  WHERE created_at IS NOT NULL
  GROUP BY CAST(created_at AS date)
)
SELECT
  day,
  sum(visitors) AS visitors,
  sum(carts) AS carts,
  sum(carts_ordered) AS carts_ordered,
  sum(orders) AS orders,
  sum(paid) AS paid,
  sum(delivered) AS delivered,
  round(100e0 * sum(carts) / nullif(sum(visitors), 0), 1) AS carts_percent,
  round(100e0 * sum(carts_ordered) / nullif(sum(carts), 0), 1) AS ordered_percent,
  round(100e0 * sum(paid) / nullif(sum(orders), 0), 1) AS paid_percent,
  round(100e0 * sum(delivered) / nullif(sum(paid), 0), 1) AS delivered_percent
FROM counts
GROUP BY day
