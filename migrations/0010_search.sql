-- Full-text search of products, orders and customers. The index holds words only, by the rowid of the row that they are
-- of (`content=''`), and triggers keep it up to date with the rows: it is written where these words change, and in the same
-- transaction. Rows that exist are indexed here; customers, whose words no row has yet, with their next change or by a
-- rebuild.

CREATE VIRTUAL TABLE products_search USING fts5(words, content='', columnsize=0);
INSERT INTO products_search (rowid, words)
  SELECT products.rowid, products.id || ' ' || coalesce(products.item ->> '$.name', '') || ' ' || coalesce(products.item ->> '$.description', '')
  FROM products;
CREATE TRIGGER products_search_insert AFTER INSERT ON products BEGIN
  INSERT INTO products_search (rowid, words) VALUES (NEW.rowid, NEW.id || ' ' || coalesce(NEW.item ->> '$.name', '') || ' ' || coalesce(NEW.item ->> '$.description', ''));
END;
CREATE TRIGGER products_search_update AFTER UPDATE OF item ON products
  WHEN (OLD.id || ' ' || coalesce(OLD.item ->> '$.name', '') || ' ' || coalesce(OLD.item ->> '$.description', '')) IS NOT (NEW.id || ' ' || coalesce(NEW.item ->> '$.name', '') || ' ' || coalesce(NEW.item ->> '$.description', '')) BEGIN
  INSERT INTO products_search (products_search, rowid, words) VALUES ('delete', OLD.rowid, OLD.id || ' ' || coalesce(OLD.item ->> '$.name', '') || ' ' || coalesce(OLD.item ->> '$.description', ''));
  INSERT INTO products_search (rowid, words) VALUES (NEW.rowid, NEW.id || ' ' || coalesce(NEW.item ->> '$.name', '') || ' ' || coalesce(NEW.item ->> '$.description', ''));
END;
CREATE TRIGGER products_search_delete AFTER DELETE ON products BEGIN
  INSERT INTO products_search (products_search, rowid, words) VALUES ('delete', OLD.rowid, OLD.id || ' ' || coalesce(OLD.item ->> '$.name', '') || ' ' || coalesce(OLD.item ->> '$.description', ''));
END;

-- With the customer, so that the search of a customer meets no other orders.
CREATE VIRTUAL TABLE orders_search USING fts5(owner, words, content='', columnsize=0);
INSERT INTO orders_search (rowid, owner, words)
  SELECT orders.rowid, orders.item ->> '$.customerId',
    orders.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(orders.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(orders.item, '$.promotions')), '')
  FROM orders;
CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
  INSERT INTO orders_search (rowid, owner, words) VALUES (NEW.rowid, NEW.item ->> '$.customerId',
    NEW.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(NEW.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(NEW.item, '$.promotions')), ''));
END;
CREATE TRIGGER orders_search_update AFTER UPDATE OF item ON orders
  WHEN (OLD.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(OLD.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(OLD.item, '$.promotions')), '')) IS NOT (NEW.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(NEW.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(NEW.item, '$.promotions')), '')) BEGIN
  INSERT INTO orders_search (orders_search, rowid, owner, words) VALUES ('delete', OLD.rowid, OLD.item ->> '$.customerId',
    OLD.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(OLD.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(OLD.item, '$.promotions')), ''));
  INSERT INTO orders_search (rowid, owner, words) VALUES (NEW.rowid, NEW.item ->> '$.customerId',
    NEW.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(NEW.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(NEW.item, '$.promotions')), ''));
END;
CREATE TRIGGER orders_search_delete AFTER DELETE ON orders BEGIN
  INSERT INTO orders_search (orders_search, rowid, owner, words) VALUES ('delete', OLD.rowid, OLD.item ->> '$.customerId',
    OLD.id || ' ' || coalesce((SELECT group_concat((value ->> '$.sku') || ' ' || (value ->> '$.name'), ' ')
      FROM json_each(OLD.item, '$.lines')), '') || ' ' || coalesce((SELECT group_concat(value ->> '$.code', ' ')
      FROM json_each(OLD.item, '$.promotions')), ''));
END;

-- What is deleted leaves the index at once, not when its segments are merged: these words are personal data.
CREATE VIRTUAL TABLE customers_search USING fts5(words, content='', columnsize=0);
INSERT INTO customers_search (customers_search, rank) VALUES ('secure-delete', 1);
INSERT INTO customers_search (rowid, words)
  SELECT customers.rowid, coalesce(customers.item ->> '$.search', '')
  FROM customers;
CREATE TRIGGER customers_search_insert AFTER INSERT ON customers BEGIN
  INSERT INTO customers_search (rowid, words) VALUES (NEW.rowid, coalesce(NEW.item ->> '$.search', ''));
END;
CREATE TRIGGER customers_search_update AFTER UPDATE OF item ON customers
  WHEN (coalesce(OLD.item ->> '$.search', '')) IS NOT (coalesce(NEW.item ->> '$.search', '')) BEGIN
  INSERT INTO customers_search (customers_search, rowid, words) VALUES ('delete', OLD.rowid, coalesce(OLD.item ->> '$.search', ''));
  INSERT INTO customers_search (rowid, words) VALUES (NEW.rowid, coalesce(NEW.item ->> '$.search', ''));
END;
CREATE TRIGGER customers_search_delete AFTER DELETE ON customers BEGIN
  INSERT INTO customers_search (customers_search, rowid, words) VALUES ('delete', OLD.rowid, coalesce(OLD.item ->> '$.search', ''));
END;
