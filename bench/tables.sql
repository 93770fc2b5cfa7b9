-- Inbox and outbox of the peer and of the floor: what is durable in W1, and the keys that find a message twice.
CREATE TABLE inbox (
    id uuid PRIMARY KEY,
    partner text NOT NULL,
    message uuid NOT NULL,
    content_hash text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (partner, content_hash)
);
CREATE UNIQUE INDEX ON inbox (partner, message);

CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    origin uuid NOT NULL,
    partner text NOT NULL,
    type text NOT NULL,
    payload bytea NOT NULL,
    wrapped_key bytea,
    created timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
-- By which a relay finds what a crash left.
CREATE INDEX ON outbox (created) WHERE published_at IS NULL;
