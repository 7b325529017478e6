# SPDX-License-Identifier: BSD-2-Clause
"""The tree's blob, the Image and the RAM disk at any address, whole and damaged."""
import re

import pytest

import checks
import trees
from machine import qemu, run_to_end
from trees import MIB, VIRT_RAM, blob_of, handover


def test_initrd_is_kept(boot, tmp_path):
    data = tmp_path / "initrd"
    data.write_bytes(b"tessera" * 100_000)
    m = boot(initrd=data)
    base, size = checks.reservation(m, "initrd")
    assert size >= 700_000
    checks.audit(m, 512 * MIB)


@pytest.mark.parametrize("width", [1, 2])
def test_initrd_addresses_of_either_width(hand_over, tree, tmp_path, width):
    start, end = VIRT_RAM + 200 * MIB, VIRT_RAM + 203 * MIB
    write = (lambda pa: f"{pa:#x}") if width == 1 else trees.cells
    tree.chosen(f"linux,initrd-start = <{write(start)}>; linux,initrd-end = <{write(end)}>;")
    m = hand_over(blob_of(tree, tmp_path))
    assert checks.reservation(m, "initrd") == (start, 3 * MIB)


@pytest.mark.parametrize("first,last", [(200, 100), (600, 700)])
def test_initrd_that_cannot_be_is_reported(hand_over, tree, tmp_path, first, last):
    tree.chosen(f"linux,initrd-start = <{trees.cells(VIRT_RAM + first * MIB)}>; "
                f"linux,initrd-end = <{trees.cells(VIRT_RAM + last * MIB)}>;")
    m = hand_over(blob_of(tree, tmp_path))
    assert re.search(r"(?i)initrd", m.boot_log)
    checks.audit(m, 512 * MIB)


# --- the blob itself -----------------------------------------------------------------------

@pytest.mark.parametrize("blob_pa", [VIRT_RAM + 0x0800_0000, VIRT_RAM + 0x083f_fff8,
                                     VIRT_RAM + 0x0800_1238, VIRT_RAM + 0x1ff0_0000])
def test_blob_at_any_address(hand_over, tree, tmp_path, blob_pa):
    m = hand_over(blob_of(tree, tmp_path), blob_pa=blob_pa)
    facts = checks.boot_facts(m.boot_log)
    assert facts.fdt_pa == blob_pa
    checks.audit(m, 512 * MIB)


def test_blob_that_spans_more_than_2_mib_pages(hand_over, tree, tmp_path):
    m = hand_over(blob_of(tree, tmp_path, pad=900_000), blob_pa=VIRT_RAM + 0x083f_0000)
    assert checks.boot_facts(m.boot_log).fdt_bytes > 900_000
    checks.audit(m, 512 * MIB)


@pytest.mark.parametrize("load_pa", [VIRT_RAM + 0x20_0000, VIRT_RAM + 0x40_0000,
                                     VIRT_RAM + 0x1800_0000, VIRT_RAM + 0x1e0_0000])
def test_image_at_any_2_mib_address(hand_over, tree, tmp_path, load_pa):
    m = hand_over(blob_of(tree, tmp_path), load_pa=load_pa)
    assert checks.boot_facts(m.boot_log).load_pa == load_pa
    checks.Memory(m).check()
    checks.audit(m, 512 * MIB)


@pytest.mark.parametrize("pa", [0, VIRT_RAM + 0x0800_0004, 0x40_0000_0000])
def test_blob_address_that_cannot_be(kernel, tree, tmp_path, pa):
    """The address is null, is not aligned (arch/riscv/mmu.c:arch_map_fdt), or has no memory: boot
    says so."""
    argv = handover(tmp_path, kernel.image, blob_of(tree, tmp_path), blob_pa=pa)
    if pa != VIRT_RAM + 0x0800_0004:
        # QEMU can load nothing at that address, so that its loader of the blob is taken out.
        at = next(i for i, word in enumerate(argv) if "handed.dtb" in word)
        argv = argv[:at - 1] + argv[at + 1:]
    # Before the page tables are on there may be no way to end the machine: the sentence is enough.
    result = run_to_end(argv, limit=5, may_hang=True)
    result.need(r"(?:Boot failed|Tessera): .*device tree")


def test_tree_without_memory_is_refused(kernel, tree, tmp_path):
    result = run_to_end(handover(tmp_path, kernel.image,
                                 blob_of(tree.no_memory(), tmp_path)))
    result.need_failure()
    result.need(r"(?i)memory")


def test_tree_whose_memory_misses_the_kernel_is_refused(kernel, tree, tmp_path):
    """The tree must name the bank that the kernel runs in."""
    tree.banks((VIRT_RAM + 256 * MIB, 256 * MIB))
    result = run_to_end(handover(tmp_path, kernel.image, blob_of(tree, tmp_path)))
    result.need_failure()
    result.need(r"(?i)kernel|image")


def test_tree_without_cpus_or_chosen_still_boots(hand_over, tree, tmp_path):
    tree.replace(r"\tchosen \{.*?\n\t\};", "")
    m = hand_over(blob_of(tree, tmp_path))
    checks.Memory(m).check()


def test_boot_log_says_where_the_tree_lies(kernel, tmp_path):
    result = run_to_end(qemu("virt", kernel.image, append='run="poweroff"'))
    pa, size = (int(text, 0) for text in result.need(r"fdt: (0x[0-9a-f]+), (\d+) bytes").groups())
    assert pa == VIRT_RAM + 510 * MIB and size > 1000
