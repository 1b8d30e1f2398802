CREATE TABLE subscriptions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question_id bigint NOT NULL REFERENCES questions (id),
    user_id uuid NOT NULL,
    email text NOT NULL
);

CREATE INDEX subscriptions_question_id_idx ON subscriptions (question_id);
