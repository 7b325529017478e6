# SPDX-License-Identifier: BSD-2-Clause
"""Processes wait for each other by words of memory that they share."""
import pytest

import checks
from machine import Machine, qemu


@pytest.mark.parametrize("smp", (1, 4))
def test_processes_meet_at_words_that_they_share(built, program, smp):
    """Mutexes, conditions, semaphores, and futexes in a file that each maps elsewhere; then
    audit."""
    kernel = built("qemu_virt_linux_defconfig")
    archive = program("shared_words")
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=archive)) as m:
        m.expect(r"init \(/init\) has ended with 42")
        m.shell()
        checks.audit(m, 128 << 20)
