DROP TABLE stock_events;
