# SPDX-License-Identifier: BSD-2-Clause
"""Programs read clocks without a call, have alarms, and take signals without a handler."""
import re
import shutil
import subprocess

import pytest

import builds
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


MOST = re.compile(r"(?m)^CONFIG_PROCESS_TIMERS=(\d+)$")


@pytest.mark.parametrize("smp", (1, 4))
def test_timers_of_programs(built, program, smp):
    """timer_create() and its like, up to as many as a process may have."""
    kernel = built("qemu_virt_linux_defconfig")
    most = MOST.search((kernel.objdir / ".config").read_text(encoding="utf-8"))[1]
    archive = program("timers", "-DMOST=" + most)
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=archive)) as m:
        m.expect(r"init \(/init\) has ended with 42")
        m.shell()
        checks.audit(m, 128 << 20)


@pytest.mark.skipif(not shutil.which("qemu-riscv64"), reason="no qemu-riscv64 (qemu-user)")
def test_timers_are_those_of_linux(compile_user, tmp_path):
    """The same program, by this machine's Linux."""
    compile_user(builds.ROOT / "test" / "user" / "timers.c", tmp_path / "timers", "-pthread")
    done = subprocess.run(["qemu-riscv64", tmp_path / "timers"], check=False, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 42, done.stdout
