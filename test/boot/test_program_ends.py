# SPDX-License-Identifier: BSD-2-Clause
"""Programs end by signals, in whatever they are, and leave nothing behind."""
import pytest

import checks
from machine import Machine, qemu


def children_end(kernel, archive, smp, limit):
    """All as they were meant to; then audit, which adds each page up."""
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=archive),
                 limit=limit, keep_at_most=limit + 120) as m:
        assert m.expect(r"init \(/init\) has ended with (\d+)").group(1) == "42", m.log[-500:]
        m.shell()
        checks.audit(m, 128 << 20)


@pytest.mark.parametrize("smp", (1, 4))
def test_children_end_by_signals(built, program, smp):
    """60 of 15 kinds; then audit."""
    children_end(built("qemu_virt_linux_defconfig"), program("ends"), smp, 120)


@pytest.mark.long
@pytest.mark.parametrize("smp", (1, 4))
def test_ten_thousand_children_end_by_signals(built, program, smp):
    """Nothing is lost: each sum is exact to the page after 10,002 ends."""
    flags = ("-DCHILDREN=10002", "-DSEED=%d" % (6 + smp))
    children_end(built("qemu_virt_linux_defconfig"), program("ends", *flags), smp, 6000)
