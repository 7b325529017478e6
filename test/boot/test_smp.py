# SPDX-License-Identifier: BSD-2-Clause
"""How many harts come up, what becomes of those that do not, and CPUs that go and come."""
import re
import time

import pytest

import checks
import gdbstub
import trees
from machine import LIMIT_S, qemu

CPU_NODE = """cpu@7 { device_type = "cpu"; reg = <7>; status = "okay"; compatible = "riscv";
	riscv,isa = "rv64imac"; mmu-type = "riscv,sv48";
	interrupt-controller { #interrupt-cells = <1>; interrupt-controller;
		compatible = "riscv,cpu-intc"; }; };"""


def cpu_table(m):
    """{CPU: (hart id, node, state)}, as the command cpu prints them."""
    rows = re.findall(r"(?m)^ *(\d+) +(\d+) +(\d+)  (.+)$", m.run("cpu"))
    return {int(cpu): (int(hart), int(node), state) for cpu, hart, node, state in rows}


def disable(tree, hart):
    at = tree.source.index(f"cpu@{hart} {{")
    tree.source = tree.source[:at] + tree.source[at:].replace('"okay"', '"disabled"', 1)


@pytest.mark.parametrize("smp", [1, 2, 3, 4, 8, 16])
def test_any_number_of_harts(boot, kernel, smp):
    m = boot(smp=smp)
    online = min(smp, kernel.config["NR_CPUS"])
    assert checks.cpus_online(m.boot_log) == online
    assert len(cpu_table(m)) == online
    assert ("are ignored" in m.boot_log) == (smp > online)
    assert "0 failed" in m.run("test smp", limit=120)
    checks.audit(m, 512 << 20)
    m.poweroff().need_status(0)


def test_64_harts(start, built):
    big = built("qemu_virt_max_defconfig")
    assert big.config["NR_CPUS"] == 64
    # QEMU has many more threads than there are processors: the firmware alone takes seconds.
    m = start(qemu("virt", big.image, smp=64), limit=300).shell()
    assert checks.cpus_online(m.boot_log) == 64
    checks.audit(m, 512 << 20)
    m.run("cpu offline 63", limit=120)
    assert cpu_table(m)[63][2] == "offline"
    m.poweroff().need_status(0)


@pytest.mark.parametrize("argument,online", [("maxcpus=2", 2), ("maxcpus=0", 1), ("maxcpus=1", 1),
                                             ("maxcpus=99", 4), ("maxcpus=x", 4)])
def test_maxcpus(boot, argument, online):
    m = boot(smp=4, append=argument)
    assert checks.cpus_online(m.boot_log) == online
    assert ("a number of CPUs is expected" in m.boot_log) == (argument == "maxcpus=x")
    states = [state.split(",")[0] for _, _, state in cpu_table(m).values()]
    assert states == ["online"] * online + ["offline"] * (4 - online)
    # A CPU that boot left out can be started later.
    m.run("cpu online 3")
    assert cpu_table(m)[3][2] == "online"
    checks.audit(m, 512 << 20)


def test_hart_ids_with_gaps(boot_tree, tmp_path):
    tree = trees.Tree.of_machine(tmp_path, smp=8)
    for hart in (1, 2, 6):
        disable(tree, hart)
    m = boot_tree(tree, smp=8)
    assert sorted(hart for hart, _, _ in cpu_table(m).values()) == [0, 3, 4, 5, 7]
    assert checks.cpus_online(m.boot_log) == 5


def test_hart_that_the_firmware_does_not_know(kernel, hand_over, tmp_path):
    """Only the kernel's tree has the hart: the firmware refuses to start it, and boot goes on."""
    tree = trees.Tree.of_machine(tmp_path, smp=2).replace(r"cpu-map \{", CPU_NODE + "cpu-map {")
    m = hand_over(trees.blob_of(tree, tmp_path), smp=2)
    assert checks.cpus_online(m.boot_log) == 2
    told = re.findall(r"smp: CPU (\d+) \(hart id 7\) stays offline: (.*)", m.boot_log)
    assert told == [("2", "the firmware knows no such hart")]
    assert cpu_table(m)[2] == (7, 0, "offline")
    assert "cannot go online: the log says why" in m.run("cpu online 2")
    checks.audit(m, 512 << 20)


def test_hart_that_never_answers(boot_tree, tmp_path):
    """The firmware believes the tree that the hart exists, and starts it."""
    tree = trees.Tree.of_machine(tmp_path, smp=2).replace(r"cpu-map \{", CPU_NODE + "cpu-map {")
    m = boot_tree(tree, smp=2)
    assert checks.cpus_online(m.boot_log) == 2
    told = re.findall(r"smp: CPU \d+ \(hart id 7\) (.*)", m.boot_log)
    assert told == ["did not answer within 1000 ms: it stays offline"]
    assert cpu_table(m)[2] == (7, 0, "lost")
    assert "it did not answer an earlier start, and may still do so" in m.run("cpu online 2")
    assert "0 failures" in m.run("stress 2000 1", limit=60)
    checks.audit(m, 512 << 20)


def test_hart_that_answers_too_late(kernel, start, tmp_path):
    """The debugger holds the hart while the kernel waits for it, and then lets it go. The hart is
    turned away and stops, and may be started again."""
    path = tmp_path / "stub"
    m = start(qemu("virt", kernel.image, smp=4, extra=gdbstub.argv(path)))
    stub = gdbstub.Stub(path)
    stub.resume([0, 1, 3])
    m.shell()
    assert checks.cpus_online(m.boot_log) == 3
    lost = re.findall(r"smp: CPU (\d) \(hart id 2\) did not answer", m.boot_log)
    assert len(lost) == 1
    cpu = int(lost[0])
    assert cpu_table(m)[cpu] == (2, 0, "lost")
    assert "may still" in m.run(f"cpu online {cpu}")
    assert "0 failures" in m.run("stress 2000 1", limit=60)
    stub.stop()
    stub.resume([0, 1, 2, 3])
    assert "0 failures" in m.run("stress 2000 1", limit=60)
    assert cpu_table(m)[cpu] == (2, 0, "lost")
    # The hart runs when this machine lets it; until it has stopped, the shell says that it may
    # still come.
    end = time.monotonic() + LIMIT_S
    while "may still" in (answer := m.run(f"cpu online {cpu}")) and time.monotonic() < end:
        time.sleep(0.1)
    assert f"CPU {cpu} is online" in answer
    assert "4 CPUs" in m.run("stress 2000 1", limit=60)
    checks.audit(m, 512 << 20)
    stub.close()
    m.poweroff().need_status(0)


def test_cpus_go_and_come(boot):
    m = boot(smp=4)
    for cpu in (1, 2, 3):
        m.run("stress 2000 1", limit=60)
        assert f"CPU {cpu} is offline" in m.run(f"cpu offline {cpu}")
        checks.audit(m, 512 << 20)
        zones = checks.Memory(m).check().zones.values()
        assert all(set(zone.cpus) == {0, 1, 2, 3} - set(range(1, cpu + 1)) for zone in zones
                   if zone.present)
    assert "1 CPU\n" in m.run("stress 2000 1", limit=60)
    for cpu in (3, 1, 2):
        assert f"CPU {cpu} is online" in m.run(f"cpu online {cpu}")
    assert "4 CPUs" in m.run("stress 2000 1", limit=60)
    checks.audit(m, 512 << 20)


def take(m, order):
    """The address of a block that the shell's alloc took, or None."""
    found = re.match(r"(0x[0-9a-f]+) order", m.run(f"alloc {order}"))
    return found and found[1]


def test_cpu_without_memory_for_its_stack_stays_offline(boot):
    """Memory is missing for a page of one of the stacks, for a table or for what describes an area,
    one page more each time. What the CPU had got goes back, but for the table that hangs in the
    root and the one below it, which may stay."""
    m = boot(mem="64M", smp=2, append="maxcpus=1")
    kept = [take(m, 0) for _ in range(12)]
    for order in range(10, -1, -1):
        while take(m, order):
            pass
    tables = checks.owners(m)["page tables"]
    for failures, address in enumerate(kept):
        answer = m.run("cpu online 1")
        if "CPU 1 is online" in answer:
            break
        assert "CPU 1 cannot go online: there is no memory for its stack" in answer
        checks.audit(m, 64 << 20)
        owners = checks.owners(m)
        assert owners["CPU stacks"] == 0 and owners["page tables"] - tables in (0, 1, 2)
        m.run(f"release {address} 0")
    assert 6 <= failures < len(kept)
    owners = checks.owners(m)
    assert owners["CPU stacks"] == 6 and owners["page tables"] == tables + 2
    assert re.search(r"(?m)^KernelStack: +24 kB$", m.run("cat /proc/meminfo"))
    checks.audit(m, 64 << 20)


@pytest.mark.parametrize("command,answer", [
    ("cpu offline 0", "CPU 0 cannot go offline: it is the boot CPU, on which this shell runs"),
    ("cpu offline 9", "there is no CPU 9: the CPUs are 0 to 1"),
    ("cpu online 1", "CPU 1 cannot go online: it is online already"),
    ("cpu offline one", "one is not a number"),
    ("cpu offline", "usage: cpu [online N | offline N | drain]"),
    ("cpu away 1", "usage: cpu"),
])
def test_wrong_requests_get_a_sentence(resting, command, answer):
    assert answer in resting.run(command)


def test_drain_leaves_no_page_on_a_list(boot):
    m = boot(smp=4)
    m.run("stress 2000 1", limit=60)
    assert re.fullmatch(r"\d+ pages went back to the buddy\n", m.run("cpu drain"))
    assert checks.owners(m)["free on per-CPU lists"] == 0


def test_panic_on_another_cpu_makes_one_report(run_to_end):
    result = run_to_end('test=crimes.other_cpu_store run="poweroff"', smp=4, limit=30)
    result.need_failure()
    result.need(r"Unhandled trap: store page fault")
    assert int(result.need(r"CPU: (\d)")[1]) > 0
    assert result.text.count("end of trap report") == 1


@pytest.mark.parametrize("smp", [2, 4, 8])
def test_simultaneous_panics_make_one_report(run_to_end, smp):
    result = run_to_end('test=crimes.panic_everywhere run="poweroff"', smp=smp, limit=30)
    result.need_failure()
    result.need(r"CPU \d has had enough")
    assert result.text.count("Kernel panic - not syncing") == 1
    assert result.text.count("---[ end of the report ]---") == 1
    assert "panic inside" not in result.text


@pytest.mark.parametrize("operations,seed", [
    (10_000, 1),
    pytest.param(12_500_000, 2, marks=pytest.mark.long),
])
def test_eight_harts_under_stress(boot, operations, seed):
    m = boot(smp=8)
    answer = m.run(f"stress {operations} {seed}", limit=120 + operations // 2000)
    assert f"{operations} operations done" in answer and " 0 failures" in answer
    assert len(re.findall(r"(?m)^stress: CPU \d, seed \d+: ", answer)) == 8
    checks.Memory(m).check()
    checks.audit(m, 512 << 20)
