-- Deals in the state in which they were last read: the open ones, and those that have changed since all were read.
CREATE TABLE deals (
    id      TEXT PRIMARY KEY,
    version INTEGER,
    open    INTEGER NOT NULL,
    run     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A deal that has changed takes its rows with it.
CREATE INDEX open_deals_by_deal ON open_deals (deal);
