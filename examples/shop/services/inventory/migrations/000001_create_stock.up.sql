CREATE TABLE items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    barcode text NOT NULL DEFAULT '',
    price_cents bigint NOT NULL CHECK (price_cents >= 0)
);

CREATE TABLE warehouses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    countries text NOT NULL DEFAULT ''
);

CREATE TABLE stock_levels (
    item_id bigint NOT NULL REFERENCES items (id),
    warehouse_id bigint NOT NULL REFERENCES warehouses (id),
    available integer NOT NULL CHECK (available >= 0),
    PRIMARY KEY (item_id, warehouse_id)
);

CREATE INDEX stock_levels_warehouse_id_idx ON stock_levels (warehouse_id);
