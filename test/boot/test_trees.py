# SPDX-License-Identifier: BSD-2-Clause
"""Device trees of every legal shape: banks, reservations, cells, nodes."""
import re

import pytest

import checks
import trees
from trees import MIB, VIRT_RAM, Tree, blob_of, dynamic_node, handover, static_node

HOLE_BANKS = ((VIRT_RAM, 256 * MIB), (VIRT_RAM + 768 * MIB, 256 * MIB))


# --- banks ---------------------------------------------------------------------------------

def test_two_banks_with_a_hole(boot_tree, tree, kernel):
    m = boot_tree(tree.banks(*HOLE_BANKS), mem="1G")
    memory = checks.Memory(m).check()
    assert memory.present == 512 * MIB
    assert sum(zone.spanned for zone in memory.zones.values()) * checks.PAGE >= 512 * MIB
    checks.audit(m, 512 * MIB)
    if not kernel.config.get("FLATMEM"):
        expect_sections(m, kernel, HOLE_BANKS)
    m.poweroff().need_status(0)


def expect_sections(m, kernel, banks):
    """There must be sections for the banks alone, and descriptors for their frames alone."""
    bits = kernel.config["SECTION_SIZE_BITS"]
    wanted = {nr for base, size in banks
              for nr in range(base >> bits, (base + size - 1 >> bits) + 1)}
    found = checks.sections(m)
    assert set(found) == wanted
    ram = sum(size for _, size in banks)
    assert sum(section.pages for section in found.values()) * checks.PAGE == ram
    # A frame of 4096 bytes takes 16; the ragged end of a bank may add a page of descriptors.
    memmap = sum(section.memmap_kb for section in found.values())
    assert memmap <= ram // 256 // 1024 + 8 * len(banks)


def test_banks_in_one_node_or_in_two(boot_tree, tree):
    second = HOLE_BANKS[1]
    tree.banks(HOLE_BANKS[0])
    tree.add(f'memory@{second[0]:x} {{ device_type = "memory"; reg = {trees.reg(second)}; }};')
    m = boot_tree(tree, mem="1G")
    assert checks.Memory(m).check().present == 512 * MIB
    checks.audit(m, 512 * MIB)


def test_banks_above_and_below_4_gib(boot_tree, tree, kernel):
    banks = ((VIRT_RAM, 512 * MIB), (VIRT_RAM + (4 << 30), 1 << 30))
    m = boot_tree(tree.banks(*banks), mem="8G")
    memory = checks.Memory(m).check()
    zones = {zone.name: zone.present * checks.PAGE for zone in memory.zones.values()}
    if kernel.config.get("ZONE_DMA32"):
        assert (zones["DMA32"], zones["Normal"]) == (banks[0][1], banks[1][1])
    checks.audit(m, banks[0][1] + banks[1][1])


def test_bank_ends_that_are_no_page_boundaries(boot_tree, tree):
    """A part of a page is left out, and nothing outside the bank is touched."""
    m = boot_tree(tree.banks((VIRT_RAM, 256 * MIB + 0x800),
                             (VIRT_RAM + 300 * MIB + 0x400, 100 * MIB)), mem="1G")
    memory = checks.Memory(m).check()
    assert memory.present == 256 * MIB + 100 * MIB - checks.PAGE
    checks.audit(m, memory.present)


def test_small_banks_that_share_a_section(boot_tree, tree):
    banks = [(VIRT_RAM, 64 * MIB)] + [(VIRT_RAM + at * MIB, 3 * MIB) for at in
                                      (70, 80, 90, 100, 130)]
    m = boot_tree(tree.banks(*banks), mem="512M")
    assert checks.Memory(m).check().present == (64 + 15) * MIB
    checks.audit(m, (64 + 15) * MIB)


def test_overlapping_banks_count_once(boot_tree, tree):
    m = boot_tree(tree.banks((VIRT_RAM, 256 * MIB), (VIRT_RAM + 128 * MIB, 256 * MIB)),
                  mem="1G")
    assert checks.Memory(m).check().present == 384 * MIB
    assert checks.firmware_map(m)[1] == {"used": 384 * MIB}
    checks.audit(m, 384 * MIB)


def test_empty_banks_and_disabled_nodes_are_skipped(boot_tree, tree):
    tree.banks((VIRT_RAM, 512 * MIB), (0x1_0000_0000, 0))
    tree.add('memory@c0000000 { device_type = "memory"; status = "disabled"; '
             f"reg = {trees.reg((0xc000_0000, 256 * MIB))}; }};")
    m = boot_tree(tree, mem="512M")
    assert checks.Memory(m).check().present == 512 * MIB


def test_linux_usable_memory_replaces_reg(hand_over, tree, tmp_path):
    tree.banks((VIRT_RAM, 512 * MIB),
               extra=f"linux,usable-memory = {trees.reg((VIRT_RAM, 200 * MIB))};")
    m = hand_over(blob_of(tree, tmp_path))
    assert checks.Memory(m).check().present == 200 * MIB


def test_linux_usable_memory_range_caps_ram(hand_over, tree, tmp_path):
    """A kernel runs after a crash; the crashed kernel's header lies in its RAM."""
    header = VIRT_RAM + 80 * MIB
    tree.chosen(f"linux,usable-memory-range = {trees.reg((VIRT_RAM, 160 * MIB))};"
                f"linux,elfcorehdr = {trees.reg((header, 0x3000))};")
    m = hand_over(blob_of(tree, tmp_path))
    assert checks.Memory(m).check().present == 160 * MIB
    assert checks.reservation(m, "elfcorehdr") == (header, 0x3000)
    lines, parts = checks.firmware_map(m)
    assert (VIRT_RAM, VIRT_RAM + 160 * MIB, "usable", "/chosen linux,usable-memory-range") in lines
    assert (header, header + 0x3000, "elfcorehdr", "/chosen linux,elfcorehdr") in lines
    assert parts == {"used": 160 * MIB, "outside linux,usable-memory-range": 352 * MIB}
    assert checks.owners(m)["elfcorehdr"] == 3


def test_bank_that_wraps_the_address_space_is_cut(hand_over, tree, tmp_path):
    tree.banks((VIRT_RAM, 512 * MIB), (0xffff_ffff_fff0_0000, 0x20_0000))
    m = hand_over(blob_of(tree, tmp_path))
    assert checks.Memory(m).check().present == 512 * MIB
    assert re.search(r"0xfffffffffff00000|(?i:left out|ignor|drop|beyond|above)", m.boot_log)


def test_bank_above_max_physmem_is_left_out_with_a_line(hand_over, tree, tmp_path, kernel):
    far = 1 << kernel.config["MAX_PHYSMEM_BITS"]
    tree.banks((VIRT_RAM, 512 * MIB), (far, 1 << 30))
    m = hand_over(blob_of(tree, tmp_path))
    assert checks.Memory(m).check().present == 512 * MIB
    assert "MAX_PHYSMEM_BITS" in m.boot_log or f"{far:x}" in m.boot_log


# --- RAM that is not there ----------------------------------------------------------------

LIES = {
    # name: banks for a machine with 128 MiB, and the sentence
    "bank_too_long": (((VIRT_RAM, 256 * MIB),),
                      "/memory@80000000 of the device tree claims RAM at 0x80000000 - 0x90000000, "
                      "and none answers from 0x88000000 on"),
    "bank_by_a_page": (((VIRT_RAM, 128 * MIB + 4096),),
                       "/memory@80000000 of the device tree claims RAM at 0x80000000 - "
                       "0x88001000, and none answers from 0x88000000 on"),
    "second_bank_missing": (((VIRT_RAM, 128 * MIB), (0x1_0000_0000, 64 * MIB)),
                            "/memory@80000000 of the device tree claims RAM at 0x100000000 - "
                            "0x104000000, and none answers from 0x100000000 on"),
}


@pytest.mark.parametrize("lie", LIES)
def test_ram_that_the_machine_lacks(tree, tmp_path, run_to_end, lie):
    """Boot stops with one sentence, and with the status of a boot that cannot go on."""
    banks, sentence = LIES[lie]
    tree.banks(*banks)
    result = run_to_end("run=poweroff", mem="128M", dtb=tree.compile(tmp_path / "lie.dtb"))
    result.need_status(2)
    result.need(rf"Boot failed: {sentence}: correct the node's reg, or boot with mem=128M\n")
    assert "Unhandled trap" not in result.text


def test_ram_that_the_machine_lacks_is_named_by_a_trap(tree, tmp_path, run_to_end):
    """With the mem= of the sentence the machine boots, and the trap of an access beyond names the
    node."""
    tree.banks((VIRT_RAM, 256 * MIB))
    result = run_to_end("mem=128M test=crimes.touch_nothing", mem="128M",
                        dtb=tree.compile(tmp_path / "lie.dtb"))
    result.need_failure()
    result.need(r"load access fault")
    result.need(r"Nothing answers at physical 0x8c000000, or the firmware keeps it to itself; the "
                r"device tree claims RAM there in /memory@80000000\n")


# --- reservations --------------------------------------------------------------------------

def test_static_reservations(boot_tree, tree):
    tree.reserved(static_node("plain", VIRT_RAM + 100 * MIB, 8 * MIB),
                  static_node("hidden", VIRT_RAM + 120 * MIB, 4 * MIB, "no-map;"),
                  static_node("pool", VIRT_RAM + 130 * MIB, 16 * MIB,
                              'compatible = "shared-dma-pool"; reusable;'))
    m = boot_tree(tree)
    assert checks.is_reserved(m, VIRT_RAM + 100 * MIB, 8 * MIB)
    memory = checks.Memory(m).check()
    for row in memory.iomem:
        if row.name == "System RAM":
            assert not row.start <= VIRT_RAM + 120 * MIB <= row.end, "no-map memory in use"
    assert checks.reservation(m, "plain") == (VIRT_RAM + 100 * MIB, 8 * MIB)
    assert checks.reservation(m, "hidden") == (VIRT_RAM + 120 * MIB, 4 * MIB)
    checks.audit(m, 512 * MIB)


def test_reservation_bytes_are_not_pages(boot_tree, tree):
    """A reservation of a few bytes reserves whole pages."""
    base = VIRT_RAM + 100 * MIB
    tree.reserved(static_node("odd", base + 0x123, 0x1001))
    m = boot_tree(tree)
    assert checks.is_reserved(m, base + 0x123, 0x1001)
    checks.audit(m, 512 * MIB)


def test_dynamic_reservations(boot_tree, tree):
    low, high = VIRT_RAM + 64 * MIB, VIRT_RAM + 128 * MIB
    tree.reserved(dynamic_node("wandering", 4 * MIB, align=4 * MIB),
                  dynamic_node("confined", 8 * MIB, align=2 * MIB, ranges=((low, high - low),)))
    m = boot_tree(tree)
    base, size = checks.reservation(m, "wandering")
    assert size == 4 * MIB and base % (4 * MIB) == 0
    base, size = checks.reservation(m, "confined")
    assert size == 8 * MIB and low <= base and base + size <= high
    checks.audit(m, 512 * MIB)


def test_dynamic_reservation_that_does_not_fit_is_reported(boot_tree, tree):
    tree.reserved(dynamic_node("giant", 4096 * MIB))
    m = boot_tree(tree)
    assert re.search(r"giant", m.boot_log)
    checks.audit(m, 512 * MIB)


def test_overlapping_reservations_are_kept_and_reported(boot_tree, tree):
    base = VIRT_RAM + 100 * MIB
    tree.reserved(static_node("first", base, 8 * MIB), static_node("second", base + 4 * MIB,
                                                                   8 * MIB))
    m = boot_tree(tree)
    assert checks.is_reserved(m, base, 4 * MIB) and checks.is_reserved(m, base + 8 * MIB, 4 * MIB)
    assert re.search(r"(?i)overlap", m.boot_log)
    checks.audit(m, 512 * MIB)


def test_memreserve_block(boot_tree, tree):
    base = VIRT_RAM + 77 * MIB
    m = boot_tree(tree.memreserve((base, MIB), (base + 10 * MIB, 0x3000)))
    assert checks.is_reserved(m, base, MIB) and checks.is_reserved(m, base + 10 * MIB, 0x3000)
    checks.audit(m, 512 * MIB)


def test_reservation_outside_ram_is_harmless(boot_tree, tree):
    tree.reserved(static_node("elsewhere", 0x2_0000_0000, MIB),
                  static_node("half", VIRT_RAM + 511 * MIB, 4 * MIB))
    m = boot_tree(tree)
    checks.Memory(m).check()
    checks.audit(m, 512 * MIB)


def test_many_reservations_fit_or_name_the_option(kernel, tree, tmp_path, run_to_end):
    count = kernel.config["MEMBLOCK_REGIONS"] + 8
    tree.reserved(*(static_node(f"r{i}", VIRT_RAM + 64 * MIB + i * 0x4000, 0x1000)
                    for i in range(count)))
    result = run_to_end("", dtb=tree.compile(tmp_path / "many.dtb"))
    result.need_failure()
    result.need(r"MEMBLOCK_REGIONS")


def test_mmode_memory_is_never_mapped_even_without_no_map(boot_tree, tree):
    """OpenSBI before 1.3 leaves no-map out; a load there would fault, which the boot would not
    survive."""
    m = boot_tree(tree)
    assert checks.is_reserved(m, VIRT_RAM, 0x8_0000)


def test_nothing_says_where_the_firmware_lies(hand_over, tree, tmp_path):
    """No node says where the firmware lies: boot keeps out RAM below the kernel, and says so."""
    m = hand_over(blob_of(tree, tmp_path))
    assert checks.is_reserved(m, VIRT_RAM, 2 * MIB)
    assert re.search(r"(?i)firmware", m.boot_log)
    checks.audit(m, 512 * MIB)


# --- other shapes ----------------------------------------------------------------------------

def test_numa_tree(boot):
    """The tree has two nodes, and a kernel that is built for one uses the memory of both."""
    extra = []
    for node in (0, 1):
        extra += ["-object", f"memory-backend-ram,size=256M,id=m{node}", "-numa",
                  f"node,nodeid={node},cpus={2 * node}-{2 * node + 1},memdev=m{node}"]
    m = boot(mem="512M", smp=4, extra=extra)
    assert checks.Memory(m).check().present == 512 * MIB
    checks.audit(m, 512 * MIB)


def test_one_cell_sizes(kernel, start, tmp_path):
    """The root's cells are 1 and 1, as in trees for 32 bits."""
    source = """/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>; compatible = "test,one-cell"; model = "one cell";
 chosen { };
 cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;
  cpu@0 { device_type = "cpu"; reg = <0>; compatible = "riscv"; riscv,isa = "rv64imac";
   mmu-type = "riscv,sv39"; }; };
 memory@80000000 { device_type = "memory"; reg = <0x80000000 0x10000000>; };
 reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
  kept@84000000 { reg = <0x84000000 0x100000>; }; };
};
"""
    blob = Tree(source).compile(tmp_path / "one.dtb").read_bytes()
    m = start(handover(tmp_path, kernel.image, blob)).shell()
    assert checks.Memory(m).check().present == 256 * MIB
    assert checks.is_reserved(m, VIRT_RAM + 64 * MIB, MIB)
