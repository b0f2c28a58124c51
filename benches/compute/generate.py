#!/usr/bin/env python3
"""Writes companies.csv and documents.csv for the compute benchmark: seeded, so that two runs agree byte for byte.

Documents come in random order, a share of them are credit notes, some repeat an earlier document_id with another
amount, some belong to no company, and the as-of day of the benchmark lies inside their dates.
"""

import argparse
import datetime
import os
import random

FIRST_DAY = datetime.date(2019, 1, 1)
LAST_DAY = datetime.date(2024, 12, 31)
BLOCK = 100_000


def write_companies(path, companies, rng):
    potentials = ["high", "low", "lost", ""]
    categories = ["INDUSTRIA", "COMMERCIO", "PA", "UTILIZZATORE FINALE", ""]
    pipelines = ["", "", "", "", "sales", "ecommerce", "other", "sales|other"]
    days = [(datetime.date(2015, 1, 1) + datetime.timedelta(n)).isoformat() for n in range(3600)]
    with open(path, "w", newline="\n") as out:
        out.write(
            "company_id,name,vat_number,potential,category,d_and_p,owner,created,last_contacted,open_deal_pipelines\n"
        )
        for number in range(companies):
            owner = f"owner-{rng.randrange(40)}" if rng.random() < 0.7 else ""
            contacted = rng.choice(days) if rng.random() < 0.6 else ""
            out.write(
                f"C{number:07},Company {number},IT{number + 10_000_000_000},{rng.choice(potentials)},"
                f"{rng.choice(categories)},{'yes' if rng.random() < 0.3 else 'no'},{owner},{rng.choice(days)},"
                f"{contacted},{rng.choice(pipelines)}\n"
            )


def write_documents(path, documents, companies, rng):
    span = (LAST_DAY - FIRST_DAY).days + 1
    days = [(FIRST_DAY + datetime.timedelta(n)).isoformat() for n in range(span)]
    randrange, uniform = rng.randrange, rng.random
    # A permutation of the numbers, without holding it in memory: multiplication by a number coprime to the modulus.
    stride = 7_368_787 if documents % 7_368_787 else 7_368_793
    with open(path, "w", newline="\n") as out:
        out.write("document_id,vat_number,date,kind,net_amount\n")
        lines = []
        for number in range(documents):
            identity = (number * stride) % documents
            if uniform() < 0.002 and number > 0:
                identity = (randrange(number) * stride) % documents
            company = randrange(companies) if uniform() < 0.999 else companies + randrange(1000)
            kind = "credit_note" if uniform() < 0.04 else "invoice"
            # Amounts from a few euro to tens of thousands, small ones far more often.
            cents = int(100 + 2_000_000 * uniform() ** 6) + randrange(20_000)
            lines.append(
                f"D{identity:08},IT{company + 10_000_000_000},{days[randrange(span)]},{kind},"
                f"{cents // 100}.{cents % 100:02}\n"
            )
            if len(lines) == BLOCK:
                out.write("".join(lines))
                lines.clear()
        out.write("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("--companies", type=int, default=1_000_000)
    parser.add_argument("--documents", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=20_240_630)
    given = parser.parse_args()
    os.makedirs(given.directory, exist_ok=True)
    rng = random.Random(given.seed)
    write_companies(os.path.join(given.directory, "companies.csv"), given.companies, rng)
    write_documents(os.path.join(given.directory, "documents.csv"), given.documents, given.companies, rng)


if __name__ == "__main__":
    main()
