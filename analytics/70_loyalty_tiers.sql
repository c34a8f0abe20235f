-- loyalty_tiers: how many customers are in each tier now. A customer has verified an e-mail address and is
-- not erased; who never rose is bronze.
CREATE OR REPLACE VIEW loyalty_tiers AS
WITH customers AS (
  SELECT
    subject AS customer_id,
    max_by(json_extract_scalar(data, '$.tier'), sequence) FILTER (WHERE name = 'LoyaltyStatusUpdated') AS tier
  FROM events
  WHERE context = 'customer' AND name IN ('CustomerRegistered', 'LoyaltyStatusUpdated', 'CustomerErased')
  GROUP BY subject
  HAVING count(*) FILTER (WHERE name = 'CustomerRegistered') > 0
    AND count(*) FILTER (WHERE name = 'CustomerErased') = 0
),
tiers AS (
  SELECT tier, rank
  FROM (VALUES ('bronze', 1), ('silver', 2), ('gold', 3), ('platinum', 4)) AS ladder (tier, rank)
)
SELECT
  tiers.rank,
  tiers.tier,
  count(customers.customer_id) AS customers,
  round(100e0 * count(customers.customer_id) / nullif((SELECT count(*) FROM customers), 0), 1) AS percent
FROM tiers
LEFT JOIN customers ON coalesce(customers.tier, 'bronze') = tiers.tier
GROUP BY tiers.rank, tiers.tier
