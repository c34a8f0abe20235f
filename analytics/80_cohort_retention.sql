-- cohort_retention: of the customers whose first sale was in a month, how many bought again so many months
-- later. A sale: see orders.confirmed_at. A month without any buyer of the cohort has no row.
--
--   cohort        the first day of the month (UTC) of the first sale
--   months_since  0 is that month itself, in which all of the cohort bought
CREATE OR REPLACE VIEW cohort_retention AS
WITH purchases AS (
  SELECT DISTINCT customer_id, CAST(date_trunc('month', confirmed_at) AS date) AS month
  FROM orders
  WHERE confirmed_at IS NOT NULL
),
cohorts AS (
  SELECT customer_id, min(month) AS cohort
  FROM purchases
  GROUP BY customer_id
),
sizes AS (
  SELECT cohort, count(*) AS cohort_size
  FROM cohorts
  GROUP BY cohort
)
SELECT
  cohorts.cohort,
  sizes.cohort_size,
  date_diff('month', cohorts.cohort, purchases.month) AS months_since,
  count(*) AS customers,
  round(100e0 * count(*) / sizes.cohort_size, 1) AS retention_percent
FROM purchases
JOIN cohorts ON cohorts.customer_id = purchases.customer_id
JOIN sizes ON sizes.cohort = cohorts.cohort
GROUP BY cohorts.cohort, sizes.cohort_size, date_diff('month', cohorts.cohort, purchases.month)
