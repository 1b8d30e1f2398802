DROP TABLE stock_levels;
DROP TABLE warehouses;
DROP TABLE items;
