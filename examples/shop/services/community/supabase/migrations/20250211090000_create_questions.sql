CREATE TABLE questions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL,
    text text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX questions_sku_idx ON questions (sku, asked_at);

ALTER TABLE questions ENABLE ROW LEVEL SECURITY;
CREATE POLICY questions_for_all ON questions FOR SELECT TO anon, authenticated USING (true);
