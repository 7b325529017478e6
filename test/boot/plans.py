# SPDX-License-Identifier: BSD-2-Clause
"""Runs the plan program of a build."""
import json
import pathlib
import subprocess
import sys

import builds  # makes scripts/ known
import outer_make

# A plan takes milliseconds; one that takes longer than this hangs.
LIMIT_S = 20
SOUND, UNUSABLE, USAGE = 0, 1, 2


def make(objdir):
    """Brings the plan program of a kernel's build up to date and returns its path."""
    with builds.locked(pathlib.Path(objdir) / "test" / "plan"):
        done = subprocess.run(["make", "-s", "-f", "scripts/plan.mk", f"O={objdir}", "-j2",
                               f"PYTHON={sys.executable}"], cwd=builds.ROOT,
                              env=outer_make.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=builds.LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return objdir / "plan"


def run(program, *words):
    """(status, standard output, standard error)"""
    done = subprocess.run([str(program), *map(str, words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=LIMIT_S)
    return done.returncode, done.stdout, done.stderr


def sound(program, *words):
    """The plan as JSON; it must be sound and complain about nothing."""
    status, out, err = run(program, "--format", "json", *words)
    assert (status, err) == (SOUND, ""), f"{status}: {err}"
    assert out.count("\n") == 1, "a plan is one line"
    return json.loads(out)


def refused(program, *words):
    """The one sentence that refuses an unusable tree."""
    status, out, err = run(program, "--format", "json", *words)
    assert status == UNUSABLE, f"exit status {status}:\n{out}{err}"
    assert out == "" and err.count("\n") == 1 and err.startswith("plan: "), out + err
    return err.removeprefix("plan: ").rstrip("\n")


def kinds(plan):
    return [row["kind"] for row in plan["conflicts"]]
