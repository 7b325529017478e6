# SPDX-License-Identifier: BSD-2-Clause
"""The same Image on other machines, with any number of harts and any boot hart."""
import re

import pytest

import checks
import machine
from machine import PROMPT, Machine, plain, qemu
from trees import MIB, VIRT_RAM, Tree, blob_of, handover

@pytest.mark.parametrize("smp", [1, 4, 8])
def test_harts_are_counted_and_all_run(boot, kernel, smp):
    m = boot(smp=smp)
    facts = checks.boot_facts(m.boot_log)
    assert facts.hart < smp
    assert facts.load_pa == 0x8020_0000
    memory = checks.Memory(m).check()
    harts = min(smp, kernel.config["NR_CPUS"])
    assert checks.harts_found(m.boot_log) == checks.cpus_online(m.boot_log) == harts
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


@pytest.mark.parametrize("smp,mem", [(5, "2G"), (2, "512M")])
def test_sifive_u(boot, smp, mem):
    m = boot("sifive_u", smp=smp, mem=mem)
    # Hart 0 has no MMU: it cannot be the boot hart, and is not counted.
    assert 1 <= checks.boot_facts(m.boot_log).hart < smp
    assert checks.harts_found(m.boot_log) == checks.cpus_online(m.boot_log) == smp - 1
    assert checks.Memory(m).check().present == checks.size_bytes(mem)
    checks.audit(m, checks.size_bytes(mem))


def test_the_uart_is_the_console_on_request(boot):
    """Without console=uart the firmware's console is used; both drive the same UART here."""
    assert "console: sbi-" in boot().boot_log
    m = boot(append="console=uart")
    assert "console: ns16550\n" in m.boot_log
    assert m.run("echo both ways") == "both ways\n"
    m.poweroff().need_status(0)


def test_a_request_for_a_uart_that_nobody_knows(boot):
    m = boot("sifive_u", smp=2, append="console=uart")
    assert "console=uart is ignored: stdout-path names no UART that this kernel knows" in m.boot_log
    assert "console: sbi-" in m.boot_log


class Recorded:
    """Answers of commands that run= carried out at boot, in the form that a Machine gives them."""

    def __init__(self, m, commands):
        m.expect(r"\n@end")
        parts = re.split(r"(?m)^@(.*)\n", plain(m.log))
        self.boot_log, self.answers = parts[0], dict(zip(parts[1::2], parts[2::2]))
        assert list(self.answers)[:len(commands)] == commands

    @staticmethod
    def argument(commands):
        return 'run="' + "; ".join(f"echo @{c}; {c}" for c in commands) + '; echo @end"'

    def run(self, command, **_):
        return self.answers[command]


@pytest.mark.parametrize("smp,mem", [(1, "512M"), (4, "1G")])
def test_spike(kernel, start, smp, mem):
    """spike's console holds one key at a time, so that run= has the commands instead of a
    typist."""
    commands = [f"cat /proc/{name}" for name in checks.MEMORY_VIEWS] + ["audit"]
    m = Recorded(start(qemu("spike", kernel.image, mem=mem, smp=smp,
                            append=Recorded.argument(commands))), commands)
    assert checks.harts_found(m.boot_log) == checks.cpus_online(m.boot_log) == smp
    assert checks.Memory(m).check().present == checks.size_bytes(mem)
    checks.audit(m, checks.size_bytes(mem))


def test_spike_takes_keys_at_a_typists_pace(boot):
    assert boot("spike", key_wait_s=5).run("echo a") == "a\n"


@pytest.mark.parametrize("name", ["sifive_u", "spike"])
def test_poweroff_without_a_switch_stops_with_a_word(kernel, start, name):
    """OpenSBI cannot switch these machines off: the shell says so, and the hart stops."""
    start(qemu(name, kernel.image, smp=2, append='run="poweroff"')).expect("Power down")


@pytest.mark.parametrize("cpu", ["rv64,h=off,sstc=off,zba=off,zbb=off,zbc=off,zbs=off",
                                 "sifive-u54", "rv64,svpbmt=on,svnapot=on,svinval=on"])
def test_cpus_with_fewer_and_more_extensions(boot, cpu):
    m = boot(extra=["-cpu", cpu])
    checks.Memory(m).check()


def test_mappings_say_how_memory_is_seen(run_to_end, built):
    """With Svpbmt, and without it on the same Image."""
    debug = built("qemu_virt_debug_defconfig")
    for cpu, known in (("rv64,svpbmt=on", True), ("rv64", False)):
        result = run_to_end('test=vmalloc.past_the_caches run="audit; poweroff"',
                            image=debug.image, extra=["-cpu", cpu], limit=120)
        result.need_status(0)
        result.need(r"1 passed, 0 failed")
        result.need(r": ok, 0 errors")
        assert ("mmu: Svpbmt" in result.text) == known, cpu


def test_hart_without_mmu_is_refused_with_a_sentence(run_to_end):
    """A hart without an MMU cannot run the kernel, and must say so."""
    result = run_to_end(None, extra=["-cpu", "rv64,mmu=off"], limit=20)
    result.need(r"Tessera: this hart has no Sv\d\d translation, which the kernel needs. Stopped.\n")
    result.need_status(2)


@pytest.mark.parametrize("words", [("-bios", "none", "-kernel"), ("-bios",)])
def test_machine_mode_is_told_that_firmware_is_missing(kernel, words):
    """Without firmware the kernel says so once, on the tree's UART, and ends with a failed boot's
    status."""
    argv = ["qemu-system-riscv64", "-M", "virt", "-smp", "4", "-nographic", *words,
            str(kernel.image)]
    result = machine.run_to_end(argv, 20)
    assert result.text == ("Tessera: this is machine mode, and the kernel needs firmware below it: "
                           "start it through OpenSBI (QEMU: by -kernel, without -bios). Stopped.\n")
    result.need_status(2)


def test_elf_file_boots_as_well(run_to_end, kernel):
    """QEMU boots the ELF file as well, at the address that the file names."""
    result = run_to_end('run="audit; poweroff"', image=kernel.objdir / "tessera", limit=30)
    result.need(r"boot hart \d+, load address 0x80200000\n")
    result.need_status(0)


@pytest.mark.parametrize("load, blob, sentence, status", [
    (VIRT_RAM + 2 * MIB + 4096, VIRT_RAM + 128 * MIB,
     "Tessera: the image was loaded at an address that is not a multiple of 2 MiB", 2),
    # None: the tree lies in the image's bss
    (VIRT_RAM + 2 * MIB, None, "Tessera: the device tree lies inside the memory of the kernel image",
     2),
    # Without a tree nobody knows the device that could pass on the status.
    (VIRT_RAM + 2 * MIB, 0x500_0000, "Tessera: a trap before the MMU was on", 0),
    (VIRT_RAM + 2 * MIB, 1 << 40, r"Boot failed: the firmware gave 0x10000000000 as the device "
     r"tree's address \(a1\), where nothing answers", 0),
])
def test_stops_before_the_tree_is_read(kernel, tmp_path, load, blob, sentence, status):
    """Each stop says what is wrong and ends the machine, with status 2 where the tree can be read.
    Reads arch/riscv/mmu.c:arch_map_fdt"""
    blob = blob or load + kernel.image.stat().st_size + 4096 & ~4095
    argv = handover(tmp_path, kernel.image, blob_of(Tree.of_machine(tmp_path), tmp_path),
                    blob_pa=blob, load_pa=load)
    result = machine.run_to_end(argv, 20)
    result.need(sentence)
    result.need_status(status)
