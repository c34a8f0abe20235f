-- revenue: as revenue_by_day, over all days, by currency.
--
--   average_order  gross for each order, in whole units of the currency
CREATE OR REPLACE VIEW revenue AS
SELECT
  currency,
  sum(orders) AS orders,
  sum(gross) AS gross,
  sum(refunds) AS refunds,
  sum(written_off) AS written_off,
  sum(net) AS net,
  CAST(sum(gross) AS double) / nullif(sum(orders), 0) AS average_order
FROM revenue_by_day
GROUP BY currency
