#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which lines and branches of mm/ the programs of test/host take.

usage: coverage.py [FOLDER-OF-SOURCES]     make coverage calls it; mm/ without one

Builds the programs of each configuration that the host stage has, with counters and without
sanitizers, runs them, and writes $(O)/coverage/html/index.html. docs/testing.md says what is no
branch, and why. Variables: O, TESTS (some programs only).
"""

import concurrent.futures
import glob
import json
import os
import re
import shutil
import sys

import check
import coverage_html
import gcov

WORST = 12
# Branches of these lines are not counted (docs/testing.md); the lines are. The last is decided by
# another CPU between two instructions, and not by a test.
UNCOUNTED = re.compile(r".*\b(ASSERT|CHECK|VALIDATE|BUG_ON|BUILD_ASSERT|WARN_ON|"
                       r"__atomic_compare_exchange_n)\(")


def fail(text):
    sys.exit("coverage: " + text)


def build(folder, config, names):
    make = [check.MAKE, "-s", "O=" + folder]
    only = ["TESTS=" + " ".join(names)] if names else []
    for words in (check.host_config(config), ["sync"],
                  ["-f", "test/host/tests.mk", "-j" + check.JOBS, "COVERAGE=1", "all"] + only):
        status, text = check.run(make + words)
        if status:
            fail("%s cannot be built:\n%s" % (config, text[-2000:]))


def run_all(folder, names):
    """Runs the programs, several at a time; their counters add up in files beside the objects.
    Returns the programs that failed."""
    for path in glob.glob(folder + "/coverage/host/**/*.gcda", recursive=True):
        os.unlink(path)
    bin_dir = os.path.join(folder, "coverage", "host", "bin")
    with concurrent.futures.ThreadPoolExecutor(int(check.JOBS)) as pool:
        names = names or sorted(os.listdir(bin_dir))
        results = pool.map(lambda name: check.run([os.path.join(bin_dir, name)]), names)
        bad = [name for name, (status, _) in zip(names, results) if status]
    return ["%s/%s" % (bin_dir, name) for name in bad]


def is_bare(line, bare):
    """Has the line nothing but such a word, and comments?"""
    return re.sub(r"//.*|/\*.*?\*/|\s", "", line) in bare


class Source:
    """A file, and how often each line and each side of each branch of it was taken."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.text = f.read().split("\n")
        self.lines = {}         # number: how often
        self.branches = {}      # (number of the line, of the side): how often

    def add(self, line):
        """Adds what gcov says of a line in one object."""
        at, times = line["line_number"], line["count"]
        text = self.text[at - 1]
        if times or not is_bare(text, ("", "{", "}", "else")):
            self.lines[at] = self.lines.get(at, 0) + times
        if is_bare(text, ("", "{", "}", "{}")) or UNCOUNTED.match(text):
            return
        for side, branch in enumerate(line["branches"]):
            # Updates that threads lose can leave a difference of counts below 0.
            times = max(branch["count"], 0)
            self.branches[at, side] = self.branches.get((at, side), 0) + times

    def sums(self):
        """As in summary.json."""
        found = {}
        for what, counts in ("line", self.lines), ("branch", self.branches):
            found[what + "_total"] = len(counts)
            found[what + "_covered"] = sum(times > 0 for times in counts.values())
        return found


def collect(folders, under):
    """{path: Source} of what lies below a folder, headers too, over all configurations."""
    objects = [path for folder in folders for path in glob.glob(
        os.path.join(folder, "coverage/host/kernel", under, "**/*.gcno"), recursive=True)]
    sources = {}
    try:
        for path, found in gcov.read(objects, os.getcwd(), int(check.JOBS)):
            if path.startswith(under + "/"):
                if path not in sources:
                    sources[path] = Source(path)
                for line in found["lines"]:
                    sources[path].add(line)
    except ValueError as e:
        fail(str(e))
    return sources


def report(sources, under, out):
    """Writes the pages and summary.json, and returns what is in that."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    rows = [{"filename": path, **source.sums()} for path, source in sorted(sources.items())]
    found = {what: sum(row[what] for row in rows) for what in rows[0] if what != "filename"}
    for sums in [found] + rows:
        for what in ("line", "branch"):
            sums[what + "_percent"] = percent(sums[what + "_covered"], sums[what + "_total"])
    found["files"] = rows
    with open(os.path.join(out, "summary.json"), "w", encoding="utf-8") as f:
        json.dump(found, f, indent=1)
    coverage_html.write(sources, found, under, out)
    return found


def percent(covered, total):
    return 100.0 * covered / total if total else 100.0


def show(found, under, out):
    print("%8s %8s  %-32s %s" % ("lines", "branches", "file", "not taken: lines, branches"))
    rows = sorted(found["files"], key=lambda row: (row["line_total"] - row["line_covered"]) +
                  (row["branch_total"] - row["branch_covered"]), reverse=True)
    for row in rows[:WORST]:
        print("%6.1f %% %6.1f %%  %-32s %d, %d" % (
            percent(row["line_covered"], row["line_total"]),
            percent(row["branch_covered"], row["branch_total"]), row["filename"],
            row["line_total"] - row["line_covered"], row["branch_total"] - row["branch_covered"]))
    for what in ("line", "branch"):
        covered, total = found[what + "_covered"], found[what + "_total"]
        print("%s: %s of %s %s, %.1f %%" % (under, format(covered, ","), format(total, ","),
                                            {"line": "lines", "branch": "branches"}[what],
                                            percent(covered, total)))
    print("  HTML    %s/index.html" % out)


def main():
    under = (sys.argv[1:] or ["mm"])[0].rstrip("/")
    if not os.path.isdir(under):
        fail("%s is no folder of the sources" % under)
    base = os.path.join(check.O, "coverage")
    chosen = os.environ.get("TESTS", "").split()
    folders, bad = [], []
    for config, names in check.ALL_HOST_TESTS.items():
        if chosen and config != "qemu_virt":
            continue
        folder = os.path.join(base, config)
        build(folder, config, chosen or names)
        bad += run_all(folder, chosen or names)
        folders.append(folder)
    out = os.path.join(base, "html")
    sources = collect(folders, under)
    if not sources:
        fail("no object has code of %s" % under)
    show(report(sources, under, out), under, out)
    if bad:
        fail("counted in part, because they failed: %s" % " ".join(bad))


if __name__ == "__main__":
    main()
