# SPDX-License-Identifier: BSD-2-Clause
"""Random operations in the running kernel, with every sum checked at the end."""
import re

import pytest

import checks


def stress(m, operations, seed, limit=120):
    answer = m.run(f"stress {operations} {seed}", limit=limit)
    end = re.search(r"stress: (\d+) operations done, seed (\d+): (\d+) taken, (\d+) given back, "
                    r"(\d+) refused, (\d+) failures", answer)
    assert end, answer
    assert (int(end[1]), int(end[2])) == (operations, seed)
    assert end[3] == end[4] and end[6] == "0", answer
    return answer


def free_and_cached(memory):
    """Number of free pages, on the buddy's lists and on the CPUs' lists."""
    return sum(zone.free + sum(cpu["count"] for cpu in zone.cpus.values())
               for zone in memory.zones.values())


def test_stress_then_audit(boot):
    m = boot(smp=2)
    stress(m, 1000, 1)
    before = checks.Memory(m)
    stress(m, 100_000, 1)
    after = checks.Memory(m).check()
    checks.audit(m, 512 << 20)
    # Slabs keep some pages for later; no other page may be missing.
    slabs = (after.meminfo["Slab"] - before.meminfo["Slab"]) // 4
    assert free_and_cached(after) + slabs == free_and_cached(before)


@pytest.mark.parametrize("seed", [2, 3])
def test_seed_decides_what_happens(boot, seed):
    first, second = (stress(boot(), 20_000, seed) for _ in range(2))
    assert first == second


def test_stress_in_little_memory(boot):
    m = boot(mem="16M")
    stress(m, 50_000, 7)
    checks.Memory(m).check()
    checks.audit(m, 16 << 20)


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("mem", ["16M", "512M", "8G"])
def test_long_stress(boot, mem, seed):
    m = boot(mem=mem, smp=4)
    stress(m, 1_000_000, seed, limit=500)
    checks.Memory(m).check()
    checks.audit(m, checks.size_bytes(mem))
