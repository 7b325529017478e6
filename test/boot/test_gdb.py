# SPDX-License-Identifier: BSD-2-Clause
"""The commands of scripts/gdb on a running machine print what the shell's views print."""
import re
import shutil
import subprocess

import pytest

import builds
import checks
import views
from machine import LIMIT_S, Machine, qemu

GDB = shutil.which("gdb-multiarch")
SCRIPT = builds.ROOT / "scripts" / "gdb" / "tessera-gdb.py"
# The only running hart is sometimes in the firmware, where it polls the console.
TRIES = 10

pytestmark = pytest.mark.skipif(not GDB, reason="gdb-multiarch is missing")


@pytest.fixture(scope="module")
def attached(kernel, tmp_path_factory):
    """(machine, gdb(*commands) → their output)"""
    path = tmp_path_factory.mktemp("gdb") / "socket"
    extra = ["-chardev", f"socket,path={path},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"]
    with Machine(qemu("virt", kernel.image, smp=2, extra=extra)) as m:
        m.shell()
        m.run("stress 3000 1", limit=120)
        m.run("alloc 0")
        yield m, lambda *commands: run_gdb(kernel, path, commands)


def run_gdb(kernel, path, commands):
    argv = [GDB, "-q", "-batch", "-nx", str(kernel.elf), "-ex", "set architecture riscv:rv64",
            "-ex", f"source {SCRIPT}", "-ex", f"target remote {path}"]
    for command in commands:
        argv += ["-ex", "echo @\\n", "-ex", command]
    for _ in range(TRIES):
        done = subprocess.run(argv + ["-ex", "detach"], stdin=subprocess.DEVNULL, text=True,
                              timeout=LIMIT_S, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if "no hart runs kernel code" not in done.stdout:
            break
    assert done.stdout.count("\n@\n") >= len(commands), done.stdout
    answers = done.stdout.split("\n@\n")[1:]
    answers[-1] = re.sub(r"\n\[Inferior 1 .*detached\]\n$|\nDetaching from .*", "", answers[-1],
                         flags=re.S)
    return [answer.rstrip("\n") + "\n" for answer in answers]


def test_zones(attached):
    m, gdb = attached
    expected = m.run("zones")
    assert gdb("tessera-zones") == [expected]


def test_buddy_by_walking_the_lists(attached):
    m, gdb = attached
    buddy, types = m.run("cat /proc/buddyinfo"), m.run("cat /proc/pagetypeinfo")
    walked, by_type, order_0 = gdb("tessera-buddy", "tessera-buddy -t", "tessera-buddy -l 0")
    assert walked == buddy
    assert by_type in types
    count = sum(row[0] for row in views.buddyinfo(buddy).values())
    assert len(re.findall(r"(?m)^node 0 \w+ +\w+ +pfn 0x[0-9a-f]+$", order_0)) == count


def test_pcp(attached):
    m, gdb = attached
    zones = views.zoneinfo(m.run("cat /proc/zoneinfo"))
    rows = dict(re.findall(r"(?m)^cpu 0 zone (\w+) +(\d+) pages", gdb("tessera-pcp")[0]))
    for zone in zones.values():
        if zone.present:
            assert int(rows[zone.name]) == zone.cpus[0]["count"]


def test_slab(attached):
    m, gdb = attached
    caches = views.slabinfo(m.run("cat /proc/slabinfo"))
    text, one = gdb("tessera-slab", "tessera-slab kmalloc-64")
    rows = re.findall(r"(?m)^(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : slabdata +(\d+)$", text)
    assert {row[0]: tuple(int(n) for n in row[1:]) for row in rows} == \
        {name: tuple(cache)[1:] for name, cache in caches.items()}
    assert one.startswith("kmalloc-64 ") and "objects in the magazine" in one


def test_memblock(attached):
    m, gdb = attached
    expected = m.run("memblock")
    assert gdb("tessera-memblock") == [expected]


def test_page_of_every_kind(attached, kernel):
    m, gdb = attached
    block = re.search(r"frame 0x([0-9a-f]+), zone (\w+), at (0x[0-9a-f]+)", m.run("alloc"))
    pfn, va = int(block[1], 16), int(block[3], 16)
    text = kernel.symbols()["_text"]
    regions = {r.owner: r.base for r in checks.memblock(m)[1]}
    free = re.search(r"pfn (0x[0-9a-f]+)", gdb("tessera-buddy -l 0")[0])
    by_pfn, by_va, by_pa, image, firmware, listed, nothing = gdb(
        f"tessera-page {pfn:#x}", f"tessera-page {va:#x}", f"tessera-page {pfn << 12:#x}",
        f"tessera-page {text:#x}", f"tessera-page {regions['device tree']:#x}",
        f"tessera-page {free[1] if free else pfn}", "tessera-page 0x1000")
    assert by_pfn == by_va == by_pa
    assert f"pfn {pfn:#x} " in by_pfn and "PG_ALLOCATED" in by_pfn and f"zone {block[2]}" in by_pfn
    descriptor = re.search(r"descriptor (0x[0-9a-f]+)", by_pfn)[1]
    assert gdb(f"tessera-page {descriptor}") == [by_pfn]
    assert "PG_RESERVED" in image and "owner kernel image" in image
    assert "owner device tree" in firmware
    assert "PG_BUDDY" in listed or not free
    assert "has no descriptor" in nothing


def test_wrong_arguments_are_sentences(attached):
    _, gdb = attached
    for answer in gdb("tessera-page", "tessera-buddy -x", "tessera-slab nosuch"):
        assert re.match(r"usage: tessera-|no cache nosuch", answer)
        assert "Traceback" not in answer


def test_machine_goes_on_after_the_debugger_left(attached):
    m, gdb = attached
    gdb("tessera-zones")
    assert m.run("echo alive") == "alive\n"
