# SPDX-License-Identifier: BSD-2-Clause
"""Packages of Debian for riscv64, whose programs the tests run."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
CACHE = ROOT / ".cache/debian"
BUSYBOX = CACHE / "busybox-static/usr/bin/busybox"


def fetch(*packages):
    """Has the packages' files below CACHE; where they cannot be had the test is skipped."""
    done = subprocess.run(["scripts/fetch-debian.sh", *packages], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        pytest.skip("no packages here: " + done.stderr.strip())
    return CACHE
