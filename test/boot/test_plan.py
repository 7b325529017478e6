# SPDX-License-Identifier: BSD-2-Clause
"""What the plan says, in the kernel and on the host, is what the views then show."""
import json
import re

import pytest

import checks
import plans
import trees
import twin
from machine import Machine


@pytest.fixture(scope="module")
def program(kernel):
    return plans.make(kernel.objdir)


def kernel_plan(m):
    text = m.run("plan")
    assert text.count("\n") == 1, "the kernel's plan is one line"
    return json.loads(text)


def differences(a, b, path=""):
    """The paths at which two JSON values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [d for key in sorted({*a, *b})
                for d in differences(a.get(key), b.get(key), f"{path}.{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, (x, y) in enumerate(zip(a, b, strict=True))
                for d in differences(x, y, f"{path}[{i}]")]
    return [] if a == b else [f"{path}: {a!r} / {b!r}"]


TREES = {
    "plain": lambda tree: tree,
    "hole": lambda tree: tree.banks((trees.VIRT_RAM, 200 << 20),
                                    (trees.VIRT_RAM + (300 << 20), 100 << 20)),
    "reserved": lambda tree: tree.reserved(
        trees.static_node("kept", trees.VIRT_RAM + (100 << 20), 5 << 20),
        trees.static_node("hidden", trees.VIRT_RAM + (120 << 20), 1 << 20, "no-map;"),
        trees.dynamic_node("wandering", 4 << 20, align=2 << 20)).memreserve(
            (trees.VIRT_RAM + (200 << 20), 0x3000)),
    "odd": lambda tree: tree.banks((trees.VIRT_RAM, (77 << 20) + 0x1800)),
    # A memtest= that finds no bad RAM leaves everything as planned.
    "tested": lambda tree: tree.banks((trees.VIRT_RAM, 80 << 20)).chosen(
        'bootargs = "memtest=2";'),
}


@pytest.mark.parametrize("shape", TREES)
def test_host_plan_is_the_kernels(program, kernel, start, tmp_path, shape):
    tree = TREES[shape](trees.Tree.of_machine(tmp_path))
    blob = tree.compile(tmp_path / "tree.dtb")
    blob_pa, load_pa = trees.VIRT_RAM + 0x400_0000, trees.VIRT_RAM + 0x20_0000
    foretold = plans.sound(program, "--dtb", blob, "--kernel-base", hex(load_pa), "--fdt-addr",
                           hex(blob_pa))
    m = start(trees.handover(tmp_path, kernel.image, blob.read_bytes(), blob_pa=blob_pa,
                             load_pa=load_pa)).shell()
    came = kernel_plan(m)
    assert not differences(foretold, came), "\n".join(differences(foretold, came))
    assert foretold["digest"] == came["digest"]
    if shape == "tested":
        log = m.run("dmesg")
        assert log.index("early_memtest: # of tests: 2") < log.index("pattern ffffffffffffffff")
        assert re.search(r"pattern 0{16}\n.*early_memtest: no fault in \d+ KiB\n", log, re.S)


def test_host_plan_of_the_board_is_the_twins(program, kernel, tmp_path):
    """The host knows everything but the reservation that the firmware adds to the tree."""
    source = trees.Tree(twin.source(4)).reserved(
        trees.static_node("mmode_resv0", twin.RAM, 0x8_0000, "no-map;")).source
    argv = twin.twin(tmp_path, kernel.image, 4, tree=source)
    foretold = plans.sound(program, "--dtb", tmp_path / "twin.dtb", "--kernel-base",
                           hex(twin.KERNEL), "--fdt-addr", hex(twin.DTB))
    with Machine(argv) as m:
        came = kernel_plan(m.shell())
    assert came["nodes"][0]["present"] == foretold["nodes"][0]["present"] == (4 << 30) // 4096


def test_plan_agrees_with_the_views(boot):
    m = boot()
    plan = kernel_plan(m)
    memory = checks.Memory(m).check()
    for node in plan["nodes"]:
        for zone in node["zones"]:
            seen = memory.zones[node["nid"], zone["name"]]
            for name in ("spanned", "present", "managed", "min", "low", "high"):
                assert zone[name] == getattr(seen, name), (zone["name"], name)
            assert zone["protection"] == seen.protection
    seen = {cache.name: (cache.size, cache.per_slab) for cache in memory.slabs.values()}
    assert plan["slab"] and all(seen[row["name"]] == (row["size"], row["objects"])
                                for row in plan["slab"])
