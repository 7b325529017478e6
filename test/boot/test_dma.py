# SPDX-License-Identifier: BSD-2-Clause
"""Bus masters that the device tree describes: their ways to memory, regions and caches."""
import re

import pytest

import checks
import ktap
import trees
from machine import qemu
from trees import MIB, VIRT_RAM, Tree

DEBUG = "qemu_virt_debug_defconfig"
POOL = (VIRT_RAM + 64 * MIB, MIB)
LENT = (VIRT_RAM + 96 * MIB, 8 * MIB)


def master(name, text=""):
    return f'{name} {{ compatible = "test,bus-master"; {text} }};'


def bus(name, text, *children):
    return (f"{name} {{ #address-cells = <2>; #size-cells = <2>; ranges; {text}\n" +
            "\n".join(children) + "\n};")


def dma_ranges(*rows):
    return "dma-ranges = <" + " ".join(trees.cells(n) for row in rows for n in row) + ">;"


def notes(m):
    """What the suite says of each device of the tree; no case may fail."""
    cases = ktap.cases(m.run("test dma", limit=120))
    failed = [case for case in cases if not case.passed]
    assert not failed, failed
    return "\n".join(note for case in cases for note in case.notes)


@pytest.fixture(name="debug")
def _debug(built):
    return built(DEBUG)


def test_ways_to_memory_and_a_region(boot_tree, tree, debug):
    """A bus whose addresses begin elsewhere, a bus that lets nothing through, a region that is not
    mapped with the rest of RAM, one that is lent to others meanwhile."""
    pool = f'camera: camera@{POOL[0]:x} {{ compatible = "shared-dma-pool"; no-map; ' \
           f"reg = {trees.reg(POOL)}; }};"
    lent = f'lent: lent@{LENT[0]:x} {{ compatible = "shared-dma-pool"; reusable; ' \
           f"reg = {trees.reg(LENT)}; }};"
    tree.reserved(pool, lent)
    tree.add(master("vpu", "memory-region = <&lent>;"))
    tree.add(bus("shifted", dma_ranges((0, VIRT_RAM, 512 * MIB)), master("codec")))
    tree.add(bus("half", dma_ranges((0, 0, 4 << 30)), bus("mute", "", master("lost"))))
    tree.add(master("isp", "memory-region = <&camera>;"))
    tree.add(master("gpu", "dma-noncoherent;"))
    m = boot_tree(tree, image=debug.image)
    assert f"reserved mem: 0x{POOL[0]:016x}" in m.boot_log
    said = notes(m)
    codec = re.search(r"codec sees 0x(\w+) at 0x(\w+)", said)
    assert int(codec[1], 16) - int(codec[2], 16) == VIRT_RAM
    assert "lost cannot be used" in said and "gpu maps nothing" in said
    assert re.search(r"isp sees 0x(\w+) at 0x\1\b", said)
    shown = m.run("dma")
    assert re.search(r"^codec: coherent, mask 0xffffffff, coherent mask 0xffffffff, 0 pages\n"
                     r"  bus 0x0\.\.0x1fffffff is memory from 0x80000000 on$", shown, re.M)
    assert re.search(rf"^  region camera@{POOL[0]:x} at 0x{POOL[0]:x}: 256 pages, 0 used, "
                     r"2 at most$", shown, re.M)
    assert re.search(r"^vpu: coherent, mask 0xffffffff, coherent mask 0xffffffff, 0 pages$", shown,
                     re.M)
    assert "lost" not in shown and "gpu: not coherent, mask 0x0," in shown
    owners = checks.owners(m)
    assert owners[f"camera@{POOL[0]:x}"] == 256
    assert owners["device memory"] == 0
    assert owners["DMA bounce buffers"] == debug.config["DMA_BOUNCE_KB"] // 4
    checks.audit(m, 512 * MIB)
    m.poweroff().need_status(0)


def test_lines_are_written_back_by_the_cache_controller(start, debug, tmp_path):
    """On a machine that has the controller's registers, each line of the page is written there by
    its address."""
    tree = Tree.of_machine(tmp_path, "sifive_u", smp=2)
    tree.add("cache-controller@2010000 { compatible = \"starfive,jh7100-ccache\"; "
             f"reg = {trees.reg((0x201_0000, 0x4000))}; }};")
    tree.add(master("gpu", "dma-noncoherent;"))
    log = tmp_path / "qemu.log"
    m = start(qemu("sifive_u", debug.image, smp=2, dtb=tree.compile(tmp_path / "own.dtb"),
                   extra=("-d", "unimp", "-D", str(log)))).shell()
    assert "dma: caches are written back by ccache, in lines of 64 bytes" in m.boot_log
    page = int(re.search(r"gpu sees 0x(\w+) at 0x\1\b", notes(m))[1], 16)
    m.close()
    written = [int(value, 16) for value in
               re.findall(r"l2cc: unimplemented device write.*offset 0x200, value (0x\w+)",
                          log.read_text(encoding="utf-8", errors="replace"))]
    assert [pa for pa in written if pa & ~0xfff == page][:64] == \
        [page + line for line in range(0, 4096, 64)]


def test_zicbom_is_used_where_the_tree_has_it(run_to_end, tree, debug, tmp_path):
    """QEMU 7.2 does not know the instructions: its report of the first one, cbo.clean (a5) or
    another register, shows that the encoding is right. A newer one goes on."""
    tree.replace(r'riscv,isa = "(\w+)"', 'riscv,isa = "rv64imafdc_zicbom_zicsr"; '
                 "riscv,cbom-block-size = <64>")
    tree.add(master("gpu", "dma-noncoherent;"))
    result = run_to_end('test=dma run="poweroff"', image=debug.image, limit=60,
                        dtb=tree.compile(tmp_path / "own.dtb"))
    result.need("dma: caches are written back by Zicbom, in lines of 64 bytes")
    if "Unhandled trap" in result.text:
        stval = int(re.search(r"stval\W+(?:0x)?([0-9a-f]+)", result.text)[1], 16)
        assert stval & ~(0x1f << 15) == 0x0010_200f
    else:
        result.need("gpu sees")
