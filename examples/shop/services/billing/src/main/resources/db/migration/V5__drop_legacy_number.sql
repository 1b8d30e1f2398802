ALTER TABLE invoices DROP COLUMN legacy_number;
