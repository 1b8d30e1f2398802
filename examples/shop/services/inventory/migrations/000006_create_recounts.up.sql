-- What the warehouses have counted, against what was on record.
CREATE TABLE recounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id bigint NOT NULL,
    counted integer NOT NULL CHECK (counted >= 0),
    recorded integer NOT NULL,
    counted_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX recounts_item_id_idx ON recounts (item_id, counted_at);
