# SPDX-License-Identifier: BSD-2-Clause
"""Programs compiled in: those of the tree run, and one from outside comes in with one line."""
import json
import random
import re
import subprocess

import pytest

import builds
from machine import qemu

CONFIG = "CONFIG_APP_HELLO=y\nCONFIG_APP_CONTROL=y\nCONFIG_APP_CONTROL_SECONDS=1\n" \
    "CONFIG_IRQ=y\nCONFIG_DMA=y\nCONFIG_VIRTIO_BLK=y\nCONFIG_APP_COPY=y\n"
MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A kernel with the programs of the tree and one from outside."""
    top = tmp_path_factory.mktemp("apps")
    objdir = top / "o"
    builds.must_make(objdir, "new-app", "NAME=blink", f"DIR={top}")
    # The option for threads comes by itself where no .config says otherwise.
    builds.must_make(objdir, f"APP={top / 'blink'}", builds.DEFAULT)
    assert "CONFIG_APP_BLINK=y" in (objdir / ".config").read_text(encoding="utf-8")
    (top / "more.config").write_text(CONFIG, encoding="ascii")
    builds.must_make(objdir, str(top / "more.config"))
    builds.must_make(objdir, "Image")
    return objdir


def test_programs_from_here_and_from_outside(folder, start):
    m = start(qemu("virt", folder / "Image", smp=2), limit=120).shell()
    # Their lines may come behind the prompt.
    m.expect(r"control: 1000 rounds of 1000 us")
    m.send("sleep 500; echo at rest\r")
    m.expect(r"\nat rest\r?\n")
    m.answer()
    assert "1 passed, 0 failed" in m.run("test blink")
    log = m.run("dmesg")
    assert "hello: I am thread hello of priority 16" in log
    assert "blink: round 3 of 3: 9" in log and "control: 1000 rounds of 1000 us" in log
    assert ": ok, 0 errors" in m.run("audit")
    m.poweroff().need_status(0)


def test_control_is_on_time(folder, run_to_end):
    """With instructions counted, the loop is late by some instructions, whatever memory is
    taken beside it."""
    text = run_to_end('run="sleep 1500; audit; poweroff"', mem="64M", image=folder / "Image",
                      extra=("-icount", "shift=0,sleep=off")).need_status(0).text
    found = re.search(r"control: (\d+) rounds of 1000 us, late by (\d+) ns at least, (\d+) ns on "
                      r"average, (\d+) ns at most; the hog took all memory (\d+) times", text)
    assert found, text
    rounds, _, mean, most, full = map(int, found.groups())
    assert rounds == 1000 and mean < 5000 and most < 20000 and full > 3, found[0]


def test_figures_of_threads(folder, run_to_end):
    """What limits.json allows a kernel with threads and interrupts, which this one is."""
    limits = json.loads((builds.ROOT / "test/bench/limits.json").read_text(encoding="utf-8"))
    works = "; ".join(f"bench -j {name}" for name in
                      sorted({work.split()[0] for work in limits["threads"]}))
    text = run_to_end(f'loglevel=4 run="sleep 1500; {works}; poweroff"', image=folder / "Image",
                      extra=("-icount", "shift=0,sleep=off"), limit=120).need_status(0).text
    found = {row["work"]: row for row in map(json.loads, re.findall(r'(?m)^{"work":.*$', text))}
    over = {(work, key): found[work][key] for work, keys in limits["threads"].items()
            for key, limit in keys.items() if found[work][key] > limit}
    assert not over, over


def disks(tmp_path, *rules, sizes=(4 * MIB, 4 * MIB)):
    """QEMU's words for vda, full of what differs from sector to sector, and vdb; their paths."""
    words, paths = [], []
    for name, size in zip(("a", "b"), sizes):
        paths.append(tmp_path / f"{name}.img")
        paths[-1].write_bytes(random.Random(size).randbytes(size) if name == "a" else bytes(size))
        words += ["-blockdev", ",".join((
            f"node-name={name}", "driver=raw", "file.driver=blkdebug,file.image.driver=file",
            f"file.image.filename={paths[-1]}") + tuple(r for n, r in rules if n == name))]
    for name in ("a", "b"):
        words += ["-device", f"virtio-blk-device,drive={name},werror=report,rerror=report"]
    return words, paths


def copied(folder, run_to_end, words):
    done = run_to_end('run="sleep 2500; blk; audit; poweroff"', image=folder / "Image",
                      extra=words, limit=60).need_status(0)
    done.need(r": ok, 0 errors")
    return done.text


def test_copy(folder, run_to_end, tmp_path):
    """A disk is copied whole, with progress; a sector that is bad is left out, and no other."""
    words, (a, b) = disks(tmp_path)
    text = copied(folder, run_to_end, words)
    assert "copy: 8192 sectors of vda to vdb, 0 could not be read, 0 not written" in text
    assert re.findall(r"copy: (\d+) %", text) == [str(n) for n in range(10, 101, 10)]
    assert b.read_bytes() == a.read_bytes() != bytes(4 * MIB)
    fails = "file.inject-error.0.event=none,file.inject-error.0.iotype={}," \
            "file.inject-error.0.errno=5,file.inject-error.0.sector={}," \
            "file.inject-error.0.once=off"
    words, (a, b) = disks(tmp_path, ("a", fails.format("read", 100)),
                          ("b", fails.format("write", 3000)))
    text = copied(folder, run_to_end, words)
    assert "copy: 8192 sectors of vda to vdb, 1 could not be read, 1 not written" in text
    there, here = a.read_bytes(), b.read_bytes()
    differ = [n for n in range(8192)
              if there[n * 512:n * 512 + 512] != here[n * 512:n * 512 + 512]]
    assert differ == [100, 3000]


def test_copy_needs_two_disks(folder, run_to_end, tmp_path):
    words, _ = disks(tmp_path, sizes=(4 * MIB, 2 * MIB))
    assert "copy: vdb is read-only, or smaller than vda; nothing was copied" in copied(
        folder, run_to_end, words)
    assert "copy: there is no disk vda; two are needed" in copied(folder, run_to_end, [])


def test_what_is_no_program_is_refused(tmp_path):
    for words, sentence in (
            (("APP=/none", "Image"), "APP=/none is no program: it lacks Kconfig objects.mk"),
            (("new-app", "NAME=Blink"), "NAME=Blink: a word of lower-case letters"),
            (("new-app", "NAME=blink", "DIR=/none"), "DIR=/none is no folder"),
            (("new-app", "NAME=int"), "NAME=int is a word of C"),
            (("new-app", "NAME=linux", f"DIR={tmp_path}"), "NAME=linux is a word of C"),
            (("new-app", "NAME=slab"), "NAME=slab: a test suite has that name already, in test/"),
            (("new-app", "NAME=hello", f"DIR={tmp_path}"), "has that name already, in apps/hello/"),
            (("new-app", "NAME=hello"), "apps/hello is there already")):
        status, text = builds.make(tmp_path / "o", *words)
        assert status != 0 and sentence in text, text
    assert not any((builds.ROOT / "apps" / name).exists() for name in ("int", "slab"))
    assert not any(tmp_path.iterdir())


def test_words_of_c_are_those_that_gcc_does_not_take():
    """A name that gcc takes for something else is one of the list, so that a name which is
    accepted builds."""
    text = (builds.ROOT / "scripts" / "new-app.py").read_text(encoding="utf-8")
    taken = set(re.search(r'TAKEN = set\("""(.*?)"""', text, re.S)[1].split())
    for word in sorted(taken | {"blink", "far", "module", "asmx"}):
        source = f"static int {word};\nint use_of(void);\nint use_of(void) {{ return {word}; }}\n"
        done = subprocess.run(["riscv64-unknown-elf-gcc", "-std=gnu11", "-include", "stdbool.h",
                               "-fsyntax-only", "-x", "c", "-"], input=source, text=True,
                              capture_output=True, check=False)
        # main and the macros of a GCC for Linux are names to this one.
        if word not in ("main", "linux", "unix"):
            assert (done.returncode != 0) == (word in taken), (word, done.stderr)
