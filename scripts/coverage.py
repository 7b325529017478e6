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
import shutil
import sys

import check

WORST = 12
# Branches of these lines are not counted (docs/testing.md); the lines are. The last is decided by
# another CPU between two instructions, and not by a test.
UNCOUNTED = (r".*\b(ASSERT|CHECK|VALIDATE|BUG_ON|BUILD_ASSERT|WARN_ON|"
             r"__atomic_compare_exchange_n)\(")
COMPILER = os.environ.get("HOSTCC", "gcc")


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


def report(folders, under, out):
    """Prints gcovr's sums over all folders, and writes its pages."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    summary = os.path.join(out, "summary.json")
    gcov = "gcov" + COMPILER.rpartition("gcc")[2]
    command = ["gcovr", "--root", ".", "--filter", under + "/", "--gcov-executable", gcov,
               "--gcov-ignore-parse-errors",
               "--exclude-unreachable-branches", "--exclude-branches-by-pattern", UNCOUNTED,
               "--json-summary", summary, "--html-details", os.path.join(out, "index.html"),
               "--html-title", "Tessera: what the host tests take of %s/" % under,
               "-j", check.JOBS]
    # gcov looks at the objects of that folder alone, which takes half of the time.
    command += [os.path.join(folder, "coverage", "host", "kernel", under) for folder in folders]
    status, text = check.run(command)
    if status:
        fail("gcovr: " + text[-2000:])
    with open(summary, encoding="utf-8") as f:
        return json.load(f)


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
    for config, names in check.HOST_TESTS.items():
        if chosen and config != "qemu_virt":
            continue
        folder = os.path.join(base, config)
        build(folder, config, chosen or names)
        bad += run_all(folder, chosen or names)
        folders.append(folder)
    out = os.path.join(base, "html")
    show(report(folders, under, out), under, out)
    if bad:
        fail("counted in part, because they failed: %s" % " ".join(bad))


if __name__ == "__main__":
    main()
