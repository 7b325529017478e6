# SPDX-License-Identifier: BSD-2-Clause
"""Programs read clocks without a call, have alarms, and take signals without a handler."""
import re

import pytest

import checks
from machine import Machine, qemu

CLOCK_CALL = re.compile(r"\] (113|114|169) ")


@pytest.mark.parametrize("smp", (1, 4))
def test_clocks_are_read_in_the_program(built, program, smp):
    """They agree with the calls, also when the wall clock is set, and between two marks the log of
    calls has none."""
    kernel = built("qemu_virt_linux_defconfig")
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=program("clock"),
                      append="strace=1")) as m:
        m.expect(r"init \(/init\) has ended with \d+")
        assert "clocks: all as they should be" in m.log, m.log[-3000:]
        between = re.search(r"begin\r?\n.*?end\r?\n", m.log, re.DOTALL)[0]
        assert not CLOCK_CALL.search(between), between
        assert CLOCK_CALL.search(m.log)


@pytest.mark.parametrize("smp", (1, 4))
def test_alarms_ring_and_signals_are_taken(built, program, smp):
    """Also for children, and for those that end while theirs rings; then audit."""
    kernel = built("qemu_virt_linux_defconfig")
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=program("alarm"))) as m:
        m.expect(r"init \(/init\) has ended with 42")
        m.shell()
        checks.audit(m, 128 << 20)
