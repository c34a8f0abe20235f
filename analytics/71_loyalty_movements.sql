-- loyalty_movements: who rose and who fell, by month (its first day, UTC).
--
--   movements  changes of tier; one customer may have several in a month
--   customers  different ones
CREATE OR REPLACE VIEW loyalty_movements AS
WITH changes AS (
  SELECT
    CAST(date_trunc('month', time) AS date) AS month,
    json_extract_scalar(data, '$.previousTier') AS from_tier,
    json_extract_scalar(data, '$.tier') AS to_tier,
    subject AS customer_id
  FROM events
  WHERE context = 'customer' AND name = 'LoyaltyStatusUpdated'
)
SELECT month, from_tier, to_tier, count(*) AS movements, count(DISTINCT customer_id) AS customers
FROM changes
WHERE from_tier <> to_tier
GROUP BY month, from_tier, to_tier
