# SPDX-License-Identifier: BSD-2-Clause
"""bench: the promised names and form, figures that repeat, and limits of what is counted.

Instructions are counted with -icount, so that a limit here is none of time: the figures of one
kernel are the same on every machine.
"""
import json
import re
import subprocess
import sys

import pytest

import builds
import machine
from test_make_goals import goal

ICOUNT = ("-icount", "shift=0,sleep=off", "-seed", "1")
ORDERS = range(11)
FILLS = [f"fill_{order}" for order in ("same", "reverse", "random")] + ["walk"]
MARKS = "start_kernel memblock paging sections hand_over allocator_ready".split()
BATCH = {"alloc", "free"}
SINGLE = {"min", "p50", "p99", "p999", "max"}
PIECES = {"ok", "failed", "failure_mean", "failure_max"}

# The name of each promised line, and the keys that it must have; others are allowed.
PROMISED = {
    **{f"mark {name}": {"instret"} for name in MARKS},
    "memory after_boot": {"ram_kib", "free_kib", "not_available_kib", "not_available_percent"},
    "memory descriptor": {"bytes"},
    "loop pair_of_empty_calls": {"pair"}, "loop batch_of_empty_calls": BATCH,
    **{f"pages order={order} pair": {"pair"} for order in ORDERS},
    **{f"pages order={order} batch={size}": BATCH for order in ORDERS for size in (16, 64, 512)},
    "pages_zeroed order=0 pair": {"pair"},
    **{f"bulk order=0 free_order={how} rep=0": BATCH for how in ("same", "reverse", "random")},
    **{f"single {how} order={order} {what}": SINGLE
       for how in FILLS for order in (0, 3, 9) for what in ("alloc", "free")},
    **{f"pieces {when} order=9": PIECES
       for when in ("before", "every_second_frame_free", "after_all_freed")},
    **{f"{work} bytes={size}": {"alloc", "free", "alloc_max", "free_max"} for work, sizes in
       (("vmalloc", (4096, 65536, 1 << 20, 4 << 20)), ("vmap", (4096,)), ("ioremap", (4096,)))
       for size in sizes},
    "migrate page": {"pair", "max"}, "migrate run pages=32": {"pair", "max"},
    "isolate pageblock": BATCH, "isolate pageblock of_larger_block": BATCH,
    "pieces free_of_every_second": {"free", "pages"},
    "pieces free_of_the_rest_with_merging": {"free", "pages"},
    "pieces order=0 while fragmented": BATCH,
    **{f"slab {kind} pair": {"pair"}
       for kind in ("empty_calls", "kmalloc64", "kmalloc256", "cache128")},
    **{f"slab {kind} {shape}": BATCH
       for kind in ("empty_calls", "kmalloc64", "kmalloc256", "cache128")
       for shape in ("batch=64", "batch=512", "bulk free_order=same", "bulk free_order=reverse",
                     "bulk free_order=random")},
}
# Each of these has the figures for several harts.
CIRCLES = {f"smp harts={harts} {what} here, free there"
           for harts in (1, 2, 4, 8) for what in ("order=0", "kmalloc64")}
# Without an area for contiguous memory there is nothing to measure.
NO_AREA = {f"cma_alloc pages={pages} state={state}" for pages, state in
           ((1, "free"), (1024, "free"), (1, "lent"), (1024, "lent"), (16384, "lent"))}
# At 1 GiB there are too few blocks of order 9 and 10 for a batch of 512.
TOO_MANY = {"pages order=9 batch=512", "pages order=10 batch=512"}

LIMITS = json.loads((builds.ROOT / "test/bench/limits.json").read_text(encoding="utf-8"))
KEPT = [(mem, work, key, limit) for mem, works in LIMITS["at_most"].items() if mem != "host"
        for work, figures in works.items() for key, limit in figures.items()
        if not work.startswith(("cma_alloc ", "compact "))]


def bench(kernel, pattern="", mem="1G", smp=1, arguments=""):
    """{work: figures} of one boot, and its text. Several harts are not counted: QEMU 7.2 may give
    one of them no turn any more with -icount, wherever it is."""
    words = f"bench -j '{pattern}'" if pattern else "bench -j"
    counted = ICOUNT if smp == 1 else ()
    extra = counted + ("-machine", "memory-backend=ram", "-object",
                       f"memory-backend-ram,id=ram,size={mem},reserve=off")
    result = machine.run_to_end(machine.qemu(
        "virt", kernel.image, mem=mem, smp=smp, extra=extra,
        append=f'loglevel=4 {arguments} run="{words}; audit; poweroff"'), limit=300).need_status(0)
    result.need(r": ok, 0 errors$")
    rows = [json.loads(line) for line in result.text.splitlines() if line.startswith("{")]
    found = {row.pop("work"): row for row in rows}
    assert len(found) == len(rows), "a name stands for two works"
    return found, result.text


@pytest.fixture(scope="module")
def all_works(kernel):
    return bench(kernel)[0]


@pytest.fixture(scope="module")
def boots(kernel, all_works):
    """figures(mem): all works at 1 GiB, and boot alone at other sizes."""
    seen = {"1G": all_works}

    def figures(mem):
        if mem not in seen:
            seen[mem] = {**bench(kernel, "mark ", mem)[0], **bench(kernel, "memory ", mem)[0]}
        return seen[mem]
    return figures


def test_every_work_has_its_promised_name_and_figures(all_works):
    assert set(PROMISED) <= set(all_works)
    for work, keys in PROMISED.items():
        row = all_works[work]
        if work in TOO_MANY:
            assert row == {"skipped": "memory is too small"}
            continue
        assert keys <= set(row), (work, row)
        assert all(isinstance(value, (int, float)) and value >= 0 for value in row.values())


def test_no_work_has_an_unknown_name(all_works):
    bounds = {work for work in all_works if work.startswith("bound ")}
    assert set(all_works) - bounds == set(PROMISED) | CIRCLES | NO_AREA
    for work in NO_AREA:
        assert all_works[work] == {"skipped": "no area: cma=128M makes one"}


def test_distributions_are_in_order(all_works):
    for work, row in all_works.items():
        if work.startswith("single "):
            assert 0 < row["min"] <= row["p50"] <= row["p99"] <= row["p999"] <= row["max"], work


def test_loops_cost_less_than_the_work_in_them(all_works):
    empty = all_works["loop pair_of_empty_calls"]["pair"]
    for order in ORDERS:
        assert all_works[f"pages order={order} pair"]["pair"] > empty > 0


def test_marks_come_one_after_the_other(all_works):
    readings = [all_works[f"mark {name}"]["instret"] for name in MARKS]
    assert readings == sorted(readings) and readings[0] > 0


def test_memory_line_adds_up(all_works):
    row = all_works["memory after_boot"]
    assert row["ram_kib"] == 1 << 20
    assert row["free_kib"] + row["not_available_kib"] == row["ram_kib"]
    assert row["not_available_percent"] == pytest.approx(
        100 * row["not_available_kib"] / row["ram_kib"], abs=0.01)


def test_pieces_leave_no_large_block_and_give_all_back(all_works):
    assert all_works["pieces every_second_frame_free order=9"]["ok"] <= 3
    taken = [all_works[f"pieces {name}"]["pages"]
             for name in ("free_of_every_second", "free_of_the_rest_with_merging")]
    assert sum(taken) > (1 << 18) * 95 // 100 and abs(taken[0] - taken[1]) <= 2048
    before, after = (all_works[f"pieces {when} order=9"]["ok"]
                     for when in ("before", "after_all_freed"))
    assert before > 450 and abs(after - before) <= 16


def test_figures_repeat(kernel):
    first, second = (bench(kernel, "order=0")[0] for _ in range(2))
    assert first == second
    assert "pages order=0 pair" in first and all("order=0" in work for work in first)


@pytest.mark.parametrize("harts", [1, 2])
def test_circles_of_harts_by_turns(kernel, harts):
    """Each hart frees what another one allocated; where there are too few harts, a line says so."""
    found, _ = bench(kernel, "smp ", smp=harts)
    assert set(found) == CIRCLES | ({"counter"} if harts > 1 else set())
    found.pop("counter", None)
    for work, row in found.items():
        if int(re.search(r"harts=(\d)", work)[1]) <= harts:
            assert set(row) == {"pair", "ns"} and row["pair"] > 0
        else:
            assert row == {"skipped": "too few CPUs are online"}


def test_harts_at_once_lose_nothing(boot):
    m = boot(smp=4)
    # On a busy machine a hart may come too late, and is then missing from the circle.
    online = int(re.search(r"smp: Brought up \d+ nodes?, (\d+) CPUs?", m.boot_log)[1])
    text = m.run("bench -j smp; audit", limit=120)
    assert text.count('"pair"') == 2 * sum(n <= online for n in (1, 2, 4)), text
    assert "ok, 0 errors" in text


@pytest.mark.parametrize("mem,work,key,limit", KEPT)
def test_limit(boots, mem, work, key, limit):
    assert boots(mem)[work][key] <= limit


def test_limits_of_an_area(kernel):
    """Contiguous memory, of an area that make bench has too."""
    found, _ = bench(kernel, "cma_alloc ", arguments="cma=128M")
    assert set(found) == NO_AREA
    for work, figures in LIMITS["at_most"]["1G"].items():
        if work.startswith("cma_alloc "):
            for key, limit in figures.items():
                assert found[work][key] <= limit, work


def test_text_for_people(resting):
    note, text = resting.run("bench loop").split("\n", 1)
    assert re.match(r"counter +note: not exact here: the counter runs with time", note)
    assert re.fullmatch(r"loop pair_of_empty_calls +pair \d+\.\d\d\n"
                        r"loop batch_of_empty_calls +alloc \d+\.\d\d +free \d+\.\d\d\n", text)


def test_a_counter_of_time_is_not_taken_for_instructions(resting):
    """Without -icount a line says so, no figure wraps around, and no path exceeds its bound."""
    rows = [json.loads(line) for line in resting.run("bench -j", limit=300).splitlines()]
    found = {row.pop("work"): row for row in rows}
    assert found.pop("counter")["note"].startswith("not exact here")
    for work, row in found.items():
        if work.startswith(("bound ", "single ", "pieces")):
            assert row == {"skipped": "not exact here"}, work
        assert all(value < 1 << 48 for value in row.values() if value is not row.get("skipped"))


def test_words_for_what_cannot_be(resting):
    assert 'bench: no work has "xyz" in its name' in resting.run("bench xyz")
    assert "usage: bench [-j] [pattern]" in resting.run("bench -j pages order=0")


def test_small_memory_is_said_not_suffered(kernel):
    found, _ = bench(kernel, mem="16M")
    skipped = {work for work, row in found.items() if "skipped" in row}
    assert {"pages order=10 batch=16", "pages order=9 batch=512"} <= skipped
    assert "pages order=0 batch=512" not in skipped


def test_table_and_json_of_the_script(kernel, tmp_path):
    out = tmp_path / "bench.json"
    done = subprocess.run([sys.executable, "scripts/bench.py", "--objdir", str(kernel.objdir),
                           "--out", str(out), "mark allocator"], cwd=builds.ROOT, text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    row = re.search(r"(?m)^ +mark allocator_ready, 64G +([\d,]+) .* 1,534,528,299 +- +8,000,000$",
                    done.stdout)
    assert row, done.stdout
    assert "Two runs at 1G: equal in every figure." in done.stdout
    stored = json.loads(out.read_text(encoding="utf-8"))
    assert list(stored["figures"]) == ["128M", "256M", "1G", "4G", "8G", "16G", "64G"]
    instret = stored["figures"]["64G"]["mark allocator_ready"]["instret"]
    assert f"{instret:,}" == row[1] and stored["repeats"] is True


def test_make_bench(kernel):
    """Runs in a process, without QEMU. This is one test, because both parts build in one folder."""
    result = machine.run_to_end(goal(kernel, "bench", "BENCH=host threads=1 order=0 pair"),
                                limit=300).need_status(0)
    result.need(r"host threads=1 order=0 pair +[\d.]+ \([\d.]+\)")
    result.need(r"^Limits: [01] of 1 figures")
    result = machine.run_to_end(goal(kernel, "bench", "BENCH=host xyz"), limit=300)
    result.need_failure()
    result.need(r'bench: no work has "host xyz" in its name')
