-- The hub's log and what hangs on it. One file, one writing process. Times are UTC microseconds.
-- application_id is 'xbnd', user_version the version of this layout.
PRAGMA application_id = 0x78626e64;
PRAGMA user_version = 1;

-- One row an entry; idx counts from 0 without gaps. The fixed fields are what the leaf is made of
-- (protocols/tlog/entry.py); the leaf stands beside them only so that a verifier can name the entry
-- that was changed. Body, salt and metadata are bound by hash alone and may be erased.
-- NULL stands for "none": message_id and body where there never was one, or the body was erased
-- (then body_hash is not zero and an entry of kind ERASURE says by whose order).
CREATE TABLE entries (
    idx        INTEGER PRIMARY KEY,
    channel    TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    device     TEXT    NOT NULL,
    message_id BLOB,
    act        INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    body_hash  BLOB    NOT NULL,
    meta_hash  BLOB    NOT NULL,
    leaf       BLOB    NOT NULL,
    salt       BLOB,
    metadata   BLOB,
    body       BLOB
) STRICT;

-- Catch-up reads a channel in order; entries without a sequence number are not delivered.
CREATE UNIQUE INDEX entries_by_channel ON entries (channel, seq) WHERE seq > 0;

-- Deduplication. Message ids are UUIDv7, so all senders write at the right edge of this index.
CREATE INDEX entries_by_message ON entries (message_id) WHERE message_id IS NOT NULL;

-- What changes who can read; a replay follows it without reading the whole log.
CREATE INDEX entries_of_groups ON entries (idx) WHERE kind BETWEEN 2 AND 4;

-- The right edge of the Merkle tree, one row, written in the transaction of every append.
CREATE TABLE frontier (
    id      INTEGER PRIMARY KEY CHECK (id = 0),
    size    INTEGER NOT NULL,
    nodes   BLOB    NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- Hashes of the complete subtrees of 256 leaves, from which proofs are made.
CREATE TABLE tiles (
    idx  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- What the hub follows of each channel. The large values stand apart from the small ones so that
-- a change of policy does not rewrite a group.
CREATE TABLE channels (
    channel         TEXT PRIMARY KEY,
    first_available INTEGER NOT NULL,
    epoch           INTEGER NOT NULL,
    epoch_seq       INTEGER NOT NULL,
    handshake_seq   INTEGER NOT NULL,
    policy          BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    channel     TEXT PRIMARY KEY,
    group_state BLOB NOT NULL,
    group_info  BLOB NOT NULL
) STRICT;

CREATE TABLE key_packages (
    id          INTEGER PRIMARY KEY,
    ref         BLOB    NOT NULL UNIQUE,
    device      TEXT    NOT NULL,
    last_resort INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;
CREATE INDEX key_packages_by_device ON key_packages (device, last_resort, id);

-- Welcomes wait here until their device says that it has joined.
CREATE TABLE welcomes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    device  TEXT    NOT NULL,
    channel TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    body    BLOB    NOT NULL
) STRICT;
CREATE INDEX welcomes_by_device ON welcomes (device, id);

-- The delivery ledger. A row speaks for the messages seq..through, at most 256 of them, so that
-- one receipt for a long catch-up is a few rows and not thousands.
CREATE TABLE ledger (
    channel TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    device  TEXT    NOT NULL,
    stage   TEXT    NOT NULL,
    through INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (channel, seq, device, stage, through)
) STRICT, WITHOUT ROWID;

CREATE TABLE revoked (
    device TEXT    NOT NULL,
    serial TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    reason TEXT    NOT NULL,
    PRIMARY KEY (device, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolment_codes (
    code_id      TEXT PRIMARY KEY,
    code_hash    BLOB    NOT NULL,
    device       TEXT    NOT NULL,
    expires      INTEGER NOT NULL,
    wrong        INTEGER NOT NULL DEFAULT 0,
    used_at      INTEGER,
    request_hash BLOB
) STRICT, WITHOUT ROWID;
