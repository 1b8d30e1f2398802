-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS shipments_status_idx ON shipments (status, created_at);
