# SPDX-License-Identifier: BSD-2-Clause
"""Threads in a whole machine: ps, CPUs that go and come, and a machine that stays sound."""
import re

import checks
from machine import qemu


def table(m):
    """[(name, state, priority, CPU, may be on)], as ps prints them."""
    rows = re.findall(r"(?m)^(\S+) +(\w+) +(\d+|idle) +(\d+) +(\S+) +\d+ +\d+ +\d+$", m.run("ps"))
    return [(name, state, priority, int(cpu), on) for name, state, priority, cpu, on in rows]


def test_ps_and_hotplug(start, built):
    debug = built("qemu_virt_debug_defconfig")
    m = start(qemu("virt", debug.image, smp=4), limit=120).shell()
    rows = table(m)
    assert [row[3] for row in rows if row[0] == "idle"] == [0, 1, 2, 3]
    assert ("shell", "running", "16", 0, "0x1") in rows
    for _ in range(3):
        assert "is offline" in m.run("cpu offline 2", limit=60)
        assert "0 failed" in m.run("test threads", limit=120)
        assert "is online" in m.run("cpu online 2", limit=60)
    assert "0 failed" in m.run("test threads", limit=120)
    assert len(table(m)) == len(rows)
    checks.audit(m, 512 << 20)
    m.poweroff().need_status(0)


def test_panic_names_the_thread(run_to_end, built):
    debug = built("qemu_virt_debug_defconfig")
    result = run_to_end("test=crimes.wild_store", image=debug.image)
    result.need(r"Thread: shell, priority 16$")
