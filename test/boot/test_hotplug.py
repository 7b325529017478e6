# SPDX-License-Identifier: BSD-2-Clause
"""Memory that comes and goes: a bank that is hotpluggable is offline at boot, comes online and goes
offline again, while other CPUs allocate. The kernel's sections are of 1 GiB."""
import pytest

import checks
import ktap
import trees
from machine import qemu

GIB = 1 << 30
FIRST, SECOND = (2 * GIB, GIB), (3 * GIB, GIB)
LIMIT_S = 240


def states(m):
    return [line.split()[3:] for line in m.run("memory").splitlines()[1:]]


@pytest.fixture
def two_banks(built, start, tmp_path):
    """A machine whose second bank is hotpluggable by the tree."""
    tree = trees.Tree.of_machine(tmp_path, smp=4)
    tree.banks(FIRST)
    tree.add(f'memory@{SECOND[0]:x} {{ device_type = "memory"; reg = {trees.reg(SECOND)}; '
             "hotpluggable; };")
    return start(qemu("virt", built("qemu_virt_max_defconfig").image, mem="2G", smp=4,
                      dtb=tree.compile(tmp_path / "two.dtb"))).shell()


def test_second_bank_comes_and_goes(two_banks):
    m = two_banks
    checks.audit(m, GIB)
    memmap = checks.owners(m)["memmap"]
    assert states(m) == [["online", "since", "boot,", "stays"], ["offline", "-"]]
    assert "1048576K used + 1048576K offline at boot" in m.run("firmware")
    assert "c0000000-ffffffff : Offline RAM" in m.run("cat /proc/iomem")
    assert '"nr":3,"base":"0xc0000000","size":1073741824,"nid":0,"state":"offline"' in m.run("plan")
    for name in ("3", "0xc0001000"):
        assert "is online" in m.run(f"memory online {name}")
        assert states(m)[1] == ["online", "Movable"]
        assert "c0000000-ffffffff : System RAM" in m.run("cat /proc/iomem")
        checks.Memory(m).check()
        checks.audit(m, 2 * GIB)
        m.run("stress 1000", limit=LIMIT_S)
        assert "is offline" in m.run(f"memory offline {name}", limit=LIMIT_S)
        assert states(m)[1] == ["offline", "-"]
        checks.audit(m, GIB)
        assert checks.owners(m)["memmap"] == memmap
    assert "the section is offline" in m.run("memory offline 3")
    assert "boot left no such section offline" in m.run("memory offline 2")
    assert "usage: memory" in m.run("memory away 3")


def test_what_stays_is_named(two_banks):
    m = two_banks
    m.run("memory online 3")
    block = m.run("alloc 0 movable")
    # The first try gives back what is kept without need, and an idle CPU may fill its pool of
    # cleared pages meanwhile; a later one changes nothing.
    for _ in range(10):
        before = m.run("zones")
        said = m.run("memory offline 3", limit=LIMIT_S)
        assert "the section stays online: in the way is frame 0xc" in said, block + said
        if m.run("zones") == before:
            break
    else:
        raise AssertionError("each of ten refusals changed the zones")
    m.run("release all; cpu drain")
    assert "is offline" in m.run("memory offline 3", limit=LIMIT_S)


@pytest.mark.parametrize("runs", (1, pytest.param(20, marks=pytest.mark.long)))
def test_under_stress(two_banks, runs):
    """Each run takes the bank five times."""
    for _ in range(runs):
        cases = ktap.cases(two_banks.run("test hotplug", limit=LIMIT_S))
        assert cases and all(case.passed and not case.skipped for case in cases), cases
    checks.audit(two_banks, GIB)
