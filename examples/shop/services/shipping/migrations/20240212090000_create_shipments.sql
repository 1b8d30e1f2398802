CREATE TABLE shipments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL UNIQUE,
    ship_to text NOT NULL,
    status text NOT NULL DEFAULT 'waiting',
    carrier_ref text,
    created_at timestamptz NOT NULL DEFAULT now()
);
