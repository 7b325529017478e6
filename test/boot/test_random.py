# SPDX-License-Identifier: BSD-2-Clause
"""Random operations on address spaces against a model, while memory moves: areas of contiguous
memory are taken whole, a section comes and goes, and zones are compacted."""
import re

import pytest

import checks
import trees
from machine import Machine, qemu

MIB, GIB = 1 << 20, 1 << 30
FIRST, SECOND = (2 * GIB, 160 * MIB), (3 * GIB, GIB)
# More than half of what is free, so that pages are lent from the beginning on.
CMA = "cma=96M"
MOVERS = ("CMA=y", "COMPACTION=y", "MEMORY_HOTPLUG=y", "ZONE_MOVABLE=y", "SECTION_SIZE_BITS=30")


@pytest.fixture
def two_banks(tmp_path):
    """two_banks(smp): the blob of a machine whose second bank, of one section, is hotpluggable."""
    def make(smp):
        tree = trees.Tree.of_machine(tmp_path, smp=smp)
        tree.banks(FIRST)
        tree.add(f'memory@{SECOND[0]:x} {{ device_type = "memory"; reg = {trees.reg(SECOND)}; '
                 "hotpluggable; };")
        return tree.compile(tmp_path / "two.dtb")
    return make


def random_operations(kernel, archive, dtb, smp, seconds):
    """{what: how often}"""
    argv = qemu("virt", kernel.image, mem="2G", smp=smp, initrd=archive, dtb=dtb,
                append="%s shake=%d plug=%d" % (CMA, seconds, seconds))
    with Machine(argv, limit=120 + 30 * seconds, keep_at_most=300 + 60 * seconds) as m:
        for _ in range(3):
            m.expect(r"init \(/init\) has ended with \d+\s|shake: \d+ times an area was taken, "
                     r"with \d+ pages|plug: \d+ times a section went, \d+ times it stayed")
        assert "nothing differs" in m.log and "has ended with 42" in m.log, m.log[-3000:]
        m.send("echo at rest\r")
        m.expect(r"\nat rest\r?\n")
        m.answer()
        # A section that stayed goes now, when nobody uses it.
        said = m.run("memory offline 3", limit=120)
        assert not said.strip() or "the section is offline" in said, said
        checks.audit(m, FIRST[1])
        done = re.search(r"random: seed \d+: (?P<operations>\d+) operations, (?P<forks>\d+) forks, "
                         r"(?P<faults>\d+) faults", m.log).groupdict()
        done.update(re.search(r"shake: (?P<taken>\d+) times .* with (?P<lent>\d+) pages",
                              m.log).groupdict())
        done.update(re.search(r"plug: (?P<gone>\d+) times a section went, (?P<stayed>\d+) times it "
                              r"stayed, with (?P<moved>\d+) pages", m.log).groupdict())
    print(done)
    return {what: int(number) for what, number in done.items()}


@pytest.mark.parametrize("smp", (1, 4))
def test_memory_moves_under_random_operations(built, program, two_banks, smp):
    kernel = built("qemu_virt_max_defconfig")
    done = random_operations(kernel, program("random"), two_banks(smp), smp, 4)
    assert done["operations"] > 200 and done["faults"] > 100
    # Four CPUs on a machine that has fewer may be too slow to move much in so short a time.
    assert done["gone"] + done["stayed"]
    assert smp > 1 or (done["taken"] and done["lent"] and done["gone"] and done["moved"])


@pytest.mark.long
@pytest.mark.parametrize("smp", (1, 4))
def test_a_million_random_operations(linux_with, program, two_banks, smp):
    """Seed after seed, 100 s each, until there were so many."""
    kernel, sums, seed = linux_with("random", *MOVERS), {}, 0
    while sums.get("operations", 0) < 1000000:
        seed += 1
        archive = program("random", "-DSECONDS=100", "-DSEED=%dul" % seed)
        for what, number in random_operations(kernel, archive, two_banks(smp), smp, 100).items():
            sums[what] = sums.get(what, 0) + number
    print(seed, "seeds", sums)
    assert all(sums[what] for what in ("forks", "faults", "lent", "gone", "moved"))
