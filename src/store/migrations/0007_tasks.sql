-- The journal of cards becomes that of all records that sirank makes itself: cards and tasks, told apart by `kind`.
DROP INDEX card_changes_by_company;
DROP INDEX card_changes_sending;
ALTER TABLE card_changes RENAME TO record_changes;
ALTER TABLE record_changes ADD COLUMN kind TEXT NOT NULL DEFAULT 'card';
CREATE INDEX record_changes_by_company ON record_changes (company, plan);
CREATE INDEX record_changes_sending ON record_changes (plan, seq) WHERE state = 1;

-- sirank's tasks, as they were last read or written. `made_for` is the owner that one was made for; `ended` the day since
-- which it is done or deleted, `ended_by` who did that; `reopened` whether an undo opened it again: then it is left alone.
CREATE TABLE tasks (
    id       TEXT PRIMARY KEY,
    key      TEXT NOT NULL,
    company  TEXT NOT NULL,
    task     TEXT NOT NULL,
    made_for TEXT,
    ended    TEXT,
    ended_by TEXT,
    reopened INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tasks_by_company ON tasks (company);
CREATE INDEX tasks_by_key ON tasks (key);

-- Companies whose card was deleted, and when that was seen: they rest.
CREATE TABLE gone_cards (
    company TEXT PRIMARY KEY,
    seen    TEXT NOT NULL
) STRICT;

-- Won deals that ask for feedback, as they were last read.
CREATE TABLE won_deals (
    id      TEXT PRIMARY KEY,
    company TEXT NOT NULL,
    deal    TEXT NOT NULL,
    run     TEXT NOT NULL
) STRICT;
