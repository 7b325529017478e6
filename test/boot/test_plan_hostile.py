# SPDX-License-Identifier: BSD-2-Clause
"""Device trees that nobody would write, each with a sound plan that names what is wrong.

Each tree is planned on the host. A few are booted as well, and the kernel must say the same. Trees
without a plan are in test_refusals.
"""
import re

import pytest

import plans
import trees
from trees import GIB, MIB, VIRT_RAM, dynamic_node, reg, static_node

KERNEL, BLOB = VIRT_RAM + 2 * MIB, VIRT_RAM + 0x0300_0000
TOP = 0xffff_ffff_fff0_0000
RAM = trees.MINIMAL_RAM
source, banks, reserved = trees.minimal, trees.minimal_banks, trees.minimal_reserved


def many(count, size=4096, step=8192):
    return [static_node(f"r{i}", VIRT_RAM + 64 * MIB + i * step, size) for i in range(count)]


def nested(depth):
    return source(root="\n".join(f"n{i} {{" for i in range(depth)) + "};" * depth)


# name: (tree, kinds of conflict that the plan must have besides the firmware's)
SOUND = {
    "100-banks": (lambda: banks(RAM, *((VIRT_RAM + GIB + i * 4 * MIB, MIB) for i in range(99))),
                  set()),
    "300-times-the-same-region": (lambda: reserved(*(static_node(f"r{i}", VIRT_RAM + 96 * MIB, MIB)
                                                     for i in range(300))),
                                  {"duplicate", "unlisted"}),
    "bank-size-wraps": (lambda: banks((VIRT_RAM, 2**64 - 1)), {"wrap", "ignored"}),
    "bank-at-the-end-wraps": (lambda: banks(RAM, (TOP, 2 * MIB)), {"wrap", "ignored"}),
    "reservation-wraps": (lambda: reserved(static_node("r", VIRT_RAM + 255 * MIB, 2**64 - 1)),
                          {"wrap", "outside-ram"}),
    "memreserve-wraps": (lambda: source().memreserve((TOP, 2**64 - 1)), {"wrap", "outside-ram"}),
    "no-map-over-the-kernel": (lambda: reserved(static_node("r", KERNEL - MIB, 16 * MIB,
                                                            "no-map;")), {"nesting"}),
    "reserved-into-the-kernel": (lambda: reserved(static_node("r", KERNEL + 8192, 16 * MIB)),
                                 {"overlap"}),
    "reserved-over-the-tree": (lambda: reserved(static_node("r", BLOB - MIB, 4 * MIB)),
                               {"nesting"}),
    "overlapping-banks": (lambda: source('memory@80000000 { device_type = "memory"; reg = ' +
                                         reg(RAM, (VIRT_RAM + 128 * MIB, 256 * MIB), RAM) + "; };"),
                          {"overlap", "duplicate"}),
    "initrd-over-the-kernel": (lambda: source().chosen(
        f"linux,initrd-start = <{trees.cells(KERNEL)}>;"
        f"linux,initrd-end = <{trees.cells(KERNEL + MIB)}>;"), {"initrd-disabled"}),
    "dynamic-larger-than-ram": (lambda: reserved(dynamic_node("giant", 1 << 40),
                                                 dynamic_node("zero", 0)), {"no-place"}),
    "unit-address": (lambda: source(f'memory@0 {{ device_type = "memory"; reg = {reg(RAM)}; }};'),
                     {"unit-address"}),
    "partial-frames": (lambda: banks(RAM, (VIRT_RAM + GIB + 0x123, 0x4567)), {"misaligned"}),
    "1000-nested-nodes": (lambda: nested(1000), set()),
}

# These trees fit where more regions are configured; test_refusals has the sentence.
CROWDED = {
    "200-banks": lambda: banks(RAM, *((VIRT_RAM + GIB + i * 4 * MIB, MIB) for i in range(199))),
    "300-reserved-regions": lambda: reserved(*many(300)),
    "300-memreserves": lambda: source().memreserve(*((VIRT_RAM + 64 * MIB + i * 16384, 99)
                                                     for i in range(300))),
}

# The program is told the places: for a tree whose RAM lies elsewhere it would choose others.
PLACES = ("--kernel-base", hex(KERNEL), "--fdt-addr", hex(BLOB))


@pytest.fixture(scope="session")
def program(kernel):
    return plans.make(kernel.objdir)


def check_whole(plan, kernel):
    """Checks what every plan promises, whatever its tree."""
    assert list(plan)[-3:] == ["conflicts", "firmware", "digest"]
    for key in ("memory", "reserved"):
        end = 0
        for region in plan[key]:
            assert int(region["base"], 0) >= end and region["size"] > 0, region
            end = int(region["base"], 0) + region["size"]
    ram = sum(region["size"] for region in plan["memory"])
    assert sum(node["present"] for node in plan["nodes"]) * 4096 == ram
    image = [r for r in plan["reserved"] if r["owner"] == "kernel image"]
    assert int(image[0]["base"], 0) == KERNEL
    for row in plan["conflicts"]:
        assert list(row) == ["kind", "a", "b", "resolution"] and all(row.values()), row
    assert len(plan["conflicts"]) <= 64


@pytest.mark.parametrize("name", SOUND)
def test_plan_is_sound_and_names_the_conflict(program, kernel, tmp_path, name):
    make, wanted = SOUND[name]
    plan = plans.sound(program, "--dtb", make().compile(tmp_path / "t.dtb"), *PLACES)
    check_whole(plan, kernel)
    found = set(plans.kinds(plan)) - {"firmware-assumed"}
    assert found == wanted, plan["conflicts"]


@pytest.mark.parametrize("name", ["1000-nested-nodes", "300-times-the-same-region"])
def test_plan_takes_no_time(program, tmp_path, name):
    """Ten plans take no longer than the limit for one."""
    blob = SOUND[name][0]().compile(tmp_path / "t.dtb")
    for _ in range(10):
        plans.sound(program, "--dtb", blob, *PLACES)


@pytest.mark.long
def test_many_banks_and_regions_fit_where_so_configured(built, tmp_path):
    kernel = built("qemu_virt_max_defconfig")
    program = plans.make(kernel.objdir)
    for make in CROWDED.values():
        plan = plans.sound(program, "--dtb", make().compile(tmp_path / "t.dtb"), *PLACES)
        check_whole(plan, kernel)
        assert not set(plans.kinds(plan)) - {"firmware-assumed"}


# --- the kernel says the same ----------------------------------------------------------------

def sentences(log):
    return re.findall(r"(?m)^(?:\[[^]]*\] )?memory map: (.*)$", log)


def check_sentences(plan, log):
    """Each conflict of the plan is a line of the log in the same words, and the log has no
    others."""
    lines = sentences(log)
    assert len(lines) == len(plan["conflicts"]), lines
    for row, line in zip(plan["conflicts"], lines, strict=True):
        assert line.startswith(row["a"] + " ") and line.endswith(": " + row["resolution"]), line
        assert f" {row['b']}: " in line, line


BOOTED = ["bank-at-the-end-wraps", "no-map-over-the-kernel", "reserved-over-the-tree",
          "overlapping-banks", "initrd-over-the-kernel", "dynamic-larger-than-ram",
          "partial-frames", "1000-nested-nodes"]


@pytest.mark.parametrize("name", BOOTED)
def test_kernel_tells_the_same_conflicts(program, kernel, start, tmp_path, name):
    """proves CF2"""
    tree = SOUND[name][0]()
    blob = tree.compile(tmp_path / "t.dtb")
    plan = plans.sound(program, "--dtb", blob, *PLACES)
    m = start(trees.handover(tmp_path, kernel.image, blob.read_bytes(), blob_pa=BLOB,
                             mem="2G", load_pa=KERNEL)).shell()
    assert m.run("plan") == plans.run(program, "--format", "json", "--dtb", blob, *PLACES)[1]
    check_sentences(plan, m.boot_log)


def test_conflicts_of_a_tree_that_the_firmware_passes_on(boot_tree, tree):
    """Boots in the usual way: -dtb, through the firmware."""
    at = VIRT_RAM + 100 * MIB
    tree.banks((VIRT_RAM, 512 * MIB)).memreserve((at, MIB))
    tree.reserved(static_node("first", at, 8 * MIB), static_node("second", at + 4 * MIB, 8 * MIB))
    m = boot_tree(tree)
    lines = sentences(m.boot_log)
    assert f"first@{at:x} ({at:#x}-{at + 8 * MIB - 1:#x}) overlaps with second@{at + 4 * MIB:x} " \
        f"({at + 4 * MIB:#x}-{at + 12 * MIB - 1:#x}): the first keeps the common part" in lines
    assert any(line.startswith("first@") and " holds /memreserve/ (" in line for line in lines)
    assert re.search(r"OF: reserved mem: OVERLAP DETECTED!\n.*second@\S+ \(0x[0-9a-f]{16}--", m.boot_log)
