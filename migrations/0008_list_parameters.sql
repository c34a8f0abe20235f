-- Lists are sorted by more than their creation, and carts have a list.
--
-- What never changes (when it was created, whose it is) stands in plain columns from now on. SQLite writes the index
-- of a generated column again with each change of `item`, and each such entry is a row on the bill: entries of plain
-- columns are written once. They are taken out of `item` by the statement that inserts a row. A release before this
-- one does not know them: for its rows a trigger does the same. Rows that exist are filled here.

DROP INDEX orders_by_time;
DROP INDEX orders_by_customer;
DROP INDEX orders_by_status;
ALTER TABLE orders DROP COLUMN created_at;
ALTER TABLE orders DROP COLUMN customer_id;
ALTER TABLE orders ADD COLUMN created_at TEXT;
ALTER TABLE orders ADD COLUMN customer_id TEXT;
ALTER TABLE orders ADD COLUMN updated_at TEXT AS (item ->> '$.updatedAt');
ALTER TABLE orders ADD COLUMN total INTEGER AS (item ->> '$.total.amount');
ALTER TABLE orders ADD COLUMN currency TEXT AS (item ->> '$.total.currency');
UPDATE orders SET created_at = item ->> '$.createdAt', customer_id = item ->> '$.customerId';
CREATE INDEX orders_by_time ON orders (created_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, id);
CREATE INDEX orders_by_status ON orders (status, created_at, id);
CREATE INDEX orders_by_change ON orders (updated_at, id);
CREATE INDEX orders_by_total ON orders (total, id);
CREATE TRIGGER orders_of_earlier_releases AFTER INSERT ON orders WHEN NEW.created_at IS NULL BEGIN
  UPDATE orders SET created_at = item ->> '$.createdAt', customer_id = item ->> '$.customerId' WHERE id = NEW.id;
END;

DROP INDEX customers_by_time;
DROP INDEX customers_by_status;
DROP INDEX customers_by_tier;
DROP INDEX customers_by_segment;
ALTER TABLE customers DROP COLUMN created_at;
ALTER TABLE customers ADD COLUMN created_at TEXT;
ALTER TABLE customers ADD COLUMN updated_at TEXT AS (item ->> '$.updatedAt');
UPDATE customers SET created_at = item ->> '$.createdAt';
CREATE INDEX customers_by_time ON customers (created_at, id);
CREATE INDEX customers_by_status ON customers (status, created_at, id);
CREATE INDEX customers_by_tier ON customers (tier, created_at, id);
CREATE INDEX customers_by_segment ON customers (segment, created_at, id);
CREATE INDEX customers_by_change ON customers (updated_at, id);
CREATE TRIGGER customers_of_earlier_releases AFTER INSERT ON customers WHEN NEW.created_at IS NULL BEGIN
  UPDATE customers SET created_at = item ->> '$.createdAt' WHERE id = NEW.id;
END;

DROP INDEX products_by_time;
DROP INDEX products_by_status;
ALTER TABLE products DROP COLUMN created_at;
ALTER TABLE products ADD COLUMN created_at TEXT;
ALTER TABLE products ADD COLUMN updated_at TEXT AS (item ->> '$.updatedAt');
ALTER TABLE products ADD COLUMN price INTEGER AS (item ->> '$.price.amount');
ALTER TABLE products ADD COLUMN currency TEXT AS (item ->> '$.price.currency');
UPDATE products SET created_at = item ->> '$.createdAt';
CREATE INDEX products_by_time ON products (created_at, id);
CREATE INDEX products_by_status ON products (status, created_at, id);
CREATE INDEX products_by_change ON products (updated_at, id);
CREATE INDEX products_by_price ON products (price, id);
CREATE TRIGGER products_of_earlier_releases AFTER INSERT ON products WHEN NEW.created_at IS NULL BEGIN
  UPDATE products SET created_at = item ->> '$.createdAt' WHERE id = NEW.id;
END;

DROP INDEX payments_by_time;
DROP INDEX payments_by_order;
DROP INDEX payments_by_status;
ALTER TABLE payments DROP COLUMN created_at;
ALTER TABLE payments DROP COLUMN order_id;
ALTER TABLE payments ADD COLUMN created_at TEXT;
ALTER TABLE payments ADD COLUMN order_id TEXT;
ALTER TABLE payments ADD COLUMN updated_at TEXT AS (item ->> '$.updatedAt');
ALTER TABLE payments ADD COLUMN amount INTEGER;
ALTER TABLE payments ADD COLUMN currency TEXT AS (item ->> '$.amount.currency');
UPDATE payments SET created_at = item ->> '$.createdAt', order_id = item ->> '$.orderId', amount = item ->> '$.amount.amount';
CREATE INDEX payments_by_time ON payments (created_at, id);
CREATE INDEX payments_by_order ON payments (order_id, created_at, id);
CREATE INDEX payments_by_status ON payments (status, created_at, id);
CREATE INDEX payments_by_change ON payments (updated_at, id);
CREATE INDEX payments_by_amount ON payments (amount, id);
CREATE TRIGGER payments_of_earlier_releases AFTER INSERT ON payments WHEN NEW.created_at IS NULL BEGIN
  UPDATE payments SET created_at = item ->> '$.createdAt', order_id = item ->> '$.orderId', amount = item ->> '$.amount.amount'
  WHERE id = NEW.id;
END;

DROP INDEX deliveries_by_time;
DROP INDEX deliveries_by_order;
DROP INDEX deliveries_by_status;
ALTER TABLE deliveries DROP COLUMN created_at;
ALTER TABLE deliveries DROP COLUMN order_id;
ALTER TABLE deliveries ADD COLUMN created_at TEXT;
ALTER TABLE deliveries ADD COLUMN order_id TEXT;
ALTER TABLE deliveries ADD COLUMN updated_at TEXT AS (item ->> '$.updatedAt');
UPDATE deliveries SET created_at = item ->> '$.createdAt', order_id = item ->> '$.orderId';
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
CREATE INDEX deliveries_by_order ON deliveries (order_id, created_at, id);
CREATE INDEX deliveries_by_status ON deliveries (status, created_at, id);
CREATE INDEX deliveries_by_change ON deliveries (updated_at, id);
CREATE TRIGGER deliveries_of_earlier_releases AFTER INSERT ON deliveries WHEN NEW.created_at IS NULL BEGIN
  UPDATE deliveries SET created_at = item ->> '$.createdAt', order_id = item ->> '$.orderId' WHERE id = NEW.id;
END;

DROP INDEX promotions_by_time;
DROP INDEX promotions_by_status;
ALTER TABLE promotions DROP COLUMN created_at;
ALTER TABLE promotions ADD COLUMN created_at TEXT;
ALTER TABLE promotions ADD COLUMN updated_at TEXT AS (item ->> '$.updatedAt');
UPDATE promotions SET created_at = item ->> '$.createdAt';
CREATE INDEX promotions_by_time ON promotions (created_at, id);
CREATE INDEX promotions_by_status ON promotions (status, created_at, id);
CREATE INDEX promotions_by_change ON promotions (updated_at, id);
CREATE TRIGGER promotions_of_earlier_releases AFTER INSERT ON promotions WHEN NEW.created_at IS NULL BEGIN
  UPDATE promotions SET created_at = item ->> '$.createdAt' WHERE id = NEW.id;
END;
