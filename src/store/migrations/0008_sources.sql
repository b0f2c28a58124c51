-- Documents that stand for several of them, and documents of one seller among several.
ALTER TABLE documents ADD COLUMN seller TEXT;
ALTER TABLE documents ADD COLUMN stands_for INTEGER NOT NULL DEFAULT 1;
-- Whether an earlier source holds it too: 0 no, 1 yes but both count, 2 yes and it does not count.
ALTER TABLE documents ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0;

-- What was read of the files of sources, so that none is opened twice --------------------------------------------------
CREATE TABLE file_sources (
    no       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    reading  TEXT NOT NULL,    -- how its files were read: another way, and all of them are read again
    position INTEGER NOT NULL  -- of the last change
) STRICT;

CREATE TABLE files (
    no        INTEGER PRIMARY KEY,
    source    INTEGER NOT NULL REFERENCES file_sources (no) ON DELETE CASCADE,
    path      TEXT NOT NULL,
    signature TEXT NOT NULL,
    UNIQUE (source, path)
) STRICT;

CREATE TABLE file_records (
    file    INTEGER NOT NULL REFERENCES files (no) ON DELETE CASCADE,
    part    INTEGER NOT NULL,
    source  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    archive TEXT,              -- that its file is in
    key     TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (file, part)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_records_by_key ON file_records (source, key);
CREATE INDEX file_records_by_name ON file_records (source, name);
CREATE INDEX file_records_by_archive ON file_records (source, archive) WHERE archive IS NOT NULL;

-- The names of the files that a file declares refused.
CREATE TABLE file_refusals (
    file   INTEGER NOT NULL REFERENCES files (no) ON DELETE CASCADE,
    source INTEGER NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (file, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_refusals_by_name ON file_refusals (source, name);

-- Every key that there ever was, with the position of its last change.
CREATE TABLE file_keys (
    source   INTEGER NOT NULL REFERENCES file_sources (no) ON DELETE CASCADE,
    key      TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_keys_by_position ON file_keys (source, position);
