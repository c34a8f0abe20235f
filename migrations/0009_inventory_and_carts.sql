-- The stock of each SKU has a list of its own. Rows of earlier releases lack its newer members until they are written
-- again, by the next change or by a rebuild.
CREATE INDEX stock_by_available ON stock (available, id);

-- Carts. The customer of a guest's cart is known from its checkout on. There are few states with many carts each, so that
-- one index serves the carts of a state and, merged over the states, all of them.
CREATE TABLE carts (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  created_at TEXT,
  customer_id TEXT AS (item ->> '$.customerId'),
  status TEXT AS (item ->> '$.status'),
  updated_at TEXT AS (item ->> '$.updatedAt')
);
CREATE INDEX carts_by_time ON carts (created_at, id);
CREATE INDEX carts_by_customer ON carts (customer_id, created_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX carts_by_status ON carts (status, updated_at, id);
