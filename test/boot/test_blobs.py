# SPDX-License-Identifier: BSD-2-Clause
"""The blob, the Image and the RAM disk: at any address, whole and damaged."""
import re
import struct

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


def begun_with(blob, *words):
    """The blob with these words before its root node: its structure stands anew at its end."""
    at, size = struct.unpack_from(">I", blob, 8)[0], struct.unpack_from(">I", blob, 36)[0]
    whole = blob + bytes(-len(blob) % 4)
    structure = struct.pack(f">{len(words)}I", *words) + blob[at:at + size]
    header = bytearray(whole[:40])
    struct.pack_into(">I", header, 4, len(whole) + len(structure))
    struct.pack_into(">I", header, 8, len(whole))
    struct.pack_into(">I", header, 36, len(structure))
    return bytes(header) + whole[40:] + structure


def damaged(blob):
    """(what is wrong, bytes) for each way in which a blob can be no tree."""
    def word(at, value):
        return blob[:at] + struct.pack(">I", value) + blob[at + 4:]
    total = struct.unpack_from(">I", blob, 4)[0]
    struct_at = struct.unpack_from(">I", blob, 8)[0]
    yield "magic", word(0, 0xdeadbeef)
    yield "zeroes", bytes(4096)
    yield "totalsize-small", word(4, 32)
    yield "totalsize-huge", word(4, 0xffff_fff0)
    yield "totalsize-cut", word(4, total // 2)
    yield "struct-outside", word(8, total + 64)
    yield "struct-unaligned", word(8, struct_at + 2)
    yield "strings-outside", word(12, 0x7fff_ffff)
    yield "version-old", word(20, 3)
    yield "token", word(struct_at + 8, 0x77)
    yield "no-end", blob[:struct_at + 64] + bytes(len(blob) - struct_at - 64)
    yield "nop-first", begun_with(blob, 4)
    yield "property-first", begun_with(blob, 3, 0, 0)
    yield "text", b"this is no device tree" * 200


DAMAGES = ("magic zeroes totalsize-small totalsize-huge totalsize-cut struct-outside "
           "struct-unaligned strings-outside version-old token no-end nop-first property-first "
           "text").split()


def refused(result, word):
    """One sentence and the end of the machine. Its exit code may be that of a plain power-off:
    without a tree nobody knows the device that could give another one."""
    assert "Call Trace" not in result.text
    sentence = result.need(r"Boot failed: (.*)")[1]
    assert word in sentence, sentence


@pytest.mark.parametrize("what", DAMAGES)
def test_damaged_blob_is_refused_with_a_sentence(kernel, tree, tmp_path, what):
    blob = dict(damaged(blob_of(tree, tmp_path)))[what]
    refused(run_to_end(handover(tmp_path, kernel.image, blob), limit=20), "device tree")


@pytest.mark.parametrize("pa", [0, VIRT_RAM + 0x0800_0004, 0x40_0000_0000])
def test_blob_address_that_cannot_be(kernel, tree, tmp_path, pa):
    """Null, unaligned (arch/riscv/mmu.c:arch_map_fdt), or where there is no memory: a sentence,
    no silence."""
    argv = handover(tmp_path, kernel.image, blob_of(tree, tmp_path), blob_pa=pa)
    if pa != VIRT_RAM + 0x0800_0004:
        # Nothing can be loaded there: take the loader of the blob out.
        at = next(i for i, word in enumerate(argv) if "handed.dtb" in word)
        argv = argv[:at - 1] + argv[at + 1:]
    # Before the tables are up there may be nobody to stop the machine: words are enough.
    result = run_to_end(argv, limit=5, may_hang=True)
    result.need(r"(?:Boot failed|Tessera): .*device tree|Unhandled trap: load access fault")


def test_tree_without_memory_is_refused(kernel, tree, tmp_path):
    result = run_to_end(handover(tmp_path, kernel.image,
                                 blob_of(tree.no_memory(), tmp_path)))
    result.need_failure()
    result.need(r"(?i)memory")


def test_tree_whose_memory_misses_the_kernel_is_refused(kernel, tree, tmp_path):
    """The bank the kernel runs in must be in the tree."""
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
