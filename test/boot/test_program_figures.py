# SPDX-License-Identifier: BSD-2-Clause
"""What programs cost in instructions: no figure is far above the one that is stored."""
import json
import re
import subprocess

import pytest

import builds  # makes scripts/ known
import newc
import plans
import program_bench
from machine import Machine, QEMU, qemu

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


@pytest.fixture(scope="module")
def bounds(built, tmp_path_factory):
    """({work: (usually, at most)}, an interrupt) as plan prints them of that machine; for the works
    with many regions, of a kernel that may have so many."""
    folder = tmp_path_factory.mktemp("bounds")
    subprocess.run([QEMU, "-M", f"virt,dumpdtb={folder / 'virt.dtb'}", "-m", "256M"], check=True,
                   capture_output=True)
    program = plans.make(built("qemu_virt_linux_defconfig").objdir)
    plan = plans.sound(program, "--dtb", folder / "virt.dtb")
    works = {}
    for regions in 1024, 16384:
        plan["config"]["MAX_REGIONS"] = regions
        (folder / "plan.json").write_text(json.dumps(plan, separators=(",", ":")) + "\n")
        text = plans.run(program, "--plan", folder / "plan.json")[1]
        table = text.partition("\nBounds of programs ")[2].partition("\n\n")[0]
        for work, *most in re.findall(r"(?m)^  (\S.*?)  +\S.*? +([\d,]+) +([\d,]+)$", table):
            if (work in MANY_REGIONS) == (regions > 1024):
                works[work] = tuple(int(number.replace(",", "")) for number in most)
    timers = re.search(r"(?m)^  interrupt of timers .* ([\d,]+)$", text)[1]
    return works, int(timers.replace(",", ""))


def test_each_work_has_a_bound(bounds):
    """The same as in the docs."""
    works, _ = bounds
    assert {work: most for work, (_, most) in works.items()} == \
        {work: row["bound"] for work, row in ROWS.items()}


def test_no_figure_exceeds_its_bound(figures, bounds):
    """The median what is usual, the maximum, of this run and of all that were stored, the most, and
    an interrupt that came in between."""
    works, interrupt = bounds
    for work, row in {**ROWS, **figures}.items():
        usual, most = works[work]
        assert row["p50"] <= usual, work
        assert max(row["max"], ROWS[work]["worst"]) <= most + interrupt, work


def test_bounds_are_near(figures, bounds):
    """A bound that is far above what is seen is of no use: what is usual is at most three times the
    median."""
    works, _ = bounds
    far = {work: (row["p50"], works[work][0]) for work, row in {**ROWS, **figures}.items()
           if works[work][0] > 3 * row["p50"]}
    assert not far, "median, usually at most: %s" % far


def test_make_bench_measures_the_same(built, figures):
    """What make bench shows of programs: the same figures, beside Linux's and the goals. Boot's
    arguments differ, and with them where pages lie."""
    objdir = built("qemu_virt_linux_defconfig").objdir
    assert program_bench.has_programs(objdir) and not program_bench.has_work("order=0")
    found, why = program_bench.measure(objdir)
    assert why is None and set(found) == set(figures)
    for work, row in found.items():
        assert abs(row["p50"] - figures[work]["p50"]) <= 2 + figures[work]["p50"] // 50, work
    row, = [cells for cells in program_bench.rows(found) if cells[0] == "fork + exit + wait, small"]
    known = ROWS[row[0]]
    assert row[1:3] == tuple(f"{found[row[0]][key]:,}" for key in ("p50", "max"))
    assert row[5:] == (f"{known['linux']:,}", f"{known['goal']:,}" + (
        ", not reached" if found[row[0]]["p50"] > known["goal"] else ""))


def test_the_table_of_the_docs_is_made_from_the_figures():
    """docs/processes.md, from test/bench/programs.json."""
    subprocess.run([str(builds.ROOT / "scripts/program-figures.py"), "--check"], check=True)
