-- Days are numbers of days since 0000-12-31, amounts are cents, times are RFC 3339 in UTC.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Runs -------------------------------------------------------------------------------------------------------------
CREATE TABLE runs (
    id      TEXT PRIMARY KEY,
    command TEXT NOT NULL,
    as_of   TEXT NOT NULL,
    started TEXT NOT NULL,
    ended   TEXT,
    phase   TEXT NOT NULL,
    outcome TEXT,
    summary TEXT
) STRICT, WITHOUT ROWID;

-- How far the pull of a feed has come in a run; `next` is the cursor of the next page.
CREATE TABLE pulls (
    run   TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    feed  TEXT NOT NULL,
    next  TEXT,
    rows  INTEGER NOT NULL,
    done  INTEGER NOT NULL,
    PRIMARY KEY (run, feed)
) STRICT, WITHOUT ROWID;

-- What the feeds held when figures were last computed from them without objection: what a short feed is measured by.
CREATE TABLE accepted_feeds (
    feed TEXT PRIMARY KEY,
    rows INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- CRM snapshot -----------------------------------------------------------------------------------------------------
-- Tables of long rows have row ids: without them SQLite keeps at most a quarter of a page of a row in its place, and
-- the rest of each row takes a page of its own.
CREATE TABLE companies (
    id     TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    run    TEXT NOT NULL
) STRICT;

CREATE TABLE open_deals (
    company TEXT NOT NULL,
    deal    TEXT NOT NULL,
    run     TEXT NOT NULL,
    PRIMARY KEY (company, deal)
) STRICT, WITHOUT ROWID;

CREATE TABLE active_owners (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The values that sirank last wrote to a company, or found in place: figure → value.
CREATE TABLE written (
    company TEXT PRIMARY KEY,
    fields  TEXT NOT NULL
) STRICT;

-- Ledger -----------------------------------------------------------------------------------------------------------
CREATE TABLE sources (
    no   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE parties (
    no          INTEGER PRIMARY KEY,
    source      INTEGER NOT NULL REFERENCES sources (no),
    customer_id TEXT NOT NULL,
    vat_number  TEXT NOT NULL,
    tax_code    TEXT NOT NULL,
    country     TEXT NOT NULL,
    name        TEXT NOT NULL,
    UNIQUE (source, customer_id, vat_number, tax_code, country, name)
) STRICT;

CREATE TABLE documents (
    source   INTEGER NOT NULL REFERENCES sources (no),
    id       TEXT NOT NULL,
    party    INTEGER NOT NULL, -- a party's no; no foreign key: forgetting a party would read all documents
    number   TEXT NOT NULL,
    standing INTEGER NOT NULL,
    reason   TEXT,
    detail   TEXT,
    day      INTEGER,
    net      INTEGER,
    currency TEXT,
    amount   INTEGER,
    run      TEXT NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

-- Plans, and the journal of every change: observed → intended, and what became of it ---------------------------------
CREATE TABLE plans (
    id         TEXT PRIMARY KEY,
    run        TEXT NOT NULL,
    as_of      TEXT NOT NULL,
    created    TEXT NOT NULL,
    state      TEXT NOT NULL,
    whole      INTEGER NOT NULL,
    summary    TEXT NOT NULL,
    objections TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    plan     TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    seq      INTEGER NOT NULL,
    company  TEXT NOT NULL,
    change   TEXT NOT NULL,
    state    INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent     TEXT,
    settled  TEXT,
    code     TEXT,
    message  TEXT,
    PRIMARY KEY (plan, seq)
) STRICT;

CREATE INDEX changes_by_company ON changes (company, plan);
-- One index for each state that is asked for while a plan is applied: it holds what is left, not what is done.
CREATE INDEX changes_pending ON changes (plan, seq) WHERE state = 0;
CREATE INDEX changes_sending ON changes (plan, seq) WHERE state = 1;
CREATE INDEX changes_refused ON changes (company) WHERE state = 3;

-- Quotas -----------------------------------------------------------------------------------------------------------
CREATE TABLE quota_counts (
    quota  TEXT NOT NULL,
    period TEXT NOT NULL,
    calls  INTEGER NOT NULL,
    PRIMARY KEY (quota, period)
) STRICT, WITHOUT ROWID;
