CREATE TABLE reservations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_reference uuid NOT NULL,
    item_id bigint NOT NULL REFERENCES items (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price_cents bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (order_reference, item_id)
);

CREATE INDEX reservations_item_id_idx ON reservations (item_id);

CREATE TABLE adjustments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id bigint NOT NULL REFERENCES items (id),
    delta integer NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX adjustments_item_id_idx ON adjustments (item_id, created_at);
