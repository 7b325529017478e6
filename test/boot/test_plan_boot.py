# SPDX-License-Identifier: BSD-2-Clause
"""What the plan program says of a tree is what the kernel says that got this tree.

The comparison is byte for byte, digest included. The tree is read from the machine's memory, where
the firmware left it for the kernel. The boot log tells where the tree and the kernel lie, and which
hart booted.
"""
import json
import pathlib
import re
import tempfile

import pytest

import builds
import machine
import plans
import qmp
import trees
import twin

MIB = trees.MIB
# The plan is printed during boot, because some consoles lose keys that come fast.
APPEND = 'loglevel=7 run="plan"'


def ram(size):
    """Options for QEMU: only RAM that the machine touches takes memory of the host."""
    return ["-object", f"memory-backend-ram,id=ram,size={size},reserve=off"]


def nodes(*sizes, cpus=4):
    """Options for QEMU: NUMA nodes of these bytes, with the CPUs dealt out in turn."""
    words = []
    for nid, size in enumerate(sizes):
        first, end = nid * cpus // len(sizes), (nid + 1) * cpus // len(sizes)
        words += ["-object", f"memory-backend-ram,id=m{nid},size={size},reserve=off",
                  "-numa", f"node,nodeid={nid},memdev=m{nid},cpus={first}-{end - 1}"]
    return words


class Comparison:
    """Boots machines and compares the kernel's plan with the program's for the same tree."""

    def __init__(self, start, folder, build):
        self.start, self.folder, self.build = start, folder, build
        self.program = plans.make(build.objdir)

    def check(self, argv):
        with tempfile.TemporaryDirectory(prefix="tessera-") as short:
            socket = pathlib.Path(short) / "qmp"
            m = self.start(argv + qmp.argv(socket)).shell()
            said = self.folder / "said.json"
            said.write_text(re.search(r'(?m)^\{"config".*\n', m.boot_log)[0], encoding="ascii")
            where = self.hand_over(m.boot_log)
            blob = self.folder / "handed-over.dtb"
            monitor = qmp.Qmp(socket)
            monitor.ask("pmemsave", val=where["fdt"], size=where["bytes"], filename=str(blob))
            monitor.close()
        status, foretold, wrong = plans.run(
            self.program, "--dtb", blob, "--format", "json", "--kernel-base",
            hex(where["kernel"]), "--fdt-addr", hex(where["fdt"]), "--boot-hart", where["hart"])
        assert (status, wrong) == (plans.SOUND, "")
        if foretold != said.read_text(encoding="ascii"):
            told = self.folder / "foretold.json"
            told.write_text(foretold, encoding="ascii")
            pytest.fail("A is the plan, B the kernel:\n" +
                        plans.run(self.program, "diff", told, said)[1])
        return foretold

    @staticmethod
    def hand_over(log):
        fdt = re.search(r"fdt: (0x[0-9a-f]+), (\d+) bytes", log)
        hart = re.search(r"boot hart (\d+), load address (0x[0-9a-f]+)", log)
        assert fdt and hart, log
        return {"fdt": int(fdt[1], 16), "bytes": int(fdt[2]), "hart": int(hart[1]),
                "kernel": int(hart[2], 16)}


@pytest.fixture
def compare(kernel, start, tmp_path):
    return Comparison(start, tmp_path, kernel).check


@pytest.mark.parametrize("smp", (1, 4))
@pytest.mark.parametrize("size", ("64M", "128M", "1G", "4G", "8G", "64G"))
def test_memory_sizes(compare, kernel, size, smp):
    compare(machine.qemu("virt,memory-backend=ram", kernel.image, mem=size, smp=smp,
                         append=APPEND, extra=ram(size)))


@pytest.mark.parametrize("name, size, smp", (("spike", "1G", 2), ("sifive_u", "2G", 5)))
def test_other_machines(compare, kernel, name, size, smp):
    """Hart 0 of sifive_u has no MMU, so that every amount that depends on CPUs leaves it out."""
    compare(machine.qemu(name, kernel.image, mem=size, smp=smp, append=APPEND))


@pytest.mark.parametrize("sizes", ((128 * MIB, 1536 * MIB),
                                   (256 * MIB, 64 * MIB, 512 * MIB, 192 * MIB)))
def test_nodes_of_unequal_size(built, start, tmp_path, sizes):
    build = built("qemu_virt_numa_defconfig")
    # QEMU 7.2 cannot wire the older interrupt controllers of more than two nodes.
    name = "virt" if len(sizes) <= 2 else "virt,aia=aplic"
    argv = machine.qemu(name, build.image, mem=f"{sum(sizes) // MIB}M", smp=4,
                        append=APPEND, extra=nodes(*sizes))
    text = Comparison(start, tmp_path, build).check(argv)
    assert text.count('"zonelist"') == len(sizes)


SHAPES = {
    "two banks and a hole": lambda t: t.banks((trees.VIRT_RAM, 200 * MIB),
                                              (trees.VIRT_RAM + 300 * MIB, 212 * MIB)),
    "a bank that ends within a frame": lambda t: t.banks((trees.VIRT_RAM, 77 * MIB + 0x1800)),
    "reservations of every kind": lambda t: t.reserved(
        trees.static_node("kept", trees.VIRT_RAM + 100 * MIB, 5 * MIB),
        trees.static_node("hidden", trees.VIRT_RAM + 120 * MIB, 1 * MIB, "no-map;"),
        trees.static_node("half", trees.VIRT_RAM + 104 * MIB, 2 * MIB),
        trees.static_node("outside", 0x10_0000_0000, 1 * MIB),
        trees.dynamic_node("wandering", 4 * MIB, align=2 * MIB)).memreserve(
            (trees.VIRT_RAM + 200 * MIB, 0x3000), (trees.VIRT_RAM + 201 * MIB, 0x123)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_own_tree(compare, kernel, tmp_path, shape):
    tree = SHAPES[shape](trees.Tree.of_machine(tmp_path))
    compare(machine.qemu("virt", kernel.image, dtb=tree.compile(tmp_path / "own.dtb"),
                         append=APPEND))


@pytest.mark.parametrize("argument, owners, conflicts", (
    ("crashkernel=33M", 1, 0),
    ("crashkernel=64M@0x84000000", 1, 0),
    ("crashkernel=0-1G:16M,1G-:64M", 1, 0),
    ("crashkernel=8M@0x80200000", 0, 1),
))
def test_crash_kernel(compare, kernel, argument, owners, conflicts):
    plan = json.loads(compare(machine.qemu("virt", kernel.image, append=f"{argument} {APPEND}")))
    assert len([r for r in plan["reserved"] if r["owner"] == "Crash kernel"]) == owners
    told = [c for c in plan["conflicts"] if "Crash kernel" in c["a"] + c["b"]]
    assert len(told) == conflicts and all("no crash kernel" in c["resolution"] for c in told)


@pytest.mark.parametrize("gib", (2, 4, 8))
def test_visionfive2(start, tmp_path, kernel, gib):
    """Hart 0 is disabled, and any of the other harts may be the one that boots."""
    Comparison(start, tmp_path, kernel).check(
        twin.twin(tmp_path, kernel.image, gib, bootargs=APPEND))


@pytest.mark.parametrize("config, variables", (
    ("qemu_virt_defconfig", {}),
    ("qemu_virt_defconfig", {"MEM": "3G", "SMP": "2", "APPEND": "loglevel=4"}),
    # QEMU runs in one thread, because the harts of two nodes would race to be the boot hart.
    ("qemu_virt_numa_defconfig", {"NUMA": "2", "QEMU_ARGS": "-accel tcg,thread=single"}),
    ("qemu_virt_numa_defconfig", {"NUMA": "3", "MEM": "1000M", "SMP": "7",
                                  "QEMU_ARGS": "-accel tcg,thread=single"}),
))
def test_make_plan_knows_what_make_qemu_boots(built, tmp_path, config, variables):
    """Without DTB, make plan takes the tree of the machine that make qemu starts with the same
    words."""
    build = built(config)
    words = [f"{name}={value}" for name, value in variables.items()]
    words.append("RUN=plan; poweroff")
    said, foretold = tmp_path / "console.log", tmp_path / "plan.json"
    with builds.locked(build.objdir):
        said.write_text(builds.must_make(build.objdir, "-s", "qemu", *words), encoding="utf-8")
        builds.must_make(build.objdir, "-s", "plan", "FORMAT=json", f"OUT={foretold}", *words)
    status, text, _ = plans.run(build.objdir / "plan", "diff", foretold, said)
    assert status == plans.SOUND, text


def test_plan_of_the_boards_own_tree(built, tmp_path):
    """A board that QEMU does not have: its own tree, with what the board's firmware will add."""
    build = built("visionfive2_defconfig")
    out = tmp_path / "plan.json"
    with builds.locked(build.objdir):
        builds.must_make(build.objdir, "-s", "plan", "FORMAT=json", "MEM=8G", f"OUT={out}")
    status, text, _ = plans.run(build.objdir / "plan", "--plan", out)
    assert status == plans.SOUND
    assert re.search(r"RAM +8 GiB", text)
    assert re.search(r"0x040000000 +0x040080000 .*mmode_resv0@40000000, no-map", text)


@pytest.mark.parametrize("words, sentence", (
    (("NUMA=many",), "a number of nodes"),
    (("NUMA=5", "SMP=4"), "each node needs a CPU"),
    (("MEM=plenty",), "an amount such as 512M"),
    (("QEMU_ARGS=-no-such-option",), "no-such-option"),
))
def test_a_machine_that_cannot_be(built, words, sentence):
    build = built("qemu_virt_defconfig")
    with builds.locked(build.objdir):
        status, text = builds.make(build.objdir, "-s", "plan", *words)
    assert status != 0 and sentence in text and "Traceback" not in text, text
