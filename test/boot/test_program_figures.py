# SPDX-License-Identifier: BSD-2-Clause
"""What programs cost in instructions: no figure is far above the one that is stored."""
import json
import subprocess

import pytest

import builds
import newc
from machine import Machine, qemu

ICOUNT = ("-icount", "shift=0,sleep=off", "-seed", "1")
ROWS = json.loads((builds.ROOT / "test/bench/programs.json").read_text(encoding="utf-8"))["rows"]
# Only a kernel with more than the usual MAX_REGIONS has these figures.
MANY_REGIONS = {work for work in ROWS if work.startswith("10,000 regions")}


@pytest.fixture(scope="module")
def figures(built, tmp_path_factory, compile_user):
    """{work: figures} of a run of test/bench/user on one hart."""
    folder = tmp_path_factory.mktemp("bench")
    compile_user(builds.ROOT / "test/bench/user/bench.c", folder / "init", "-pthread")
    archive = folder / "bench.cpio"
    archive.write_bytes(newc.archive([("init", 0o100755, (folder / "init").read_bytes())]))
    kernel = built("qemu_virt_linux_defconfig")
    with Machine(qemu("virt", kernel.image, mem="256M", initrd=archive, extra=ICOUNT)) as m:
        m.expect(r"init \(/init\) has ended with 0")
        lines = [line for line in m.before.splitlines() if line.startswith('{"work"')]
    return {row.pop("work"): row for row in map(json.loads, lines)}


def test_each_work_has_its_figure(figures):
    """The bench measures what the table names, and nothing else."""
    assert set(figures) == set(ROWS) - MANY_REGIONS


def test_no_figure_is_far_above_the_stored_one(figures):
    """A twentieth, and 10 instructions, for what the compiler and the way pages lie change."""
    above = {work: (row["p50"], ROWS[work]["p50"]) for work, row in figures.items()
             if row["p50"] > ROWS[work]["p50"] * 1.05 + 10}
    assert not above, "now, stored: %s" % above


def test_the_table_of_the_docs_is_made_from_the_figures():
    """docs/processes.md, from test/bench/programs.json."""
    subprocess.run([str(builds.ROOT / "scripts/program-figures.py"), "--check"], check=True)
