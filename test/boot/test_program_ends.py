# SPDX-License-Identifier: BSD-2-Clause
"""Programs end by signals, in whatever they are, and leave nothing behind."""
import pytest

import checks
from machine import Machine, qemu


@pytest.mark.parametrize("smp", (1, 4))
def test_children_end_by_signals(built, program, smp):
    """60 of 15 kinds; then audit."""
    kernel = built("qemu_virt_linux_defconfig")
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=program("ends")),
                 limit=120) as m:
        m.expect(r"init \(/init\) has ended with 42")
        m.shell()
        checks.audit(m, 128 << 20)
