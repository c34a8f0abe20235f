-- What lists are read from: one table for each kind of aggregate, one row for each aggregate, as it
-- stood when it was last projected. `item` is the entry as clients get it; all that a list is filtered
-- or sorted by is taken out of it here, so that the two can never differ.

CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  customer_id TEXT AS (item ->> '$.customerId'),
  status TEXT AS (item ->> '$.status'),
  created_at TEXT AS (item ->> '$.createdAt')
);
CREATE INDEX orders_by_time ON orders (created_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, id);
CREATE INDEX orders_by_status ON orders (status, created_at, id);

CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  status TEXT AS (item ->> '$.status'),
  tier TEXT AS (item ->> '$.loyalty.tier'),
  segment TEXT AS (item ->> '$.segment'),
  created_at TEXT AS (item ->> '$.createdAt')
);
CREATE INDEX customers_by_time ON customers (created_at, id);
CREATE INDEX customers_by_status ON customers (status, created_at, id);
CREATE INDEX customers_by_tier ON customers (tier, created_at, id);
CREATE INDEX customers_by_segment ON customers (segment, created_at, id);

CREATE TABLE products (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  status TEXT AS (item ->> '$.status'),
  created_at TEXT AS (item ->> '$.createdAt')
);
CREATE INDEX products_by_time ON products (created_at, id);
CREATE INDEX products_by_status ON products (status, created_at, id);

-- Joined to the products by SKU: each of the two aggregates has its own versions.
CREATE TABLE stock (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  available INTEGER AS (item ->> '$.available')
);

CREATE TABLE payments (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  order_id TEXT AS (item ->> '$.orderId'),
  status TEXT AS (item ->> '$.status'),
  created_at TEXT AS (item ->> '$.createdAt')
);
CREATE INDEX payments_by_time ON payments (created_at, id);
CREATE INDEX payments_by_order ON payments (order_id, created_at, id);
CREATE INDEX payments_by_status ON payments (status, created_at, id);

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  order_id TEXT AS (item ->> '$.orderId'),
  status TEXT AS (item ->> '$.status'),
  created_at TEXT AS (item ->> '$.createdAt')
);
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
CREATE INDEX deliveries_by_order ON deliveries (order_id, created_at, id);
CREATE INDEX deliveries_by_status ON deliveries (status, created_at, id);

CREATE TABLE promotions (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  status TEXT AS (item ->> '$.status'),
  created_at TEXT AS (item ->> '$.createdAt')
);
CREATE INDEX promotions_by_time ON promotions (created_at, id);
CREATE INDEX promotions_by_status ON promotions (status, created_at, id);

CREATE TABLE reviews (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  item TEXT NOT NULL,
  sku TEXT AS (item ->> '$.sku'),
  -- Null for one that is only asked for, which no list shows.
  submitted_at TEXT AS (item ->> '$.submittedAt')
);
CREATE INDEX reviews_by_sku ON reviews (sku, submitted_at, id) WHERE submitted_at IS NOT NULL;

-- Each time that all rows are made anew from the logs, and how far it has come: streams are found by
-- the objects under `prefix` in the lake, of which `after` was the last that was read.
CREATE TABLE rebuilds (
  id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  step INTEGER NOT NULL,
  streams INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  after TEXT NOT NULL
);
CREATE INDEX rebuilds_by_time ON rebuilds (started_at);

-- The last aggregate of each kind that could not be projected at once.
CREATE TABLE projection_faults (
  kind TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  fault TEXT NOT NULL,
  at TEXT NOT NULL
);
