# SPDX-License-Identifier: BSD-2-Clause
"""The same Image on other machines, with any number of harts and any boot hart."""
import re

import pytest

import checks
from machine import PROMPT, Machine, qemu

# With 8 harts the firmware's lottery nearly always has another winner than hart 0 by then.
TRIES = 10


@pytest.mark.parametrize("smp", [1, 4, 8])
def test_harts_are_counted_and_one_runs(boot, kernel, smp):
    m = boot(smp=smp)
    facts = checks.boot_facts(m.boot_log)
    assert facts.hart < smp
    assert facts.load_pa == 0x8020_0000
    memory = checks.Memory(m).check()
    harts = min(smp, kernel.config["NR_CPUS"])
    assert checks.harts_found(m.boot_log) == harts
    checks.audit(m, 512 << 20)
    assert memory.present == 512 << 20
    m.poweroff().need_status(0)


def test_more_harts_than_configured_are_reported(boot, kernel):
    limit = kernel.config["NR_CPUS"]
    if limit >= 64:
        pytest.skip("takes more harts than this test starts")
    m = boot(smp=limit + 1)
    assert "NR_CPUS" in m.boot_log
    checks.Memory(m).check()


def test_any_boot_hart(boot):
    seen = set()
    for _ in range(TRIES):
        m = boot(smp=8)
        seen.add(checks.boot_facts(m.boot_log).hart)
        checks.audit(m, 512 << 20)
        m.close()
        if seen - {0}:
            return
    pytest.skip(f"{TRIES} boots, and hart 0 won each time; sifive_u and the twin cover the rest")


@pytest.mark.parametrize("name,smp,mem", [("sifive_u", 5, "2G"), ("sifive_u", 2, "512M"),
                                          ("spike", 1, "512M"), ("spike", 4, "1G")])
def test_other_machines(boot, name, smp, mem):
    m = boot(name, smp=smp, mem=mem)
    facts = checks.boot_facts(m.boot_log)
    # sifive_u's hart 0 has no MMU: it is neither the boot hart nor counted.
    assert facts.hart >= (name == "sifive_u")
    assert checks.harts_found(m.boot_log) == smp - (name == "sifive_u")
    assert checks.Memory(m).check().present == checks.size_bytes(mem)
    checks.audit(m, checks.size_bytes(mem))


@pytest.mark.parametrize("name", ["sifive_u", "spike"])
def test_poweroff_without_a_switch_stops_with_a_word(boot, name):
    """OpenSBI has no way to switch these machines off; the shell says so or the hart stops."""
    m = boot(name, smp=2)
    m.send("poweroff\r")
    m.expect(r"(?i)power|halt|stop")


@pytest.mark.parametrize("cpu", ["rv64,h=off,sstc=off,zba=off,zbb=off,zbc=off,zbs=off",
                                 "sifive-u54", "rv64,svpbmt=on,svnapot=on,svinval=on"])
def test_cpus_with_fewer_and_more_extensions(boot, cpu):
    m = boot(extra=["-cpu", cpu])
    checks.Memory(m).check()


def test_hart_without_mmu_is_refused_with_a_sentence(kernel):
    """A hart that cannot translate addresses cannot run the kernel: it must say so, not hang."""
    with Machine(qemu("virt", kernel.image, extra=["-cpu", "rv64,mmu=off"])) as m:
        m.expect(r"(?i)mmu|sv39|satp|" + re.escape(PROMPT), limit=20)
        assert PROMPT not in m.log
