-- Cards of the Wake Up pipeline, as they were last read or written; `left_in` is the stage that sirank last put a card
-- in, `touched` whether it was seen elsewhere since, `contacted` when it was first seen past the first stage.
CREATE TABLE cards (
    id        TEXT PRIMARY KEY,
    card      TEXT NOT NULL,
    left_in   TEXT,
    touched   INTEGER NOT NULL DEFAULT 0,
    contacted TEXT,
    run       TEXT NOT NULL
) STRICT;

CREATE TABLE card_companies (
    company TEXT NOT NULL,
    card    TEXT NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    PRIMARY KEY (company, card)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_companies_by_card ON card_companies (card);

-- The journal of cards: what a plan does with them, and what became of it. As `changes`, which is about figures.
CREATE TABLE card_changes (
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
CREATE INDEX card_changes_by_company ON card_changes (company, plan);
CREATE INDEX card_changes_sending ON card_changes (plan, seq) WHERE state = 1;

-- When a deal was made, and the moment of a contact: what decides where a card goes.
ALTER TABLE open_deals ADD COLUMN created TEXT;
ALTER TABLE last_contacts ADD COLUMN at TEXT;
