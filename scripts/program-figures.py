#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What programs cost: takes the figures that test/bench/user prints, and writes the table of docs.

    scripts/program-figures.py LOG [PLAN]   the lines of a run become the stored figures, a plan's
                                        JSON with programs the bounds; then as below
    scripts/program-figures.py          the table of docs/processes.md from test/bench/programs.json
    scripts/program-figures.py --check  is it that table?
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
STORE = ROOT / "test" / "bench" / "programs.json"
PAGE = ROOT / "docs" / "processes.md"
BEGIN = "<!-- scripts/program-figures.py writes this table -->"
END = "<!-- end of the table -->"


def figures_of(text):
    """{work: {n, min, p50, max}} of the lines of a run."""
    rows = [json.loads(line) for line in text.splitlines() if line.startswith('{"work"')]
    return {row.pop("work"): row for row in rows}


def number(value):
    return f"{value:,}" if value is not None else "-"


def table(rows):
    lines = ["| work | Linux 6.1 | Tessera | at most in all runs | bound | goal |",
             "|---|---|---|---|---|---|"]
    for work, row in rows.items():
        now, goal = row["p50"], row["goal"]
        mark = "" if goal is None or now <= goal else ", not reached"
        lines.append(f"| {work} | {number(row['linux'])} | {number(now)} "
                     f"| {number(row['worst'])} | {number(row['bound'])} "
                     f"| {number(goal)}{mark} |")
    return "\n".join(lines)


def with_table(text, rows):
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n\n" + table(rows) + "\n\n" + END + rest.split(END)[1]


def main(arguments):
    store = json.loads(STORE.read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    if arguments[:1] == ["--check"]:
        if with_table(page, store["rows"]) == page:
            return 0
        sys.exit("docs/processes.md has another table than test/bench/programs.json: run "
                 "scripts/program-figures.py")
    if arguments:
        with open(arguments[0], encoding="utf-8", errors="replace") as log:
            found = figures_of(log.read())
        missing = [work for work in found if work not in store["rows"]]
        if missing:
            sys.exit("%s has no row for: %s" % (STORE, ", ".join(missing)))
        for work, figures in found.items():
            row = store["rows"][work]
            row.update(p50=figures["p50"], max=figures["max"],
                       worst=max(row.get("worst", 0), figures["max"]))
        if arguments[1:]:
            with open(arguments[1], encoding="utf-8") as plan:
                for bound in json.load(plan)["programs"]["works"]:
                    store["rows"][bound["work"]]["bound"] = bound["most"]
        lines = [f'  {json.dumps(work)}: {json.dumps(row)}' for work, row in store["rows"].items()]
        head = ('{\n "SPDX-License-Identifier": "BSD-2-Clause",\n "what": %s,\n "rows": {\n'
                % json.dumps(store["what"]))
        STORE.write_text(head + ",\n".join(lines) + "\n }\n}\n", encoding="utf-8")
    PAGE.write_text(with_table(page, store["rows"]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
