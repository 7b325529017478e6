# SPDX-License-Identifier: BSD-2-Clause
"""What gcov says of objects that were compiled with counters."""

import concurrent.futures
import json
import os
import subprocess

# Many objects a call, because gcov takes its time to start; several calls at once.
OBJECTS_A_CALL = 20


def command():
    """The gcov of the compiler that builds the unit tests."""
    return "gcov" + os.environ.get("HOSTCC", "gcc").rpartition("gcc")[2]


def call(objects):
    # What it says of objects that no program runs is no error: they count, with zeros.
    done = subprocess.run([command(), "--json-format", "--branch-probabilities", "--stdout",
                           *objects], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(found) != len(objects):
        raise ValueError("gcov: status %d, %d answers about %d objects\n%s" % (
            done.returncode, len(found), len(objects), done.stderr[-2000:]))
    return found


def read(objects, tree, jobs=1):
    """Yields (path below tree, what gcov says of that source), once for each object that has code
    of the source. objects: paths of .gcda or .gcno files."""
    parts = [objects[i:i + OBJECTS_A_CALL] for i in range(0, len(objects), OBJECTS_A_CALL)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(call, parts):
            for answer in found:
                for source in answer["files"]:
                    path = os.path.join(answer["current_working_directory"], source["file"])
                    yield os.path.relpath(path, tree), source
