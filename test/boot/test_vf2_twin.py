# SPDX-License-Identifier: BSD-2-Clause
"""The Image of QEMU virt, unchanged, on the VisionFive 2 twin."""
import re
import subprocess

import pytest

import checks
import ktap
import plans
import qmp
import trees
import twin

GIB = trees.GIB
DMA32_END = 4 << 30
FLASH = range(0x2000_0000, 0x2200_0000)


@pytest.fixture
def boot_twin(kernel, start, tmp_path):
    def begin(gib, **words):
        return start(twin.twin(tmp_path, kernel.image, gib, **words)).shell()
    return begin


@pytest.mark.parametrize("gib", [2, 4, 8])
def test_boots_to_the_shell(boot_twin, gib):
    m = boot_twin(gib)
    facts = checks.boot_facts(m.boot_log)
    assert facts.load_pa == twin.KERNEL
    assert facts.hart in twin.HARTS
    assert facts.fdt_pa == twin.DTB
    assert checks.harts_found(m.boot_log) == len(twin.HARTS)
    memory = checks.Memory(m).check()
    assert memory.present == gib * GIB
    zones = {zone.name: zone.present * checks.PAGE for zone in memory.zones.values()}
    if "DMA32" in zones:
        assert zones["DMA32"] == min(gib * GIB, DMA32_END - twin.RAM)
        assert zones["Normal"] == gib * GIB - zones["DMA32"]
    checks.audit(m, gib * GIB)
    m.poweroff().need_status(0)


def test_board_tree_compiles_without_a_warning():
    done = subprocess.run(["dtc", "-I", "dts", "-O", "dtb", "-o", "/dev/null",
                           str(twin.BOARD_TREE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_hart_0_never_leaves_its_parking_place(boot_twin, tmp_path):
    path = tmp_path / "qmp"
    m = boot_twin(2, extra=qmp.argv(path))
    m.run("stress 1000 1")
    monitor = qmp.Qmp(path)
    pcs = monitor.pcs()
    monitor.close()
    assert len(pcs) == 5
    assert pcs[0] in FLASH, f"hart 0 runs at {pcs[0]:#x}"
    assert all(pc not in FLASH for pc in pcs[1:])


@pytest.mark.parametrize("hart", twin.HARTS)
def test_any_boot_hart(boot_twin, hart):
    m = boot_twin(2, boot_hart=hart)
    assert checks.boot_facts(m.boot_log).hart == hart
    assert checks.cpus_online(m.boot_log) == len(twin.HARTS)
    harts = re.findall(r"(?m)^ +\d+ +(\d+) +0  online", m.run("cpu"))
    assert [int(word) for word in harts] == [hart] + [h for h in twin.HARTS if h != hart]
    assert "4 CPUs" in m.run("stress 2000 1", limit=60)
    checks.audit(m, 2 * GIB)


def test_firmware_is_reserved_and_never_handed_out(boot_twin):
    m = boot_twin(2)
    assert checks.is_reserved(m, twin.RAM, 0x8_0000)
    memory = checks.Memory(m)
    for row in memory.iomem:
        if row.name == "System RAM":
            assert row.start >= 0x4008_0000


def test_tree_that_crosses_a_2_mib_line(boot_twin):
    m = boot_twin(2, dtb_pa=0x461f_f800)
    facts = checks.boot_facts(m.boot_log)
    assert facts.fdt_pa == 0x461f_f800
    assert facts.fdt_pa + facts.fdt_bytes > 0x4620_0000
    checks.audit(m, 2 * GIB)


def test_tree_at_the_last_8_aligned_place_before_a_line(boot_twin):
    m = boot_twin(2, dtb_pa=0x461f_fff8)
    assert checks.boot_facts(m.boot_log).fdt_pa == 0x461f_fff8
    checks.audit(m, 2 * GIB)


def test_initrd_where_u_boot_puts_it(boot_twin, tmp_path):
    data = tmp_path / "initrd"
    data.write_bytes(bytes(range(256)) * 5000)
    start_pa, end_pa = 0x4610_0000, 0x4610_0000 + 5000 * 256
    # U-Boot names the range in /chosen and reserves it as well, which is no error.
    chosen = (f"linux,initrd-start = <{trees.cells(start_pa)}>;"
              f"linux,initrd-end = <{trees.cells(end_pa)}>;")
    tree = trees.Tree(twin.source(2, chosen=chosen)).memreserve((start_pa, end_pa - start_pa))
    m = boot_twin(2, tree=tree.source, initrd=data, initrd_pa=start_pa)
    assert checks.reservation(m, "initrd") == (start_pa, end_pa - start_pa)
    checks.audit(m, 2 * GIB)


def test_smaller_tree_than_board(boot_twin):
    """The vendor's first firmware said 4 GiB for every board: the kernel uses less, and nothing
    breaks."""
    m = boot_twin(8, tree=twin.source(8, ram_bytes=4 * GIB))
    assert checks.Memory(m).check().present == 4 * GIB


CMA_BYTES = 256 << 20
LIMIT_S = 240
WHOLE_LIMIT_S = 3600


def _camera_node(reusable):
    """The 256 MiB that vendors' kernels keep for cameras and screens."""
    words = 'compatible = "shared-dma-pool"; linux,cma-default;'
    words += " reusable;" if reusable else ""
    return trees.dynamic_node("linux,cma", CMA_BYTES, align=0x1000,
                              ranges=[(0x7000_0000, 0x4000_0000)], flags=words)


def _with_camera(reusable):
    tree = trees.Tree(twin.source(8))
    tree.reserved(_camera_node(reusable))
    return tree


def _mem_total_kb(m):
    return int(re.search(r"MemTotal: +(\d+) kB", m.run("cat /proc/meminfo"))[1])


def test_lent_memory_is_taken_back_under_writers(boot_twin):
    """Nearly all of the 256 MiB is lent to pages that move. A part is taken, twice, while the harts
    write to some of the pages; no page loses what was written."""
    tree = trees.Tree(twin.source(2))
    tree.reserved(_camera_node(True))
    m = boot_twin(2, tree=tree.source)
    cases = ktap.cases(m.run("test cma", limit=LIMIT_S))
    assert len(cases) == 2 and all(case.passed and not case.skipped for case in cases), cases
    assert re.search(r"linux,cma +0x\w+ +65536 +0 +\d+ +\d+ +2 +0 ", m.run("cma"))
    checks.audit(m, 2 * GIB)


@pytest.mark.long
def test_all_lent_memory_is_taken_back_under_writers(kernel, start, tmp_path):
    """The same of all 65,536 pages, twice: each is moved while four harts run."""
    tree = trees.Tree(twin.source(2))
    tree.reserved(_camera_node(True))
    m = start(twin.twin(tmp_path, kernel.image, 2, tree=tree.source),
              keep_at_most=WHOLE_LIMIT_S).shell()
    cases = ktap.cases(m.run("test cma_whole", limit=WHOLE_LIMIT_S))
    assert len(cases) == 1 and cases[0].passed and not cases[0].skipped, cases
    assert re.search(r"linux,cma +0x\w+ +65536 +0 +\d+ +\d+ +2 +0 ", m.run("cma"))
    checks.audit(m, 2 * GIB)


def test_contiguous_memory_is_lent(boot_twin, kernel, tmp_path):
    """MemTotal has the area, the plan says so before boot, and it comes back twice."""
    kept = boot_twin(8, tree=_with_camera(False).source)
    without = _mem_total_kb(kept)
    kept.poweroff().need_status(0)
    tree = _with_camera(True)
    m = boot_twin(8, tree=tree.source)
    assert _mem_total_kb(m) == without + CMA_BYTES // 1024
    line = re.search(r"0  linux,cma +0x(\w+) +(\d+) +0 +\d+ +\d+ .*default", m.run("cma"))
    assert int(line[2]) == CMA_BYTES // 4096
    base = int(line[1], 16)
    assert 0x7000_0000 <= base <= 0xb000_0000 - CMA_BYTES
    for _ in range(2):
        assert f"{base:#x}" in m.run("cma alloc 0 65536")
        assert "no range is left" in m.run("cma alloc 0 1")
        m.run(f"cma release {base:#x} 65536")
    checks.audit(m, 8 * GIB)
    m.poweroff().need_status(0)
    program, blob = plans.make(kernel.objdir), tree.compile(tmp_path / "lent.dtb")
    plan = plans.sound(program, "--dtb", blob)
    area = next(row for row in plan["reserved"] if row["owner"] == "linux,cma")
    assert (int(area["base"], 16), area["size"], area["flags"]) == (base, CMA_BYTES, ["cma"])
    _, text, _ = plans.run(program, "--dtb", blob)
    assert "linux,cma, lent to movable pages" in text
