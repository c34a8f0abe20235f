-- funnel: the stages of funnel_by_day over all days.
--
--   reached            how many got there; orders are counted with those that were placed without a cart
--   converted_percent  what part of the stage before came so far; of carts: carts for each 100 visitors
--   per_100_visitors   how many for each 100 visitors
CREATE OR REPLACE VIEW funnel AS
WITH totals AS (
  SELECT
    coalesce(sum(visitors), 0) AS visitors,
    coalesce(sum(carts), 0) AS carts,
    coalesce(sum(carts_ordered), 0) AS carts_ordered,
    coalesce(sum(orders), 0) AS orders,
    coalesce(sum(paid), 0) AS paid,
    coalesce(sum(delivered), 0) AS delivered
  FROM funnel_by_day
),
stages AS (
  SELECT 1 AS position, 'viewed' AS stage, visitors AS reached, NULL AS converted, NULL AS before, visitors
  FROM totals
  UNION ALL
  SELECT 2, 'cart', carts, carts, visitors, visitors FROM totals
  UNION ALL
  SELECT 3, 'order', orders, carts_ordered, carts, visitors FROM totals
  UNION ALL
  SELECT 4, 'paid', paid, paid, orders, visitors FROM totals
  UNION ALL
  SELECT 5, 'delivered', delivered, delivered, paid, visitors FROM totals
)
SELECT
  position,
  stage,
  reached,
  round(100e0 * converted / nullif(before, 0), 1) AS converted_percent,
  round(100e0 * reached / nullif(visitors, 0), 1) AS per_100_visitors
FROM stages
