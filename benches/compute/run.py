#!/usr/bin/env python3
"""Runs sirank and DuckDB on the same files, one after the other, and prints wall time, peak memory and differences.

Each program runs several times in turn, so that both meet the machine in the same states; the best run of each counts.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
COMPARED = [
    "revenue_36m",
    "revenue_12m",
    "purchase_days_12m",
    "first_purchase",
    "last_purchase",
    "inactive_180d",
]


def measured(command):
    """Seconds and peak resident megabytes of a command; of this very child, not of all children so far."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stderr=subprocess.PIPE)
    said = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begun
    if status != 0:
        sys.exit(f"{' '.join(command)} failed:\n{said}")
    return seconds, usage.ru_maxrss / 1024


def figures_of(path):
    with open(path, newline="") as file:
        return {row["company_id"]: [row[name] for name in COMPARED] for row in csv.DictReader(file)}


def differences(one, other):
    return sum(one.get(company) != other.get(company) for company in one.keys() | other.keys())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sirank", default=os.path.join(HERE, "../../target/release/sirank"))
    parser.add_argument("--data", help="a directory for the files; they are made where it has none")
    parser.add_argument("--companies", type=int, default=1_000_000)
    parser.add_argument("--documents", type=int, default=10_000_000)
    parser.add_argument("--as-of", default="2024-06-30")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        data = given.data or scratch
        companies, documents = os.path.join(data, "companies.csv"), os.path.join(data, "documents.csv")
        if not os.path.exists(documents):
            size = ["--companies", str(given.companies), "--documents", str(given.documents)]
            subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), data, *size], check=True)
        files = ["--companies", companies, "--documents", documents, "--as-of", given.as_of]

        def duckdb(form):
            out = os.path.join(scratch, f"duckdb-{form}.csv")
            script = os.path.join(HERE, "duckdb_figures.py")
            threads = ["--threads", str(given.threads), "--form", form]
            return out, [sys.executable, script, *files, "--out", out, *threads]

        sirank_out = os.path.join(scratch, "sirank.csv")
        programs = {"sirank": (sirank_out, [given.sirank, "compute", *files, "--out", sirank_out])}
        programs.update({f"duckdb {form}": duckdb(form) for form in ("arg_max", "window", "join")})

        best = {}
        for _ in range(given.rounds):
            for name, (_, command) in programs.items():
                seconds, megabytes = measured(command)
                print(f"{name:16} {seconds:7.2f} s {megabytes:8.0f} MB", flush=True)
                known = best.get(name, (seconds, megabytes))
                best[name] = (min(seconds, known[0]), min(megabytes, known[1]))

        print("\nbest of each")
        for name, (seconds, megabytes) in best.items():
            print(f"{name:16} {seconds:7.2f} s {megabytes:8.0f} MB")
        ours = figures_of(sirank_out)
        for name, (out, _) in programs.items():
            if name != "sirank":
                print(f"{name}: {differences(ours, figures_of(out))} of {len(ours)} companies differ from sirank's")
        others = [figures for name, figures in best.items() if name != "sirank"]
        fastest, smallest = (min(figures[at] for figures in others) for at in (0, 1))
        seconds, megabytes = best["sirank"]
        print(f"time: {seconds / fastest:.0%} of the fastest, memory: {megabytes / smallest:.0%} of the smallest")
        if seconds > fastest or megabytes > smallest / 2:
            sys.exit("sirank is slower than DuckDB, or needs more than half of its memory")


if __name__ == "__main__":
    main()
