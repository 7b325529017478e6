# SPDX-License-Identifier: BSD-2-Clause
"""The ends of every range work, each alone and in combinations."""
import re

import pytest

import builds
import checks
import settings
from machine import Machine, qemu, run_to_end
from test_bench import ICOUNT

# Settings that an end of a range needs, because a relation would forbid the end without them.
COMPANIONS = {
    # The limit is a multiple of the largest block: 1 MiB needs blocks of at most that.
    ("ZONE_DMA_LIMIT_MB", "low"): {"MAX_ORDER": 8},
    # The zone can reach so far only if there is no DMA32.
    ("ZONE_DMA_LIMIT_MB", "high"): {"MAX_ORDER": 8, "ZONE_DMA32": "n"},
    # A window for all of 44 bits needs Sv48.
    ("MAX_PHYSMEM_BITS", "high"): {"SV48": "y"},
    ("SECTION_SIZE_BITS", "low"): {"MAX_ORDER": 9},
    # There are so many priorities.
    ("WORK_PRIORITY", "high"): {"NR_PRIORITIES": 64},
    ("RECLAIM_PRIORITY", "high"): {"NR_PRIORITIES": 64},
    ("COMPACTION_PRIORITY", "high"): {"NR_PRIORITIES": 64},
    ("SHELL_PRIORITY", "high"): {"NR_PRIORITIES": 64},
    ("USER_PRIORITY", "high"): {"NR_PRIORITIES": 64},
}
LOWEST = {"SECTION_SIZE_BITS": 21}


def extremes():
    for name, low, high, needed in settings.ranged():
        for end, value in (("low", LOWEST.get(name, low)), ("high", high)):
            yield {**needed, **COMPANIONS.get((name, end), {}), name: value}


EXTREMES = list(extremes())

ALL_LOW = {"NR_CPUS": 1, "STACK_SHIFT": 13, "SECTION_SIZE_BITS": 21, "MAX_PHYSMEM_BITS": 32,
           "MEMBLOCK_REGIONS": 32, "MAX_ORDER": 0, "PCP_BATCH": 1, "PCP_HIGH": 1,
           "KMALLOC_MIN_SHIFT": 3, "KMALLOC_MAX_SHIFT": 12, "SLAB_MAX_ORDER": 0,
           "SLAB_MAGAZINE": 1, "SLAB_CACHES": 32, "LOG_BUF_SHIFT": 12, "SHELL_HISTORY": 1}
ALL_HIGH = {"NR_CPUS": 64, "SV48": "y", "STACK_SHIFT": 16, "SECTION_SIZE_BITS": 34,
            "MAX_PHYSMEM_BITS": 44, "MEMBLOCK_REGIONS": 4096, "MAX_ORDER": 18,
            "PAGEBLOCK_ORDER": 18, "PCP_BATCH": 1024, "PCP_HIGH": 1024, "KMALLOC_MIN_SHIFT": 8,
            "KMALLOC_MAX_SHIFT": 30, "SLAB_MAX_ORDER": 10, "SLAB_MAGAZINE": 256,
            "SLAB_CACHES": 1024, "LOG_BUF_SHIFT": 20, "SHELL_HISTORY": 64}

# A device tree of QEMU's takes at most so many frames.
TREE_FRAMES = 3

# Built and booted in every check: the corners where code changes shape.
BOOTED = [
    ALL_LOW,
    ALL_HIGH,
    {"FLATMEM": "y", "NR_CPUS": 1, "MAX_ORDER": 0, "PAGE_MOBILITY": "n", "ZONE_DMA32": "n"},
    {"SPARSEMEM": "y", "SECTION_SIZE_BITS": 22, "NR_CPUS": 64, "NUMA": "y", "SV48": "y",
     "ZONE_DMA": "y", "ZONE_DMA_LIMIT_MB": 2304, "ZONE_MOVABLE": "y", "MAX_ORDER": 8,
     "PAGEBLOCK_ORDER": 0, "PCP_HIGH": 1, "PCP_BATCH": 1, "KMALLOC_MIN_SHIFT": 8,
     "KMALLOC_EXTRA_CLASSES": "n", "CONSOLE_NS16550": "n"},
]
# Where largest blocks are smaller than this, the adversary of bench cannot cut them as it likes.
SMALL_ORDER = 3
# Built and booted in a long check only: configurations between the corners.
BOOTED_LONG = [
    {"MAX_ORDER": 0, "PAGE_MOBILITY": "n", "ZONE_DMA32": "n"},
    {"PAGEBLOCK_ORDER": 0, "SV48": "y", "PCP_HIGH": 1, "PCP_BATCH": 1},
    {"FLATMEM": "y", "NR_CPUS": 1},
    {"SPARSEMEM": "y", "NR_CPUS": 64, "NUMA": "y", "KMALLOC_MIN_SHIFT": 8,
     "KMALLOC_EXTRA_CLASSES": "n", "CONSOLE_NS16550": "n", "SECTION_SIZE_BITS": 22},
    {"ZONE_DMA": "y", "ZONE_DMA_LIMIT_MB": 2304, "ZONE_MOVABLE": "y", "MAX_ORDER": 8},
    {"MAX_ORDER": 0, "PAGE_MOBILITY": "n"},
    {"PAGE_MOBILITY": "n", "ZONE_DMA32": "n"},
    {"SPARSEMEM": "y", "NR_CPUS": 64, "NUMA": "y"},
    {"SPARSEMEM": "y", "SECTION_SIZE_BITS": 22, "PAGE_MOBILITY": "n"},
    {"PAGEBLOCK_ORDER": 0},
    {"NUMA": "y"},
    {"FLATMEM": "y", "PAGEBLOCK_ORDER": 0, "MAX_ORDER": 3},
    {"MAX_ORDER": 18, "SECTION_SIZE_BITS": 30},
    {"MM_VALIDATE": "y", "MAX_ORDER": 4},
    {"MM_CHECK": "y", "SPARSEMEM": "y"},
    {"ZONE_MOVABLE": "y", "ZONE_MOVABLE_SIZE_MB": 1, "PAGEBLOCK_ORDER": 3},
    {"KTEST": "n", "KALLSYMS": "n", "IKCONFIG": "n"},
    {"SLAB_MAX_ORDER": 0, "SLAB_MAGAZINE": 1},
    {"SV48": "y", "FLATMEM": "y", "MAX_PHYSMEM_BITS": 44},
]


@pytest.fixture(scope="module")
def conf(kconf):
    return kconf.Config()


@pytest.mark.parametrize("asked", EXTREMES, ids=settings.describe)
def test_end_of_range_satisfies_every_relation(conf, compile_with, tmp_path, asked):
    """The configuration's tools accept the end, and config_check.c compiles with it."""
    header = tmp_path / "autoconf.h"
    conf.load(str(settings.write(tmp_path, asked)))
    for name, value in asked.items():
        assert conf.syms[name].str_value == str(value), name
    conf.write_autoconf(str(header))
    said = compile_with(header)
    assert not said, said


def build(folder, asked):
    """The kernel, whose sources are compiled together as far as they can be; at the corners of all
    ranges its plan, too."""
    place = folder / "booted"
    settings.must_configure(place, asked)
    builds.must_make(place, "JOIN=1", "all" if asked in (ALL_LOW, ALL_HIGH) else "Image")
    return builds.Build(place)


def numa_machine():
    """Two nodes of unequal size that add up to 512 MiB."""
    words = []
    for node, size in ((0, "128M"), (1, "384M")):
        words += ["-object", f"memory-backend-ram,size={size},id=m{node}",
                  "-numa", f"node,nodeid={node},cpus={node},memdev=m{node}"]
    return words


def boots_whole(kernel, mem="512M"):
    """Boots to the shell: every sum is right before and after some work, and the suites pass."""
    config = kernel.config
    extra = numa_machine() if config.get("NUMA") else []
    with Machine(qemu("virt", kernel.image, mem=mem, smp=2, extra=extra)) as m:
        m.shell()
        ram = checks.size_bytes(mem)
        memory = checks.Memory(m).check()
        assert memory.present == ram
        assert len(next(iter(memory.buddy.values()))) == config["MAX_ORDER"] + 1
        assert set(zone.name for zone in memory.zones.values()) == zones_of(config)
        assert len({zone.node for zone in memory.zones.values()}) == (2 if extra else 1)
        for zone in memory.zones.values():
            # Boot keeps nothing of its own in this zone; QEMU's tree alone lies at the end of RAM.
            if zone.name == "Movable":
                assert zone.managed >= zone.present - TREE_FRAMES > 0
        if config.get("KTEST"):
            text = m.run("test", limit=300)
            assert re.search(r"(?m)^\d+ passed, 0 failed$", text), text[-3000:]
        assert "0 failures" in m.run("stress 5000 1", limit=120)
        checks.Memory(m).check()
        checks.audit(m, ram)
        m.poweroff().need_status(0)
    if config["MAX_ORDER"] <= SMALL_ORDER:
        adversary_finds_its_way(kernel)


def adversary_finds_its_way(kernel):
    """With such small blocks bench drives each path that exists, and none over its bound."""
    run_to_end(qemu("virt", kernel.image, mem="64M", extra=ICOUNT,
                    append='loglevel=4 run="bench bound; bench pages; audit; poweroff"')
               ).need_status(0).need(r"(?s)^bound alloc_pages, refilled +max .* over 0$.*"
                                     r": ok, 0 errors$")


def zones_of(config):
    switched = {"ZONE_DMA": "DMA", "ZONE_DMA32": "DMA32", "ZONE_MOVABLE": "Movable"}
    return {"Normal"} | {name for symbol, name in switched.items() if config.get(symbol)}


@pytest.mark.parametrize("asked", BOOTED, ids=settings.describe)
def test_corner_builds_and_boots(folder, asked):
    boots_whole(build(folder, asked), "2G" if asked is ALL_HIGH else "512M")


@pytest.mark.long
@pytest.mark.parametrize("asked", BOOTED_LONG + EXTREMES, ids=settings.describe)
def test_every_end_builds_and_boots(folder, asked):
    boots_whole(build(folder, asked), "4G" if asked.get("MAX_ORDER", 0) > 14 else "512M")


def test_kernel_without_shell_boots_and_idles(folder):
    kernel = build(folder, {"SHELL": "n"})
    with Machine(qemu("virt", kernel.image)) as m:
        m.expect(r"(?i)no shell|idle|nothing to run|Freeing unused")
