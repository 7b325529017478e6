# SPDX-License-Identifier: BSD-2-Clause
"""make qemu, make qemu-gdb and make gdb, as a user types them."""
import re
import shutil
import socket

import pytest

import builds
from machine import Machine, PROMPT

UNSET = [word for name in builds.OUTER for word in ("-u", name)]


def goal(kernel, *words):
    flags = [f"{name}={value}" for name, value in builds.debug_info(kernel.objdir).items()]
    return ["env", *UNSET, "make", "-C", str(builds.ROOT), f"O={kernel.objdir}", *flags, *words]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_make_qemu_runs_commands_and_hands_the_status_on(kernel):
    with Machine(goal(kernel, "qemu", "MEM=64M", "SMP=2", "RUN=echo from make; poweroff")) as m:
        result = m.finish()
    result.need_status(0)
    result.need(r"^from make$")
    result.need(r"CPUs: 2 found")


def test_make_qemu_reaches_the_prompt_on_another_machine(kernel):
    with Machine(goal(kernel, "qemu", "MACHINE=sifive_u", "SMP=3", "APPEND=loglevel=7")) as m:
        m.expect(PROMPT)
        assert "run=" not in m.log


# Variables of make qemu, and the sentence that comes before QEMU begins.
REFUSED = {
    "SMP=0": "qemu: SMP=0: a machine has one CPU at least",
    "SMP=four": "qemu: SMP=four: a number of CPUs is expected, such as 4",
    "MEM=3M": r"qemu: MEM=3M: firmware takes 2 MiB, this kernel \d+ KiB and the device tree the "
              r"2 MiB above: give MEM=\d+M or more",
    "MEM=much": "qemu: MEM=much: an amount such as 512M or 8G is expected",
}


@pytest.mark.parametrize("variable", REFUSED)
def test_make_qemu_refuses_what_no_machine_can_be(kernel, variable):
    for words in (["qemu"], ["plan"]):
        status, text = builds.make(kernel.objdir, *words, variable)
        assert status != 0 and re.search(REFUSED[variable], text), text
        assert "qemu-system" not in text


def test_make_qemu_boots_with_the_least_memory_that_it_names(kernel):
    _, text = builds.make(kernel.objdir, "qemu", "MEM=1M")
    least = re.search(r"give (MEM=\d+M) or more", text)[1]
    with Machine(goal(kernel, "qemu", least, "SMP=1", "RUN=poweroff")) as m:
        m.finish().need_status(0)


# What is given, the option that uses it, and a configuration that has the option.
UNUSED = {"INITRD": ("PROCESSES", "qemu_virt_linux_defconfig"),
          "DISK": ("VIRTIO_BLK", "qemu_virt_max_defconfig"),
          "NUMA": ("NUMA", "qemu_virt_numa_defconfig")}


@pytest.mark.parametrize("variable", UNUSED)
def test_make_qemu_says_when_nothing_uses_what_is_given(kernel, built, tmp_path, variable):
    option, other = UNUSED[variable]
    given = tmp_path / "x"
    given.write_bytes(bytes(1 << 20))
    value = "2" if variable == "NUMA" else given
    for machine in (kernel, built(other)):
        words = goal(machine, "qemu", "MEM=64M", "SMP=2", f"{variable}={value}", "RUN=poweroff")
        with Machine(words) as m:
            result = m.finish()
        said = re.findall(rf"(?m)^qemu: {variable}=.*$", result.text)
        if option in machine.config:
            assert not said
            continue
        result.need_status(0)
        assert len(said) == 1 and f"lacks {option}. " in said[0] and f"'make {other}'" in said[0]


@pytest.mark.skipif(not shutil.which("gdb-multiarch"), reason="gdb-multiarch is missing")
def test_make_gdb_attaches_to_make_qemu_gdb(kernel):
    port = f"GDB_PORT={free_port()}"
    with Machine(goal(kernel, "qemu-gdb", port, "MEM=64M", "SMP=1")) as m:
        m.expect("waits for a debugger: run 'make gdb( O=[^ ]*)? " + port + "'")
        with Machine(goal(kernel, "gdb", port)) as debugger:
            debugger.expect(r"\(gdb\) ")
            for command, answer in (("set pagination off", ""),
                                    ("hbreak shell_loop", "Hardware assisted breakpoint 1"),
                                    ("continue", "hit Breakpoint 1|Breakpoint 1, "),
                                    ("tessera-zones", r"DMA32 +0x00080000-0x00083fff"),
                                    ("tessera-buddy", r"Node 0, zone +DMA32 +\d+"),
                                    ("tessera-page 0x80200", "owner kernel image"),
                                    ("tessera-slab kmalloc-64", "kmalloc-64"),
                                    ("delete 1", ""), ("detach", "")):
                debugger.send(command + "\n")
                if answer:
                    debugger.expect(answer)
                debugger.expect(r"\(gdb\) ")
        m.expect(PROMPT)
