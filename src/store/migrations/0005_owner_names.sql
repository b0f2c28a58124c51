-- Who the owners are, as the CRM names them: what people read in lists. No figure depends on it.
CREATE TABLE owner_names (
    id    TEXT PRIMARY KEY,
    name  TEXT,
    email TEXT
) STRICT, WITHOUT ROWID;
