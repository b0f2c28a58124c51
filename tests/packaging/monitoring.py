"""Holds the alert rules and the dashboard in config/ to the metrics that the program documents.

    monitoring.py ROOT

Whether the rules are right is promtool's to say; this says whether they speak of metrics that exist, whether each alert
fires in a test, and whether it tells the person on duty what to do.
"""

import json
import re
import sys
from pathlib import Path

# What Prometheus itself adds.
OF_THE_SCRAPE = {"job", "instance", "le"}
HISTOGRAM = ("_bucket", "_sum", "_count")

problems = []


def documented(page):
    """Names and labels from the table of metrics.md: | name | type | labels | meaning |."""
    metrics = {}
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("sirank_"):
            name, kind, labels, _ = cells
            labels = set(filter(None, labels.replace(" ", "").split(",")))
            for suffix in HISTOGRAM if kind == "histogram" else ("",):
                metrics[name + suffix] = labels
    return metrics


def look(where, expression, metrics):
    """That an expression names documented metrics with documented labels only."""
    for name, selector in re.findall(r"\b(sirank_\w+)(\{[^}]*\})?", expression):
        if name not in metrics:
            problems.append(f"{where}: no metric {name} is documented in config/metrics.md")
            continue
        for label in re.findall(r"(\w+)\s*[=!]", selector):
            if label not in metrics[name] | OF_THE_SCRAPE:
                problems.append(f"{where}: {name} has no label {label}")


def rules(folder, metrics):
    text = (folder / "sirank.rules.yml").read_text()
    alerts = re.split(r"^ +- alert: ", text, flags=re.MULTILINE)[1:]
    fired = set(re.findall(r'ALERTS\{.*alertname="(\w+)"', (folder / "sirank.rules.test.yml").read_text()))
    for alert in alerts:
        name = alert.split()[0]
        expression = re.search(r"expr:(.*?)\n +(?:for|labels):", alert, re.DOTALL).group(1)
        look(f"alert {name}", expression, metrics)
        description = re.search(r"description: >-\n(.*)", alert, re.DOTALL)
        if not re.search(r"severity: (critical|warning|info)\n", alert):
            problems.append(f"alert {name}: its severity is none of critical, warning, info")
        if "summary: " not in alert or not description or not re.search(r"`(sirank|systemctl) ", description.group(1)):
            problems.append(f"alert {name}: it needs a summary, and a description with a command to type")
        if name not in fired:
            problems.append(f"alert {name}: it fires in no scenario of sirank.rules.test.yml")
    return len(alerts)


def dashboard(file, metrics):
    panels = json.loads(file.read_text())["panels"]
    used, taken = set(), {}
    for panel in panels:
        where = f"panel {panel['title']}"
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if x >= 24 or taken.setdefault((x, y), where) != where:
                    problems.append(f"{where}: it lies over {taken.get((x, y), 'the edge')}")
                    break
        if panel["type"] == "row":
            continue
        if panel["datasource"]["uid"] != "${datasource}":
            problems.append(f"{where}: it has a data source of its own instead of the variable")
        for target in panel["targets"]:
            look(where, target["expr"], metrics)
            used |= set(re.findall(r"\bsirank_\w+", target["expr"]))
    if len({panel["id"] for panel in panels}) != len(panels):
        problems.append("dashboard: two panels have the same id")
    return len(panels), used


def main(root):
    config = Path(root) / "config"
    metrics = documented(config / "metrics.md")
    alerts = rules(config / "prometheus", metrics)
    panels, used = dashboard(config / "grafana" / "sirank.json", metrics)
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(1)
    print(f"{alerts} alerts and {panels} panels speak of {len(metrics)} documented metrics; each alert fires in a test")
    unseen = sorted(name for name in metrics if name not in used and not name.endswith(("_sum", "_count")))
    if unseen:
        print(f"on no panel: {', '.join(unseen)}")


main(*sys.argv[1:])
