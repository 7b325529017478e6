# SPDX-License-Identifier: BSD-2-Clause
"""Threads in a whole machine: ps, CPUs that go and come, and a machine that stays sound."""
import re

import checks
from machine import qemu


def table(m):
    """[(name, state, priority, CPU, may be on)], as ps prints them."""
    rows = re.findall(r"(?m)^(\S+) +(\w+) +(\d+|idle) +(\d+) +(\S+) +\d+ +\d+ +\d+ +[\d-]+$", m.run("ps"))
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


def test_views_of_threads(start, built):
    """stat, loadavg and uptime are Linux's to the byte, and agree with each other."""
    debug = built("qemu_virt_debug_defconfig")
    m = start(qemu("virt", debug.image, smp=2), limit=120).shell()
    text = m.run("cat stat").rstrip("\n")
    lines = text.split("\n")
    row = re.compile(r"cpu(\d+| ) 0 0 (\d+) (\d+) 0 0 0 0 0 0")
    cpus = [row.fullmatch(line) for line in lines[:3]]
    assert [c[1] for c in cpus] == [" ", "0", "1"], text
    for column in (2, 3):
        assert abs(int(cpus[0][column]) - sum(int(c[column]) for c in cpus[1:])) <= 4, text
    assert re.fullmatch(r"intr \d+\nctxt \d+\nbtime \d+\nprocesses \d+\nprocs_running 1\n"
                        r"procs_blocked 0", "\n".join(lines[3:])), text
    assert re.fullmatch(r"\d+\.\d\d \d+\.\d\d \d+\.\d\d 1/\d+ \d+\n?", m.run("cat loadavg"))
    up, idle = map(float, m.run("cat uptime").split())
    assert 0 < up and 0 < idle <= 2 * up + 1
    assert re.search(r"(?m)^shell +running +16 +0 +\d+\.\d$", m.run("top 1"))
    used = {row[0]: int(row[-1]) for row in map(str.split, m.run("ps").splitlines()[1:])}
    assert 500 < used["shell"] < 16384 and 50 < used["idle"] < 16384
    m.poweroff().need_status(0)


def test_requests_wait_for_memory(start, built):
    """The suite in the kernel; and a request that waited in vain says so, in one line."""
    debug = built("qemu_virt_debug_defconfig")
    m = start(qemu("virt", debug.image, mem="128M", smp=2), limit=120).shell()
    assert {"kswapd0", "kcompactd0"} <= {row[0] for row in table(m)}
    said = m.run("test waiting", limit=60)
    assert "4 passed, 0 failed" in said
    assert said.count("the request waited 100 ms and nobody gave memory back: "
                      "raise CONFIG_RECLAIM_WAIT_MS") == 1
    counts = dict(line.split() for line in m.run("cat vmstat").splitlines())
    for name in ("pgscan_direct_throttle", "pageoutrun", "pgsteal_kswapd"):
        assert int(counts[name]) > 0, name
    m.poweroff().need_status(0)
