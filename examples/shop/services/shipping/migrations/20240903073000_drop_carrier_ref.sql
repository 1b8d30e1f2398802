ALTER TABLE shipments DROP COLUMN carrier_ref;
