CREATE TABLE shipment_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shipment_id bigint NOT NULL REFERENCES shipments (id),
    status text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX shipment_events_shipment_id_idx ON shipment_events (shipment_id, happened_at);

ALTER TABLE shipments ADD COLUMN service_level text NOT NULL DEFAULT 'standard';
