-- Carriers tell of a parcel by the number under which it travels.
ALTER TABLE deliveries ADD COLUMN tracking_number TEXT AS (item ->> '$.trackingNumber');
CREATE INDEX deliveries_by_tracking_number ON deliveries (tracking_number);
