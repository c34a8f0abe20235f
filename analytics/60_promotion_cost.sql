-- promotion_cost: what promotions cost and what they came with, by campaign and currency, over orders that
-- became a sale (whatever became of them after). A campaign is a code, or all personal codes of one sort.
--
--   uses               orders that a code of the campaign took effect on
--   codes, customers   different ones
--   discount           taken off, whole units of the currency
--   revenue            what the customers pay for these orders
--   discount_percent   of what these orders would have cost without it
CREATE OR REPLACE VIEW promotion_cost AS
SELECT
  campaign,
  currency,
  count(*) AS uses,
  count(DISTINCT code) AS codes,
  count(DISTINCT customer_id) AS customers,
  sum(discount) AS discount,
  sum(total) AS revenue,
  round(100e0 * CAST(sum(discount) AS double) / nullif(CAST(sum(total) + sum(discount) AS double), 0e0), 1)
    AS discount_percent
FROM promotion_uses
GROUP BY campaign, currency
