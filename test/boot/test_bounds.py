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

# What the usual kernel has not: devices that reach memory by themselves, a section that comes and
# goes, threads that wait, and accounts.
WIDE = "1G, all"
OPTIONS = ("DMA", "MEMORY_HOTPLUG", "COMPACTION", "THREADS", "WORKQUEUE", "MEM_ACCOUNTS",
           "RECLAIM_THREAD", "COMPACTION_THREAD")
# The longest chain there may be. What a link of it costs is nearly all of "mutex_lock, waiting"
# then: a price below what is measured makes that row go over its bound.
CHAIN = 64
MEMORIES = ("128M", "1G", "5G", WIDE)
OFFLINE = "memhp=128M@0xb0000000"
# Parts of paths, each one hold, and how many times what the adversary reaches is its bound at most;
# and how long interrupts are off for any path at most.
STRETCHES = {"alloc_pages, refilled": 3, "__free_pages, full, a hold": 1.5,
             "drain_local_pages, a batch": 2.5, "kmem_cache_alloc, refilled": 2,
             "a pageblock retyped, a hold": 1.5, "alloc_contig_range, a hold": 1.5,
             "vmap, a hold": 1.5, "migrate_page, a hold": 2}
STRETCH_MOST = 2500
# Paths that leave interrupts alone.
IRQS_ON = ("dma_map_single, a page", "dma_sync_single, bounced")
THREAD_ROW = re.compile(r"(?m)^  (\S.*?)  +\S.*?  +([\d,]+)$")
# The plan's row of what memory's paths have in the other table.
NOT_DRIVEN = "interrupts off in memory's paths"
# So many times the measured one is the bound at most, where the adversary makes the path as dear as
# it gets. The last has the longest of memory's paths before it, which are measured apart.
NEAR = 4
NOT_NEAR = {"timer to the most urgent thread"}
ROW = re.compile(r"(?m)^  (\S.*?)  +(\S.*?)  +([\d,]+)  +([\d,]+)  +([\d,]+)$")


@pytest.fixture(scope="module")
def wide(kernel):
    folder = kernel.objdir / "test" / "bounds"
    with builds.locked(folder):
        builds.must_make(folder, builds.DEFAULT)
        config = folder / ".config"
        lines = [line for line in config.read_text(encoding="utf-8").splitlines()
                 if not re.search(rf"CONFIG_({'|'.join(OPTIONS)})\b", line)]
        lines += [f"CONFIG_{name}=y" for name in OPTIONS] + [f"CONFIG_PI_CHAIN_MAX={CHAIN}"]
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
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
        # Ways of waiting have a table of their own, without this column.
        assert mem == WIDE or "irqs_off" in row
        if path in IRQS_ON:
            assert row["irqs_off_bound"] == 0, path
        elif "irqs_off" in row:
            assert 0 < row["irqs_off"] <= row["irqs_off_bound"], path


def test_devices_and_sections_have_bounds(boots):
    rows, _ = boots(WIDE)
    for path in ("dma_map_single, a page", "dma_map_single, bounced", "dma_unmap_single, bounced",
                 "dma_sync_single, bounced", "dma_pool_alloc", "dma_pool_alloc, new page",
                 "dma_pool_free", "memory online", "memory offline"):
        assert path in rows, path
    # Every second slot before the free ones is taken. Mappings are undone as well as made.
    for path in ("dma_map_single, bounced", "dma_unmap_single, bounced", "bounce slots, taken",
                 "bounce slots, put back", "a section mapped, a hold", "memory changes, all stand"):
        assert rows[path]["max"] * 2 >= rows[path]["bound"], path
    # Each page of the section moves.
    assert rows["memory offline"]["max"] > 1500 * (128 << 20 >> 12)


def test_waiting_has_bounds(boots):
    """proves TB1: threads of all priorities on a queue, the longest chain, an interrupt's timers"""
    rows, _ = boots(WIDE)
    waits = {path: row for path, row in rows.items() if "irqs_off" not in row}
    assert len(waits) == 11
    for path, row in waits.items():
        assert path in NOT_NEAR or row["max"] * NEAR >= row["bound"], (path, row)
    assert waits["interrupt of timers"]["bound"] <= STRETCH_MOST


def test_accounts_have_bounds(boots):
    rows, _ = boots(WIDE)
    for path in ("alloc_pages, credit drawn", "alloc_pages, promised", "__free_pages, promised",
                 "a thread's stack"):
        assert rows[path]["max"] * NEAR >= rows[path]["bound"], (path, rows[path])
    assert "a thread's stack, free" in rows
    # A request for two pages, of which there are none but many single ones, tries once for each
    # millisecond that it may wait, not as often as it can.
    waiting = rows["alloc_pages, waiting"]
    assert waiting["max"] < 100 * rows["alloc_pages, failing"]["bound"]


@pytest.mark.parametrize("mem", MEMORIES)
def test_adversary_comes_near_the_bounds_of_one_hold(boots, mem):
    """The adversary must come near each bound; otherwise the bound, or the adversary, is of no
    use."""
    rows, _ = boots(mem)
    # A list that is full gives a batch back, or limits of other lists, and hardly both. A flush
    # that finds room in the depot is shorter than one that goes to slabs object by object.
    for path, times in (("__free_pages, list full", 2.5), ("kmem_cache_free, flushed", 4),
                        *STRETCHES.items()):
        assert rows[path]["max"] * times >= rows[path]["bound"], path
    # Each of these is one stretch with interrupts off, whatever the rest of its path costs.
    for path in STRETCHES:
        assert rows[path]["bound"] == rows[path]["irqs_off_bound"], path
    for path, row in rows.items():
        if "irqs_off" in row:
            assert row["irqs_off_bound"] <= STRETCH_MOST, path


@pytest.mark.parametrize("mem", MEMORIES)
def test_plan_prints_the_same_bounds(kernel_of, boots, tmp_path, mem):
    rows, plan = boots(mem)
    file = tmp_path / "plan.json"
    file.write_text(plan + "\n", encoding="ascii")
    status, text, wrong = plans.run(plans.make(kernel_of(mem).objdir), "--plan", file)
    assert (status, wrong) == (plans.SOUND, "")
    table, threads = re.search(r"(?ms)^Bounds  .*?(?=^Bounds of threads|\Z)(.*)", text).group(0, 1)
    table = table.removesuffix(threads)
    waits = {path: int(most.replace(",", "")) for path, most in THREAD_ROW.findall(threads)
             if path != NOT_DRIVEN}
    shown = {path: (int(most.replace(",", "")), int(off.replace(",", "")))
             for path, _, _, most, off in ROW.findall(table)}
    assert shown == {path: (row["bound"], row["irqs_off_bound"]) for path, row in rows.items()
                     if "irqs_off" in row}
    assert waits == {path: row["bound"] for path, row in rows.items() if "irqs_off" not in row}
