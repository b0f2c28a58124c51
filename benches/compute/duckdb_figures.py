#!/usr/bin/env python3
"""The same figures by DuckDB, from the same files: last row per document_id, revenue of 36 and 12 months, distinct
purchase days of 12 months, first and last purchase, inactivity; written as CSV, in any order of the companies."""

import argparse

import duckdb

COMPANY_COLUMNS = {
    "company_id": "VARCHAR",
    "name": "VARCHAR",
    "vat_number": "VARCHAR",
    "potential": "VARCHAR",
    "category": "VARCHAR",
    "d_and_p": "VARCHAR",
    "owner": "VARCHAR",
    "created": "DATE",
    "last_contacted": "DATE",
    "open_deal_pipelines": "VARCHAR",
}
DOCUMENT_COLUMNS = {
    "document_id": "VARCHAR",
    "vat_number": "VARCHAR",
    "date": "DATE",
    "kind": "VARCHAR",
    "net_amount": "DECIMAL(18, 2)",
}

# The forms of "the last row per document_id" that DuckDB users write; the runner takes the one that is fastest here.
LAST_ROWS = {
    "arg_max": """
        SELECT document_id, unnest(arg_max({{vat: vat_number, day: date, signed: signed}}, file_row))
        FROM numbered GROUP BY document_id
    """,
    "window": """
        SELECT document_id, vat_number AS vat, date AS day, signed FROM numbered
        QUALIFY row_number() OVER (PARTITION BY document_id ORDER BY file_row DESC) = 1
    """,
    "join": """
        SELECT numbered.document_id, vat_number AS vat, date AS day, signed
        FROM numbered JOIN (SELECT max(file_row) AS file_row FROM numbered GROUP BY document_id) USING (file_row)
    """,
}

FIGURES = """
COPY (
    WITH numbered AS {materialized} (
        SELECT document_id, vat_number, date,
               CASE WHEN kind = 'credit_note' THEN -net_amount ELSE net_amount END AS signed,
               row_number() OVER () AS file_row
        FROM read_csv('{documents}', header = true, auto_detect = false, columns = {document_columns})
    ), documents AS ({last_rows}), figures AS (
        SELECT vat,
               sum(signed) FILTER (day > DATE '{as_of}' - INTERVAL 36 MONTH) AS revenue_36m,
               sum(signed) FILTER (day > DATE '{as_of}' - INTERVAL 12 MONTH) AS revenue_12m,
               count(DISTINCT day) FILTER (signed > 0 AND day > DATE '{as_of}' - INTERVAL 12 MONTH)
                   AS purchase_days_12m,
               min(day) FILTER (signed > 0) AS first_purchase,
               max(day) FILTER (signed > 0) AS last_purchase
        FROM documents
        WHERE day <= DATE '{as_of}'
        GROUP BY vat
    )
    SELECT company_id,
           coalesce(revenue_36m, 0)::DECIMAL(18, 2) AS revenue_36m,
           coalesce(revenue_12m, 0)::DECIMAL(18, 2) AS revenue_12m,
           coalesce(purchase_days_12m, 0) AS purchase_days_12m,
           first_purchase,
           last_purchase,
           coalesce(DATE '{as_of}' - last_purchase > 180, false) AS inactive_180d
    FROM read_csv('{companies}', header = true, auto_detect = false, columns = {company_columns})
    LEFT JOIN figures ON vat = vat_number
) TO '{out}' (FORMAT csv, HEADER)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", required=True)
    parser.add_argument("--documents", required=True)
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--form", choices=sorted(LAST_ROWS), default="arg_max")
    given = parser.parse_args()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {given.threads}")
    connection.execute(
        FIGURES.format(
            materialized="MATERIALIZED" if given.form == "join" else "NOT MATERIALIZED",
            documents=given.documents,
            companies=given.companies,
            as_of=given.as_of,
            out=given.out,
            document_columns=DOCUMENT_COLUMNS,
            company_columns=COMPANY_COLUMNS,
            last_rows=LAST_ROWS[given.form].format(),
        )
    )


if __name__ == "__main__":
    main()
