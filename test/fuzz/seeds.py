#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the inputs that fuzzing starts from: the trees of real machines, and recipes for what they
lack.

usage: seeds.py FOLDER

Blobs are the trees of QEMU's machines and the VisionFive 2's own. Recipes say in a few steps what a
test wants to see; see test/fuzz/recipe.h for what a step means.
"""
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "boot"))

import trees  # noqa: E402 (the folder had to be named first)
from vf2_twin import twin  # noqa: E402

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
RAM, MOST = 0x8000_0000, (1 << 64) - 1
STEPS = ("bank bank_also static static_also dynamic alloc_range memreserve initrd usable elfcorehdr "
         "argument cpu distance cells reserved_cells nest property header damage").split()
# Flags, as in recipe.h.
DISABLED, NODE, NOMAP, HOTPLUG, REUSABLE, USABLE, FIRMWARE = 1, 2, 2, 4, 4, 8, 8
ODD, OTHER_TYPE, WRONG_UNIT, NARROW, ALIKE = 16, 32, 32, 64, 128
# A boot loader puts the image 2 MiB above RAM and the tree 32 MiB above it.
VIRT = bytes([1, 64, 0])
VF2 = bytes([0x41, 0xC0, 0])


def step(name, a=0, b=0, flags=0, n=0, m=0):
    return struct.pack("<4B2Q", STEPS.index(name), flags, n, m, a & MOST, b & MOST)


def recipe(*steps, head=VIRT):
    return b"r" + head + b"".join(steps)


def bank(base, size, **more):
    return step("bank", base, size, **more)


def ordinary(size=64 * MIB):
    """The steps that every recipe below begins with, unless it is about RAM itself."""
    return bank(RAM, size) + step("static", RAM, 512 * KIB, flags=FIRMWARE)


def ram_recipes():
    yield "plain", recipe(ordinary())
    yield "no-firmware", recipe(bank(RAM, 32 * MIB))
    yield "two-banks", recipe(bank(RAM, 32 * MIB), bank(RAM + 96 * MIB, 48 * MIB))
    yield "pairs", recipe(bank(RAM, 16 * MIB), step("bank_also", RAM + 24 * MIB, 8 * MIB),
                          step("bank_also", RAM + 36 * MIB, MIB + 4 * KIB))
    yield "many-banks", recipe(bank(RAM, 16 * MIB), bank(RAM + 32 * MIB, 256 * KIB, m=200))
    yield "overlapping", recipe(bank(RAM, 32 * MIB), bank(RAM + 16 * MIB, 32 * MIB))
    yield "unaligned", recipe(bank(RAM, 16 * MIB + 100), bank(RAM + 16 * MIB + 100, 16 * MIB))
    yield "wraps", recipe(bank(RAM, MOST), bank(MOST - 8 * MIB, 64 * MIB))
    yield "zone-borders", recipe(bank(RAM, 64 * MIB), bank(4 * GIB - 16 * MIB, 48 * MIB))
    yield "far", recipe(bank(RAM, 32 * MIB), bank(60 * GIB, 16 * MIB))
    yield "low", recipe(bank(0, 32 * MIB), head=bytes([0xC1, 32, 0]))
    yield "usable-memory", recipe(bank(RAM, 32 * MIB, flags=USABLE))
    yield "disabled", recipe(ordinary(), bank(RAM + 64 * MIB, 16 * MIB, flags=DISABLED),
                             bank(RAM + 80 * MIB, 16 * MIB, flags=HOTPLUG),
                             bank(RAM + 96 * MIB, 16 * MIB, flags=OTHER_TYPE))
    yield "one-cell", recipe(step("cells", n=1, m=1), ordinary())
    yield "mixed-cells", recipe(step("cells", n=2, m=1), ordinary(),
                                step("reserved_cells", n=1, m=2))
    yield "three-cells", recipe(step("cells", n=3, m=2), ordinary())
    yield "tiny", recipe(bank(RAM, 5 * MIB))
    yield "too-small", recipe(bank(RAM, 3 * MIB))


def node_recipes():
    for sizes in ((32, 32), (16, 48), (8, 32, 16, 8)):
        steps, at = [], RAM
        for nid, size in enumerate(sizes):
            steps.append(bank(at, size * MIB, flags=NODE, n=nid))
            steps.append(step("cpu", a=nid, n=nid))
            steps += [step("distance", 10 if nid == other else 20 + nid + other, n=nid, m=other)
                      for other in range(len(sizes))]
            at += size * MIB
        yield f"nodes-{len(sizes)}-{sizes[0]}", recipe(*steps)
    yield "node-border", recipe(bank(RAM, 17 * MIB, flags=NODE),
                                bank(RAM + 17 * MIB, 15 * MIB, flags=NODE, n=1))
    yield "sparse-nodes", recipe(bank(RAM, 32 * MIB, flags=NODE, n=3),
                                 bank(RAM + 32 * MIB, 32 * MIB, flags=NODE, n=77),
                                 step("distance", 10, n=3, m=3), step("distance", 300, n=0, m=3))


def area_recipes():
    at = RAM + 20 * MIB
    yield "static", recipe(ordinary(), step("static", at, MIB, n=1),
                           step("static", at + 2 * MIB, MIB, flags=NOMAP, n=2),
                           step("static_also", at + 5 * MIB, 4 * KIB),
                           step("static", at + 7 * MIB, 2 * MIB, flags=REUSABLE, n=3))
    yield "touching", recipe(ordinary(), step("static", at, 4 * KIB + 100, n=1),
                             step("static", at + 4 * KIB + 100, 8 * KIB, flags=NOMAP, n=2))
    yield "over-image", recipe(ordinary(), step("static", RAM + MIB, 4 * MIB, flags=NOMAP))
    yield "over-everything", recipe(ordinary(), step("static", RAM, 64 * MIB))
    yield "outside", recipe(ordinary(), step("static", RAM + GIB, MIB, flags=NOMAP))
    yield "to-the-end", recipe(ordinary(), step("static", at, MOST - at), step("memreserve",
                                                                             at, MOST))
    yield "many-areas", recipe(ordinary(), step("static", at, 8 * KIB, m=40))
    yield "too-many-areas", recipe(ordinary(), step("static", at, 4 * KIB, m=255))
    yield "named", recipe(ordinary(), *(step("static", at + i * MIB, 4 * KIB, flags=ALIKE, n=i)
                                        for i in range(12)))
    yield "wrong-unit", recipe(ordinary(), step("static", at, MIB, flags=WRONG_UNIT | ODD))
    yield "dynamic", recipe(ordinary(), step("dynamic", MIB, 2 * MIB, n=1),
                            step("dynamic", 64 * KIB, 0, flags=NOMAP | NARROW, n=2),
                            step("alloc_range", at, 4 * MIB), step("alloc_range", RAM, GIB))
    yield "dynamic-large", recipe(ordinary(), step("dynamic", GIB, 3, n=1),
                                  step("dynamic", MOST, 1 << 40))
    yield "memreserve", recipe(ordinary(), step("memreserve", at, 64 * KIB, m=4),
                               step("memreserve", at + 1, 100), step("memreserve", MOST - 9, 99))
    yield "initrd", recipe(ordinary(), step("initrd", at, at + 3 * MIB + 77))
    yield "initrd-narrow", recipe(ordinary(), step("initrd", at, at + MIB, flags=NARROW),
                                  step("static", at, 4 * KIB, flags=NOMAP))
    yield "initrd-in-image", recipe(ordinary(), step("initrd", RAM + 3 * MIB, RAM + 9 * MIB))


def other_recipes():
    for form, number in ((2, 24), (0, 20 * MIB + 5), (4, 0x1800000), (6, 16), (8, 1)):
        yield f"mem-{form}", recipe(ordinary(), step("argument", number, n=0, m=form))
    yield "movable", recipe(ordinary(), step("argument", 16, n=1, m=2),
                            step("argument", 3, n=2), step("argument", 8, n=3))
    yield "crash-kernel", recipe(ordinary(), step("argument", 8, n=6, m=2))
    yield "crash-kernel-at", recipe(ordinary(), step("argument", 8, RAM + 40 * MIB, n=6, m=10))
    yield "crash-kernel-by-ram", recipe(ordinary(), step("argument", 2, 5000, n=6, m=11))
    yield "usable", recipe(ordinary(), step("usable", RAM + 2 * MIB, 24 * MIB),
                           step("usable", RAM + 40 * MIB, 8 * MIB + 1))
    yield "after-a-crash", recipe(ordinary(), step("usable", RAM, 48 * MIB),
                                  step("elfcorehdr", RAM + 40 * MIB, 5000),
                                  step("static", RAM + 40 * MIB, 64 * KIB, flags=NOMAP))
    yield "nested", recipe(ordinary(), step("nest", n=20))
    yield "nested-deep", recipe(ordinary(), step("nest", n=255))
    yield "property", recipe(ordinary(), step("property", n=0, m=3, flags=7),
                             step("property", n=8, m=0, flags=4, a=2 << 32))
    yield "short", recipe(ordinary(), head=bytes([1, 64, 1]))
    yield "tree-nowhere", recipe(ordinary(), head=bytes([1, 253, 2]))
    yield "tree-odd", recipe(ordinary(), head=bytes([1, 254, 4]))
    yield "tree-in-image", recipe(ordinary(), head=bytes([1, 255, 8]))
    yield "short-reach", recipe(ordinary(192 * MIB), head=bytes([1, 64, 0x10]))
    for field in range(10):
        yield f"header-{field}", recipe(ordinary(), step("header", 60, n=field))
    yield "damage", recipe(ordinary(), step("damage", 20, 9), step("damage", 31, 3))
    # The root's first two tokens change: a property, a NOP, and only then a node.
    yield "property-first", recipe(ordinary(), step("damage", 16, 3), step("damage", 20, 1))


def blob(folder, tree, head, whole):
    """Devices take most of a tree's bytes and most of every walk's time, so that only two trees
    have them."""
    path = tree.compile(folder / "seed.dtb")
    if not whole:
        subprocess.run(["fdtput", "-r", path, "/soc"], check=True, capture_output=True, text=True)
        subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", path, path], check=True,
                       capture_output=True, text=True)
    return b"b" + head + path.read_bytes()


def machines(folder):
    """The machines' trees without QEMU's own random numbers, so that each call gives the same."""
    node = lambda n, mib: ("-object", f"memory-backend-ram,id=m{n},size={mib}M",
                           "-numa", f"node,nodeid={n},memdev=m{n},cpus={n}")
    of = lambda *args, **more: trees.Tree.of_machine(folder, *args, **more)
    virt = lambda **more: of(**more).replace("rng-seed = <[^>]*>", "rng-seed = <1 2 3 4 5 6 7 8>")
    yield "virt-64M", virt(mem="64M"), VIRT, True
    yield "virt-8G", virt(mem="8G", smp=4), VIRT, False
    yield "virt-numa", virt(mem="64M", smp=2, extra=node(0, 24) + node(1, 40)), VIRT, False
    yield "sifive_u", of("sifive_u", mem="128M", smp=2), VIRT, False
    yield "spike", of("spike", mem="64M"), VIRT, False
    yield "visionfive2", trees.Tree(twin.source(4)), VF2, True


def main():
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in (ram_recipes, node_recipes, area_recipes, other_recipes):
        for name, data in part():
            (folder / name).write_bytes(data)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name, tree, head, whole in machines(scratch):
            try:
                (folder / name).write_bytes(blob(scratch, tree, head, whole))
            except subprocess.CalledProcessError as e:
                sys.exit(f"{name}: {e.stderr}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
