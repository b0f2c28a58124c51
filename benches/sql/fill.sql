-- A ledger of :documents documents of :companies companies over ten years, the same in every run.
-- A few companies buy much more than most, some have stopped, some have begun late; 4 % credit notes, some invoices below
-- zero, drafts, documents in dollars with a rate, and a few that cannot be used.
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;
DROP TABLE IF EXISTS ledger;
CREATE TABLE ledger (
    id text, number text, at date, net numeric(12,2), kind text, status text, vat text, name text, currency text,
    rate numeric(10,5)
);
SELECT setseed(0.25);
INSERT INTO ledger
SELECT 'D' || lpad(n::text, 9, '0'),
    'FT/' || n,
    CASE WHEN r6 < 0.00002 THEN NULL ELSE
        CASE company % 7
            WHEN 0 THEN DATE '2016-01-01' + (r2 * 2000)::int
            WHEN 1 THEN DATE '2022-06-01' + (r2 * 1300)::int
            ELSE DATE '2016-01-01' + (r2 * 3660)::int
        END
    END,
    CASE WHEN r3 < 0.01 THEN -1 ELSE 1 END * round((1 + r4 * r4 * 2500)::numeric, 2),
    CASE WHEN r5 < 0.04 THEN 'NC' ELSE 'FT' END,
    CASE WHEN r5 > 0.99 THEN 'draft' ELSE 'ok' END,
    'IT' || lpad(company::text, 11, '0'),
    'Company ' || company,
    CASE WHEN r6 > 0.97 THEN 'USD' ELSE 'EUR' END,
    CASE WHEN r6 > 0.97 THEN round((1.05 + r7 * 0.2)::numeric, 5) END
FROM (
    SELECT n, (r1 * r1 * :companies)::int % :companies + 1 AS company, r2, r3, r4, r5, r6, r7
    FROM (
        SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6,
            random() AS r7
        FROM generate_series(1, :documents) AS n
    ) AS chance
) AS documents;
ANALYZE ledger;
