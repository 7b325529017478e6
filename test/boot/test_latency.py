# SPDX-License-Identifier: BSD-2-Clause
"""How late threads wake up, beside the bound that plan prints; who keeps interrupts off.

Instructions are counted with -icount, where a nanosecond is an instruction, so nothing here depends
on the speed of this machine.
"""
import json
import re

import pytest

import builds
from machine import Machine, qemu, run_to_end
from test_bench import ICOUNT

# What interrupts stay off for without a bound of the plan: a device is slow, or a benchmark
# switches them off.
OTHERS = re.compile(r"console_begin|bench_")


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A kernel that measures its stretches."""
    top = tmp_path_factory.mktemp("latency")
    (top / "more.config").write_text("CONFIG_THREADS=y\nCONFIG_LATENCY_TRACE=y\n",
                                     encoding="ascii")
    for goal in (builds.DEFAULT, str(top / "more.config"), "all"):
        builds.must_make(top / "o", goal)
    return top / "o"


def rows_of(text):
    """{CPU or all: (wake-ups, min, mean, p50, p99.9, max)}, in ns."""
    found = re.findall(r"(?m)^ +(\d+|all) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", text)
    return {row[0]: tuple(map(int, row[1:])) for row in found}


def test_the_most_urgent_thread_is_on_time(traced):
    """proves that under stress no wake-up is later than the plan says"""
    text = builds.must_make(traced, "plan", "MEM=1G", "SMP=1")
    table = text.split("Bounds of threads")[1]
    bounds = {path: int(number.replace(",", "")) for path, number in re.findall(
        r"(?m)^  (\S.*?)  +\S.*?  +([\d,]+)$", table)}
    with Machine(qemu("virt", traced / "Image", mem="1G", extra=ICOUNT), limit=120) as m:
        m.shell()
        m.run("irqsoff reset")
        said = m.run("latency 1000 1000")
        assert "1 CPUs, 1000 wake-ups each, every 1000 us, under stress: 0 lost" in said
        most = rows_of(said)["all"][5]
        assert 0 < most <= bounds["timer to the most urgent thread"], said
        # The longest stretches are within the table of memory's paths.
        stretches = re.findall(r"(?m)^ +(\d+) +\d+  (\S+), (\S+)$",
                               m.run("irqsoff").split("preemption off")[0])
        own = [(int(n), begin) for n, begin, _ in stretches if not OTHERS.match(begin)]
        assert own and max(own)[0] <= bounds["interrupts off in memory's paths"], stretches
        assert ": ok, 0 errors" in m.run("audit")
        figures = {row["work"]: row for row in map(json.loads, re.findall(
            r"(?m)^\{\"work\":.*$", m.run("bench -j thread; bench -j lock")))}
        m.poweroff().need_status(0)
    # Measuring makes the paths dearer; the paths are within their bounds all the same.
    assert figures["thread yield"]["max"] <= 2 * bounds["thread_yield, thread_block"]
    assert figures["lock mutex_handover"]["max"] <= bounds["mutex handed over"]


def named(text):
    """Who is reported: [(what, from, to)]."""
    return re.findall(r"LT1: (interrupts were|preemption was) off for \d+ instructions, from "
                      r"(\w+)\S* to (\w+)\S*; CONFIG_LATENCY_MAX is \d+", text)


def held(image, words):
    return run_to_end(qemu("virt", image, smp=1, extra=ICOUNT,
                           append=f'run="irqsoff hold; {words}; irqsoff; poweroff"'), limit=120)


def test_a_maximum_is_held(traced, built):
    """proves LT1: who keeps interrupts off for longer is named, once; and nobody does"""
    work = "latency 300 1000; stress 5000; ps; alloc 0; alloc 10; free; audit; audit"
    text = held(traced / "Image", work).text
    assert ": 0 lost" in text
    # Each character is a call of the firmware.
    assert [row[1] for row in named(text)] == ["console_begin"], named(text)
    assert re.search(r"stop_machine\S+, stop_machine\S+, excused", text)
    # The suite itself keeps other CPUs' interrupts off; a leaf of 2 MiB is split in time.
    text = held(traced / "Image", "test vmalloc").text
    assert {row[1] for row in named(text)} <= {"console_begin", "on_each_cpu"}, named(text)
    # A pageblock in pieces is set aside some blocks at a time, and a range is taken likewise.
    text = held(traced / "Image", "test cma").text
    assert "not ok" not in text and "ok 2 pieces_are_set_aside" in text
    assert {row[1] for row in named(text)} <= {"console_begin", "on_each_cpu"}, named(text)
    # So is a line on a console with interrupts.
    assert not named(held(built("qemu_virt_max_defconfig").image, "ps; dmesg").text)
    # The debug configuration has its own maximum, and more is done: all that suites do.
    suites = "threads sync waiting works accounts dma"
    text = held(built("qemu_virt_debug_defconfig").image,
                "; ".join([work, *(f"test {suite}" for suite in suites.split())])).text
    assert not re.search(r"(?m)^ *not ok", text)
    assert {row[:2] for row in named(text)} == {("preemption was", "some_never_wait")}, named(text)
    # A test that switches them off itself is seen.
    text = held(built("qemu_virt_debug_defconfig").image, "test timers; test timers").text
    assert [row[1] for row in named(text)] == ["timers_come_in_order"], named(text)


def test_latency_on_several_cpus(traced):
    with Machine(qemu("virt", traced / "Image", smp=4), limit=120) as m:
        m.shell()
        said = m.run("latency 100 1000")
        rows = rows_of(said)
        assert set(rows) == {"0", "1", "2", "3", "all"} and rows["all"][0] == 400
        assert "0 lost" in said
        for words, sentence in (("latency 0", "at least 1 wake-up"),
                                ("latency 1 5", "an interval of 10 to 1000000 us"),
                                ("latency 1 100 loud", "usage:"),
                                ("irqsoff all", "usage:")):
            assert sentence in m.run(words)
        m.poweroff().need_status(0)


@pytest.mark.long
def test_ten_thousand_wake_ups(traced):
    """Four harts, each a wake-up a millisecond, under stress: none is lost, memory is whole."""
    with Machine(qemu("virt", traced / "Image", smp=4), limit=300) as m:
        m.shell()
        said = m.run("latency", limit=250)
        assert "4 CPUs, 10000 wake-ups each, every 1000 us, under stress: 0 lost" in said
        assert rows_of(said)["all"][0] == 40000
        assert ": ok, 0 errors" in m.run("audit")
        m.poweroff().need_status(0)
