# SPDX-License-Identifier: BSD-2-Clause
"""Pages of programs move: contiguous memory is taken whole, again and again, while programs share
pages, write them and take them elsewhere."""
import re

import pytest

import checks
from machine import Machine, qemu


@pytest.fixture(scope="module")
def movable_kernel(built):
    """The kernel of qemu_virt_max."""
    return built("qemu_virt_max_defconfig")


def programs_on_lent_memory(kernel, archive, smp, seconds):
    """What the programs wrote is there at the end; returns how often the area was taken, with how
    many pages that were lent, and how often not."""
    argv = qemu("virt", kernel.image, mem="64M", smp=smp, initrd=archive,
                append="cma=24M shake=%d" % seconds)
    with Machine(argv, limit=60 + 30 * seconds, keep_at_most=300 + 30 * seconds) as m:
        for _ in range(2):
            m.expect(r"init \(/init\) has ended with \d+\s|shake: (\d+) times an area was taken, "
                     r"with (\d+) pages")
        assert "moving: nothing was lost" in m.log and "has ended with 42" in m.log, m.log[-2000:]
        # The shell's prompt may stand before or behind the last line of the log.
        m.send("echo at rest\r")
        m.expect(r"\nat rest\r?\n")
        m.answer()
        checks.audit(m, 64 << 20)
        taken, lent = map(int, re.search(r"shake: (\d+) times.* with (\d+) pages", m.log).groups())
        missed = re.search(r"shake: (\d+) times not, first because of .*", m.log)
        print(missed and missed[0])
        return taken, lent, int(missed[1]) if missed else 0


@pytest.mark.parametrize("smp", (1, 2))
def test_programs_live_on_lent_memory(movable_kernel, program, smp):
    """proves UM1 and UM2: a word that was written while its page was on its way would be lost"""
    # On a busy machine programs get little done in a wait of the kernel's. They get more time then.
    for seconds in (4, 16, 64):
        archive = program("moving", "-DSECONDS=%d" % seconds)
        taken, lent, missed = programs_on_lent_memory(movable_kernel, archive, smp, seconds)
        if taken > 3 and lent > 100 and missed * 20 <= taken:
            return
    pytest.fail("%d times taken, with %d pages, %d times not" % (taken, lent, missed))


@pytest.mark.long
def test_lent_memory_is_had_a_thousand_times(movable_kernel, program):
    flags = ("-DSECONDS=60",)
    taken, lent, missed = programs_on_lent_memory(movable_kernel, program("moving", *flags), 1, 60)
    assert taken >= 1000 and lent > 10000 and missed * 1000 <= taken
