# SPDX-License-Identifier: BSD-2-Clause
"""The table of refusals: each tree that cannot be booted, and the sentence that names the reason.

Every row is planned on the host. A row that some machine can show is booted as well, and the kernel
must say, word for word, what the plan said.
"""
import re
import struct
from typing import NamedTuple

import pytest

import plans
import trees
from machine import run_to_end
from trees import (BEGIN_NODE, END, END_NODE, GIB, MIB, NOP, PROP, VIRT_RAM, minimal,
                   minimal_banks, minimal_reserved, static_node)

KERNEL, BLOB = VIRT_RAM + 2 * MIB, VIRT_RAM + 0x0300_0000
PLACES = ("--kernel-base", hex(KERNEL), "--fdt-addr", hex(BLOB))
RAM = trees.MINIMAL_RAM
ALL = "0x80200000 - 0x[0-9a-f]+"
WHOLE = "; compile the tree anew, and see that it arrives whole"
MORE_REGIONS = (r"The device tree and boot need \d+ regions in memblock\.\w+( at most)?, which has "
                r"room for \d+ and none for 0x\w+ - 0x\w+( \(.*\))?: "
                r"raise CONFIG_MEMBLOCK_REGIONS to at least \d+")


class Row(NamedTuple):
    make: object		# a Tree, or a function of the minimal tree's blob that gives a blob
    sentence: str		# regular expression of it; for a blob, of what follows its name
    booted: bool = True		# the kernel gets the same tree, and says the same
    places: tuple = PLACES


def blob(function, sentence, **more):
    return Row(function, sentence, **more)


def word(blob_, index, value):
    """The blob with another word in its structure block."""
    words = trees.structure(blob_)
    words[index] = value
    return trees.with_structure(blob_, words)


def after_root(blob_, *words):
    """The blob with words between the end of its root node and its own end."""
    return trees.with_structure(blob_, trees.structure(blob_)[:-1] + [*words, END])


def at_cpu(blob_):
    """Index of the first property of the hart's node: the one behind its compatible string."""
    return trees.property_at(blob_, "riscv,isa")


def no_end_of_reservations(blob_):
    """The blob's list of reservations has no end: entries fill all that follows the header."""
    rest = struct.pack(">4Q", 1, 1, 1, 1)
    at = len(blob_) + -len(blob_) % 8
    return trees.with_header(blob_ + bytes(at - len(blob_)) + rest, off_mem_rsvmap=at,
                             totalsize=at + len(rest))


BLOBS = {
    "no-tree": blob(lambda b: trees.with_header(b, magic=0xdeadbeef),
                    "no device tree: the first word is 0xdeadbeef, and that of a compiled tree is "
                    "0xd00dfeed; compile the source with dtc, and see that the boot loader passes "
                    "the address of the result"),
    "source-text": blob(lambda b: b"/dts-v1/;\n/ { };\n" * 9,
                        "no device tree: the first word is 0x2f647473, .*", booted=False),
    "cut-file": blob(lambda b: b[:-100], r"the file has \d+ bytes, and its header says that the "
                     r"tree has \d+: it was cut, copy it again", booted=False),
    "empty-file": blob(lambda b: b"", "the file has 0 bytes, and the header of a device tree alone "
                       "has 40; copy it again", booted=False),
    "too-large": blob(lambda b: trees.with_header(b, totalsize=4 * MIB) + bytes(4 * MIB - len(b)),
                      r"its header says that the tree has 4194304 bytes, and at most \d+ are read; "
                      "leave room and nodes out of it"),
    "less-than-a-header": blob(lambda b: trees.with_header(b, totalsize=32),
                               "its header says that the tree has 32 bytes, and the header alone "
                               "has 40" + WHOLE),
    "version": blob(lambda b: trees.with_header(b, version=32, last_comp_version=18),
                    "it is of version 32, for readers of version 18, and versions 2 to 17 are read; "
                    "compile the tree anew with dtc -V 17"),
    "structure-outside": blob(lambda b: trees.with_header(b, size_dt_struct=0x4000_0000),
                              "its structure block, 0x40000000 bytes at offset 0x38, does not lie "
                              "within the 0x[0-9a-f]+ bytes of the tree" + WHOLE),
    "structure-misaligned": blob(lambda b: trees.with_header(b, off_dt_struct=58),
                                 "its structure block lies at offset 0x3a, which is no multiple of "
                                 "4" + WHOLE),
    "strings-outside": blob(lambda b: trees.with_header(b, off_dt_strings=0x7fff_ffff),
                            "its strings block, 0x[0-9a-f]+ bytes at offset 0x7fffffff, does not "
                            "lie within the 0x[0-9a-f]+ bytes of the tree" + WHOLE),
    "reservations-outside": blob(lambda b: trees.with_header(b, off_mem_rsvmap=8),
                                 "its reservation block, 0x0 bytes at offset 0x8, does not lie "
                                 "within .*"),
    "reservations-endless": blob(no_end_of_reservations, "its reservation block, at offset "
                                 "0x[0-9a-f]+, has no end" + WHOLE),
    "unknown-tag": blob(lambda b: word(b, at_cpu(b), 0x77),
                        "the word 0x00000077 is no tag, at offset 0x[0-9a-f]+ of its structure "
                        "block in node /cpus/cpu@0" + WHOLE),
    "property-too-long": blob(lambda b: word(b, at_cpu(b) + 1, 0x1000_0000),
                              "a property reaches beyond the block, at offset 0x[0-9a-f]+ of its "
                              "structure block in node /cpus/cpu@0" + WHOLE),
    "property-without-name": blob(lambda b: word(b, at_cpu(b) + 2, 0x1000_0000),
                                  "a property's name does not lie in the strings block, at offset "
                                  "0x[0-9a-f]+ of its structure block in node /cpus/cpu@0" + WHOLE),
    "name-without-end": blob(lambda b: trees.with_structure(b, trees.structure(b)[:-2] +
                                                            [BEGIN_NODE, 0x61616161]),
                             "the name of a node does not end, at offset 0x[0-9a-f]+ of its "
                             "structure block in node /" + WHOLE),
    "node-not-ended": blob(lambda b: trees.with_structure(b, trees.structure(b)[:-2] + [END]),
                           "the tree ends before its nodes do, at offset 0x[0-9a-f]+ of its "
                           "structure block in node /" + WHOLE),
    "no-end": blob(lambda b: trees.with_structure(b, trees.structure(b)[:-1]),
                   "the tree ends before its nodes do, at offset 0x[0-9a-f]+ of its structure block "
                   "in node /" + WHOLE),
    "two-roots": blob(lambda b: after_root(b, BEGIN_NODE, 0, END_NODE),
                      "something follows the end of the root node, at offset 0x[0-9a-f]+ of its "
                      "structure block in node /" + WHOLE),
    "property-first": blob(lambda b: trees.with_structure(b, [PROP, 0, 0] + trees.structure(b)),
                           "its structure block does not begin with the root node, which must have "
                           "nothing before it, not even a NOP" + WHOLE),
    "nop-first": blob(lambda b: trees.with_structure(b, [NOP] + trees.structure(b)),
                      "its structure block does not begin with the root node, which must have "
                      "nothing before it, not even a NOP" + WHOLE),
    "root-with-a-name": blob(lambda b: word(b, 1, 0x61000000),
                             "its root node has a name, and that of a tree has none" + WHOLE),
}

TREES = {
    "no-memory": Row(minimal(""), 'The device tree names no memory: a node with device_type = '
                     '"memory" and a reg that is not empty is needed'),
    "empty-memory": Row(minimal_banks((VIRT_RAM, 0)), "The device tree names no memory: .*"),
    "address-cells-3": Row(minimal(cells=(3, 2)), "Device tree node /: #address-cells is 3, and "
                           "memory is described in 1 or 2 cells: mend the tree"),
    "size-cells-0": Row(minimal(cells=(2, 0)), "Device tree node /: #size-cells is 0, and memory "
                        "is described in 1 or 2 cells: mend the tree"),
    "wide-cells": Row(minimal().replace(r"#size-cells = <2>", "#size-cells = <0 2>"),
                      "Device tree node /: #size-cells has 8 bytes, and a number of cells has 4: .*"),
    "kernel-outside-ram": Row(minimal_banks((VIRT_RAM + GIB, GIB)),
                              f"The kernel at {ALL} does not lie in RAM: .*: no memory node of the "
                              "device tree names RAM there; mend them, or load the kernel where "
                              "they do"),
    "less-ram-than-the-kernel": Row(minimal_banks((VIRT_RAM, 2 * MIB + 4096)),
                                    rf"The kernel at {ALL} does not lie in RAM: 2052 KiB of RAM from "
                                    r"0x80000000 on are left, and \d+ KiB are missing from "
                                    "0x80201000 on: give the machine more memory, or mend the "
                                    "memory nodes of the device tree.*"),
    "usable-range-without-kernel": Row(
        minimal().chosen(f"linux,usable-memory-range = {trees.reg((VIRT_RAM + 64 * MIB, MIB))};"),
        f"The kernel at {ALL} does not lie in RAM: .*linux,usable-memory-range.*"),
    "mem-without-kernel": Row(minimal().chosen('bootargs = "mem=1M";'),
                              f"The kernel at {ALL} does not lie in RAM: .*mem=.*"),
    "reserved-over-all-ram": Row(minimal_reserved(static_node("all", 0, 2**64 - 1)),
                                 "No room for the .*: all 262144 KiB of RAM are reserved: .*"),
    "no-map-over-all-ram": Row(minimal_reserved(static_node("all", *RAM, "no-map;")),
                               "No room for the .*: all 262144 KiB of RAM are reserved: .*"),
    "banks": Row(minimal_banks(RAM, *((VIRT_RAM + GIB + i * 4 * MIB, MIB) for i in range(199))),
                 MORE_REGIONS, booted=False),
    "reserved-regions": Row(minimal_reserved(*(static_node(f"r{i}", VIRT_RAM + 64 * MIB + i * 8192,
                                                           4096) for i in range(300))),
                            MORE_REGIONS),
    "memreserves": Row(minimal().memreserve(*((VIRT_RAM + 64 * MIB + i * 16384, 99)
                                              for i in range(300))), MORE_REGIONS, booted=False),
    # The next rows cannot be shown on a machine whose RAM lies at 2 GiB.
    "far-ram": Row(minimal_banks((1 << 44, GIB)), "The kernel at .* no CONFIG_MAX_PHYSMEM_BITS "
                   "reaches that far; load the kernel below 16 TiB", booted=False, places=()),
    "ram-beyond-the-option": Row(
        minimal_banks((1 << 43, GIB)), r"The kernel at .*raise CONFIG_MAX_PHYSMEM_BITS from \d+",
        booted=False, places=()),
    # arch/host/mmu.c:arch_map_fdt
    "tree-in-the-image": Row(minimal(), "the device tree lies inside the memory of the kernel image "
                             r"\(which includes its bss\); load it elsewhere.", booted=False,
                             places=("--kernel-base", hex(KERNEL), "--fdt-addr", hex(KERNEL + 64))),
}

# The plan chooses the hart that boots; the kernel runs on the hart that the sentence is about.
HARTS = {
    "no-mmu": ("", "it has no MMU"),
    "mmu-none": ('mmu-type = "riscv,none";', "it has no MMU"),
    "32-bits": ('mmu-type = "riscv,sv32";', r"its MMU lacks Sv\d\d"),
    "disabled": ('mmu-type = "riscv,sv39"; status = "disabled";', "its status is not okay"),
}


@pytest.fixture(scope="session")
def program(kernel):
    return plans.make(kernel.objdir)


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """A sound blob, which the rows of BLOBS change."""
    return minimal().compile(tmp_path_factory.mktemp("good") / "good.dtb").read_bytes()


def must_say(wanted, sentence):
    assert re.fullmatch(wanted, sentence), sentence
    assert "FDT_ERR" not in sentence


def check(row, sentence, name, boots):
    """The host's sentence and the kernel's are equal, but for their name for the tree."""
    wanted = f"{re.escape(str(name))}: {row.sentence}" if name else row.sentence
    must_say(wanted, sentence)
    if not row.booted:
        return
    said = boots().need(r"Boot failed: (.*)")[1]
    if name:
        assert said == sentence.replace(str(name), f"device tree at {BLOB:#x}", 1)
    else:
        assert said == sentence


@pytest.fixture
def boots(kernel, tmp_path):
    """boots(blob): the result of a machine whose kernel gets these bytes."""
    def run(data):
        return run_to_end(trees.handover(tmp_path, kernel.image, data, blob_pa=BLOB, mem="2G",
                                         load_pa=KERNEL), limit=20)
    return run


@pytest.mark.parametrize("name", BLOBS)
def test_blob_is_refused_for_its_reason(program, good, boots, tmp_path, name):
    row, path = BLOBS[name], tmp_path / "t.dtb"
    plans.sound(program, "--dtb", save(path, good), *PLACES)
    save(path, row.make(good))
    check(row, plans.refused(program, "--dtb", path, *row.places), path,
          lambda: boots(path.read_bytes()))


def save(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", TREES)
def test_tree_is_refused_for_its_reason(program, kernel, boots, tmp_path, name):
    row = TREES[name]
    if row.sentence == MORE_REGIONS and kernel.config["MEMBLOCK_REGIONS"] > 320:
        pytest.skip("this configuration has room for them")
    path = row.make.compile(tmp_path / "t.dtb")
    check(row, plans.refused(program, "--dtb", path, *row.places), None,
          lambda: boots(path.read_bytes()))


@pytest.mark.parametrize("name", ["no-memory", "address-cells-3", "empty-memory"])
def test_tree_is_refused_without_places_as_well(program, tmp_path, name):
    """The tree says nothing by which the program could choose places."""
    path = TREES[name].make.compile(tmp_path / "t.dtb")
    must_say(TREES[name].sentence, plans.refused(program, "--dtb", path))


@pytest.mark.parametrize("name", HARTS)
def test_harts_that_cannot_are_named(program, tmp_path, name):
    cpu, why = HARTS[name]
    path = minimal(cpu=cpu).compile(tmp_path / "t.dtb")
    must_say(rf"{re.escape(str(path))}: no hart of the tree can run this kernel \(hart 0: {why}\): "
             "mend /cpus, or say with --boot-hart which one boots",
             plans.refused(program, "--dtb", path))
    plans.sound(program, "--dtb", path, "--boot-hart", 0)


def test_a_blob_that_is_cut_anywhere(program, tmp_path):
    """The sentence is the same for every length."""
    whole = minimal_reserved(static_node("r", VIRT_RAM + 64 * MIB, MIB)).compile(
        tmp_path / "whole.dtb").read_bytes()
    for length in [*range(0, 64, 7), *range(64, len(whole), 97), len(whole) - 1]:
        sentence = plans.refused(program, "--dtb", save(tmp_path / "cut.dtb", whole[:length]),
                                 *PLACES)
        assert re.search(rf"the file has {length} bytes, .*copy it again", sentence), sentence


def test_files_that_cannot_be_read(program, tmp_path):
    for path, why in ((tmp_path / "missing.dtb", "No such file or directory"),
                      (tmp_path, "Is a directory")):
        assert plans.refused(program, "--dtb", path) == f"{path}: {why}"


# --- what looks wrong and is not -------------------------------------------------------------

def test_nops_may_stand_anywhere_below_the_root(program, good, boots, start, kernel, tmp_path):
    """NOPs may also stand between the root's end and the tree's, where libfdt's own check refuses
    them."""
    words = trees.structure(good)
    at = at_cpu(good)
    full = after_root(trees.with_structure(good, words[:at] + [NOP, NOP] + words[at:]), NOP, NOP)
    path = save(tmp_path / "t.dtb", full)
    said = plans.run(program, "--format", "json", "--dtb", path, *PLACES)
    assert said[0] == plans.SOUND, said
    m = start(trees.handover(tmp_path, kernel.image, full, blob_pa=BLOB, mem="2G",
                             load_pa=KERNEL)).shell()
    assert m.run("plan") == said[1]


# A guess of the program would put the tree into the image, or the kernel where there is no room.
SMALL = {
    "8 MiB": ((VIRT_RAM, 8 * MIB),),
    "5 MiB": ((VIRT_RAM, 5 * MIB),),
    "3 MiB": ((VIRT_RAM, 3 * MIB),),
    "8 MiB, odd": ((VIRT_RAM + MIB, 8 * MIB),),
    "small bank at 0": ((0, 64 << 10), RAM),
    "small bank at 0, named last": (RAM, (0, 64 << 10)),
    "2 MiB at 0": ((0, 2 * MIB), RAM),
    "bank in two pieces": ((VIRT_RAM, 3 * MIB), (VIRT_RAM + 3 * MIB, 5 * MIB)),
}


@pytest.mark.parametrize("name", SMALL)
def test_places_are_found_in_small_ram(program, tmp_path, name):
    plan = plans.sound(program, "--dtb", minimal_banks(*SMALL[name]).compile(tmp_path / "t.dtb"))
    # (place, size) of the image's first part and of the tree
    (image, _), (tree, size) = [next((int(r["base"], 0), r["size"]) for r in plan["reserved"]
                                     if r["owner"] == owner)
                                for owner in ("kernel image", "device tree")]
    assert image % (2 * MIB) == 0 and image >= VIRT_RAM
    assert any(base <= tree and tree + size <= base + length for base, length in SMALL[name]
               if length > 2 * MIB)
