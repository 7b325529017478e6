# SPDX-License-Identifier: BSD-2-Clause
"""Which lines of mm/ each program of test/host runs.

The programs are built with counters, as by make coverage. Each writes its counters into a folder
of its own, which gcov turns into lines and functions.
"""

import concurrent.futures
import glob
import os
import shutil

import check
import gcov

UNDER = "mm"


class Reach:
    def __init__(self):
        self.lines = {}         # (configuration, path): {line: {program}}
        self.functions = {}     # (configuration, path): {(first line, last line): {program}}

    def note(self, config, path, name, found):
        """Adds what gcov found of a file in one run of a program."""
        lines = self.lines.setdefault((config, path), {})
        for line in found["lines"]:
            names = lines.setdefault(line["line_number"], set())
            if line["count"]:
                names.add(name)
        functions = self.functions.setdefault((config, path), {})
        for f in found["functions"]:
            names = functions.setdefault((f["start_line"], f["end_line"]), set())
            if f["execution_count"]:
                names.add(name)

    def programs(self, config, path, line):
        """Those that run the line; of a line without code of its own, those that run the function
        around it. None where nothing is known of it."""
        here = self.lines.get((config, path), {})
        if line in here:
            return here[line]
        around = [names for (first, last), names in
                  self.functions.get((config, path), {}).items() if first <= line <= last]
        return set().union(*around) if around else None

    def share(self, config, path, name):
        """How many lines of a file a program runs."""
        return sum(name in names for names in self.lines.get((config, path), {}).values())


def run_one(tree, built, name):
    """Runs a program whose counters go to a folder of its own; [(path, what gcov says of it)]."""
    own = os.path.join(built, "reach", name)
    shutil.rmtree(own, ignore_errors=True)
    os.makedirs(own)
    check.run([os.path.join(built, "coverage", "host", "bin", name)], GCOV_PREFIX=own,
              GCOV_PREFIX_STRIP=str(built.count("/")))
    counters = glob.glob(os.path.join(own, "coverage/host/kernel", UNDER, "**/*.gcda"),
                         recursive=True)
    for path in counters:
        notes = path[:-len("gcda")] + "gcno"
        os.symlink(os.path.join(built, os.path.relpath(notes, own)), notes)
    rows = [(path, found) for path, found in gcov.read(counters, tree)
            if path.startswith(UNDER + "/") and path.endswith(".c")]
    shutil.rmtree(own)
    return rows


def look(reach, tree, output, config, names):
    """Notes what the programs of a configuration run; output is their folder below the tree."""
    built = os.path.join(tree, output)
    with concurrent.futures.ThreadPoolExecutor(int(check.JOBS)) as pool:
        for name, found in zip(names, pool.map(lambda name: run_one(tree, built, name), names)):
            for path, of_file in found:
                reach.note(config, path, name, of_file)
    shutil.rmtree(os.path.join(built, "coverage"))
