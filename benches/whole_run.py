"""What the benchmarks of whole runs share: the mock as a process of its own, a step and what it cost, bounds."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]


class Mock:
    """A mock CRM, a process of its own."""

    def __init__(self, program, *args):
        self.process = subprocess.Popen([program, *args], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def ask(self, path, method="GET"):
        request = urllib.request.Request(self.url + "/_mock/" + path, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def tell(self, path, what):
        body = json.dumps(what).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + "/_mock/" + path, data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request):
            pass

    def forget(self):
        self.ask("stats", "DELETE")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Step:
    """One command of sirank: its time, its memory, what it printed."""

    def __init__(self, name, command, folder, accepted=(0,)):
        self.name = name
        with open(folder / f"{name}.out", "w+") as out, open(folder / f"{name}.log", "w+") as log:
            begun = time.monotonic()
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            self.peak_mb = usage.ru_maxrss / 1024
            self.cpu_seconds = usage.ru_utime + usage.ru_stime
            out.seek(0)
            self.printed = out.read()
            log.seek(0)
            self.log = log.read()
        if process.returncode not in accepted:
            sys.exit(f"{name} ended with {process.returncode}:\n{self.log}")

    def phases(self):
        """Seconds of each phase, by the times of the log lines that end them."""
        ends = [
            ("companies", "Companies read"), ("contacts", "Direct contacts read"), ("deals", "Open deals read"), ("documents", "Documents read"),
            ("plan", "Plan made"), ("apply", "Plan applied"), ("end", "The run has ended"),
        ]
        lines = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        stamp = lambda line: time.mktime(time.strptime(line["timestamp"][:19], "%Y-%m-%dT%H:%M:%S")) + float(
            "0" + re.sub(r"^[^.]*|Z$", "", line["timestamp"])
        )
        before = stamp(lines[0]) if lines else 0
        phases = {}
        for name, words in ends:
            for line in lines:
                if line.get("message", "").startswith(words):
                    phases[name] = stamp(line) - before
                    before = stamp(line)
        return phases


def rates(requests, window_ms=10_000):
    """The share of requests over the whole span, in the slowest and in the fullest window."""
    times = sorted(request["at_ms"] for request in requests)
    span = times[-1] - times[0]
    mean = (len(times) - 1) * window_ms / span if span else 0.0
    fullest, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - window_ms:
            first += 1
        fullest = max(fullest, last - first + 1)
    slowest, last = None, 0
    for first, at in enumerate(times):
        if at + window_ms > times[-1]:
            break
        while times[last] < at + window_ms:
            last += 1
        slowest = last - first if slowest is None else min(slowest, last - first)
    return mean, slowest, fullest


def build():
    packages = ["--package", "sirank", "--package", "sirank-mocks"]
    subprocess.run(["cargo", "build", "--release", "--quiet", *packages], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    return str(target / "sirank"), str(target / "sirank-mocks")


class Bounds:
    """What has to hold, and what did not."""

    def __init__(self):
        self.broken = 0

    def check(self, text, holds):
        self.broken += not holds
        print(f"{'ok    ' if holds else 'BROKEN'}  {text}")


def report_phases(step):
    phases = "  ".join(f"{name} {seconds:.1f} s" for name, seconds in step.phases().items())
    print(f"{step.name}: {step.seconds:.1f} s ({step.cpu_seconds:.1f} s CPU), peak memory {step.peak_mb:.0f} MB")
    print(f"  {phases}")


def report_calls(calls, requests):
    print("  calls: " + ", ".join(f"{name} {count}" for name, count in sorted(calls.items())))
    print(f"  {sum(calls.values())} calls made, {requests} requests arrived")
