-- The local store of one device. Every value is sealed (AES-256-GCM), every name hidden (HMAC).
-- One table for one noun; `place` is the hidden name (a channel, a device), `number` orders it.

CREATE TABLE about (          -- in the clear: what is needed before anything can be opened
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE channels (       -- cursor and bookkeeping of each channel
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE groups (         -- MLS state; overwritten in place, the old one is zeroed
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE bundles (        -- private halves of the key packages published by this device
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE outbox (         -- messages that the log has not confirmed yet
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE fates (          -- what became of each message sent
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE history (        -- messages received and sent, by channel and seq
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE seen (           -- message ids of each channel, so that none counts twice
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;

CREATE TABLE receipts (       -- receipts that the hub may not have yet
    place  BLOB NOT NULL, number INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (place, number)
) WITHOUT ROWID;
