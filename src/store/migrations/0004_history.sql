-- The journal as a history: what was taken back, what the CRM refuses again and again, and how long all of it is kept.

-- The plan whose values a plan puts back, the run that sent it where that is another than the one that made it, what
-- kinds of objections hold it, and about how large its changes are.
ALTER TABLE plans ADD COLUMN undoes TEXT;
ALTER TABLE plans ADD COLUMN applied_by TEXT;
ALTER TABLE plans ADD COLUMN kinds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE plans ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE plans SET bytes =
    coalesce((SELECT sum(length(CAST(c.change AS BLOB)) + 200) FROM changes c WHERE c.plan = plans.id), 0);

CREATE INDEX plans_by_run ON plans (run);
CREATE INDEX plans_by_applying_run ON plans (applied_by) WHERE applied_by IS NOT NULL;

-- Values that were taken back: they are not written again without approval. Null: nothing was written, the property was
-- emptied.
CREATE TABLE undone (
    company TEXT NOT NULL,
    figure  TEXT NOT NULL,
    value   TEXT,
    run     TEXT NOT NULL, -- the run whose value it was
    PRIMARY KEY (company, figure)
) STRICT, WITHOUT ROWID;

-- Writes that the CRM refused and that still stand, one for each company: the last change that it refused, how often
-- that was, and before when it is not tried again.
CREATE TABLE failed_writes (
    company  TEXT PRIMARY KEY,
    plan     TEXT NOT NULL,
    change   TEXT NOT NULL,
    code     TEXT NOT NULL,
    message  TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first    TEXT NOT NULL,
    last     TEXT NOT NULL,
    next     TEXT NOT NULL
) STRICT;

INSERT INTO failed_writes (company, plan, change, code, message, attempts, first, last, next)
    SELECT c.company, c.plan, c.change, coalesce(c.code, ''), coalesce(c.message, ''), 1,
           coalesce(c.settled, ''), coalesce(c.settled, ''), ''
    FROM changes c WHERE c.state = 3
    AND NOT EXISTS (SELECT 1 FROM changes later
                    WHERE later.company = c.company AND later.plan > c.plan AND later.state >= 2)
    AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.id > c.plan AND p.whole AND p.state = 'applied');

DROP INDEX changes_refused;
