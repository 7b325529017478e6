# SPDX-License-Identifier: BSD-2-Clause
"""An adversary drives the allocator's paths and stays within their bounds; plan prints the same
bounds.

Instructions are counted with -icount, so nothing here depends on the speed of this machine.
"""
import json
import re

import pytest

import builds
import machine
import plans
from test_bench import ICOUNT

# What the usual kernel has not: devices that reach memory by themselves, and a section that comes
# and goes.
WIDE = "1G, all"
OPTIONS = ("DMA", "MEMORY_HOTPLUG", "COMPACTION")
MEMORIES = ("128M", "1G", "5G", WIDE)
OFFLINE = "memhp=128M@0xb0000000"
ROW = re.compile(r"(?m)^  (\S.*?)  +(\S.*?)  +([\d,]+)  +([\d,]+)  +([\d,]+)$")


@pytest.fixture(scope="module")
def wide(kernel):
    folder = kernel.objdir / "test" / "bounds"
    with builds.locked(folder):
        builds.must_make(folder, builds.DEFAULT)
        config = folder / ".config"
        lines = [line for line in config.read_text(encoding="utf-8").splitlines()
                 if not re.search(rf"CONFIG_({'|'.join(OPTIONS)})\b", line)]
        config.write_text("\n".join(lines + [f"CONFIG_{name}=y" for name in OPTIONS]) + "\n",
                          encoding="utf-8")
        builds.must_make(folder, "olddefconfig")
        builds.must_make(folder)
    return builds.Build(folder)


@pytest.fixture(scope="module")
def kernel_of(kernel, wide):
    return lambda mem: wide if mem == WIDE else kernel


@pytest.fixture(scope="module")
def boots(kernel_of):
    """seen(mem): {path: figures} of a boot, and the plan that the same kernel printed."""
    known = {}

    def seen(mem):
        if mem not in known:
            size = mem.split(",")[0]
            extra = ICOUNT + ("-machine", "memory-backend=ram", "-object",
                              f"memory-backend-ram,id=ram,size={size},reserve=off")
            result = machine.run_to_end(machine.qemu(
                "virt", kernel_of(mem).image, mem=size, extra=extra,
                append=f'loglevel=4 {OFFLINE if mem == WIDE else ""} '
                       'run="plan; bench -j bound; audit; poweroff"'), limit=300)
            result.need_status(0).need(r": ok, 0 errors$")
            rows = [json.loads(line) for line in result.text.splitlines()
                    if line.startswith('{"work":"bound ')]
            plan = result.need(r'^\{"config":.*$')[0]
            known[mem] = {row.pop("work").removeprefix("bound "): row for row in rows}, plan
        return known[mem]
    return seen


@pytest.mark.parametrize("mem", MEMORIES)
def test_no_path_exceeds_its_bound(boots, mem):
    """proves Q1, Q2"""
    rows, _ = boots(mem)
    assert len(rows) >= 16
    for path, row in rows.items():
        assert "skipped" not in row, path
        assert 0 < row["max"] <= row["bound"] and row["over"] == 0, path
        assert 0 < row["irqs_off"] <= row["irqs_off_bound"], path


def test_devices_and_sections_have_bounds(boots):
    rows, _ = boots(WIDE)
    for path in ("dma_map_single, a page", "dma_map_single, bounced", "dma_unmap_single, bounced",
                 "dma_sync_single, bounced", "dma_pool_alloc", "dma_pool_alloc, new page",
                 "dma_pool_free", "memory online", "memory offline"):
        assert path in rows, path
    # Every second slot before the free ones is taken.
    bounced = rows["dma_map_single, bounced"]
    assert bounced["max"] * 1.5 >= bounced["bound"]
    # Each page of the section moves.
    assert rows["memory offline"]["max"] > 1500 * (128 << 20 >> 12)


@pytest.mark.parametrize("mem", MEMORIES)
def test_adversary_comes_near_the_bounds_of_one_hold(boots, mem):
    """The adversary must come near each bound; otherwise the bound, or the adversary, is of no
    use."""
    rows, _ = boots(mem)
    # A list that is full gives a batch back, or limits of other lists, and hardly both. A flush
    # that finds room in the depot is shorter than one that goes to slabs object by object.
    for path, times in (("__free_pages, list full", 2.5), ("kmem_cache_alloc, refilled", 2),
                        ("kmem_cache_free, flushed", 4)):
        assert rows[path]["max"] * times >= rows[path]["bound"], path


@pytest.mark.parametrize("mem", MEMORIES)
def test_plan_prints_the_same_bounds(kernel_of, boots, tmp_path, mem):
    rows, plan = boots(mem)
    file = tmp_path / "plan.json"
    file.write_text(plan + "\n", encoding="ascii")
    status, text, wrong = plans.run(plans.make(kernel_of(mem).objdir), "--plan", file)
    assert (status, wrong) == (plans.SOUND, "")
    table = re.search(r"(?ms)^Bounds .*", text)[0]
    shown = {path: (int(most.replace(",", "")), int(off.replace(",", "")))
             for path, _, _, most, off in ROW.findall(table)}
    assert shown == {path: (row["bound"], row["irqs_off_bound"]) for path, row in rows.items()}
