-- The last direct contact of each company, where the CRM tells it apart from the company.
CREATE TABLE last_contacts (
    company TEXT PRIMARY KEY,
    day     TEXT NOT NULL,
    run     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
