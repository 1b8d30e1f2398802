CREATE TABLE parcels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shipment_id bigint NOT NULL REFERENCES shipments (id),
    weight_grams integer NOT NULL CHECK (weight_grams > 0),
    tracking_number text NOT NULL UNIQUE
);
