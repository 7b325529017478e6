# SPDX-License-Identifier: BSD-2-Clause
"""Programs on the VisionFive 2's twin: RAM from 1 GiB on, no timer of the harts' own, hart 0 left
out."""
import re

import pytest

import checks
import newc
import trees
import twin
from conftest import USER_SOURCES
from machine import Machine

INITRD_PA = 0x4700_0000
# So little that most of what is free is the area, and programs lie in it from the beginning on.
RAM_BYTES = 128 << 20
SECONDS = 8
# All at once: alarms and signals, processes that meet at shared words, exits by signal, and pages
# that move under those who use them.
TOGETHER = ("alarm", "shared_words", "ends", "moving")


def machine_with(kernel, archive, tmp_path, append=""):
    end = INITRD_PA + archive.stat().st_size
    chosen = (f"linux,initrd-start = <{trees.cells(INITRD_PA)}>;"
              f"linux,initrd-end = <{trees.cells(end)}>;")
    tree = twin.source(2, bootargs=append, chosen=chosen, ram_bytes=RAM_BYTES)
    return twin.twin(tmp_path, kernel.image, 2, tree=tree, initrd=archive, initrd_pa=INITRD_PA)


def test_a_program_finds_what_it_relies_on(built, program, tmp_path):
    kernel = built("qemu_virt_linux_defconfig")
    with Machine(machine_with(kernel, program("basic"), tmp_path)) as m:
        m.expect(r"init \(/init\) has ended with 42")
        m.shell()
        checks.audit(m, RAM_BYTES)


@pytest.fixture
def all_of_them(tmp_path, compile_user):
    """An initramfs whose manifest begins each of TOGETHER."""
    files = [("bin", 0o040755, b""), ("etc", 0o040755, b""), ("tmp", 0o041777, b""),
             ("etc/programs", 0o100644, "".join(
                 "%s /bin/%s\n" % (name, name) for name in TOGETHER).encode())]
    for name in TOGETHER:
        binary = tmp_path / name
        compile_user(USER_SOURCES / (name + ".c"), binary, "-pthread", "-DSECONDS=%d" % SECONDS)
        files.append(("bin/" + name, 0o100755, binary.read_bytes()))
    archive = tmp_path / "root.cpio"
    archive.write_bytes(newc.archive(files))
    return archive


def test_programs_of_all_kinds_at_once(built, all_of_them, tmp_path):
    """Meanwhile an area of contiguous memory is taken whole, again and again; then audit."""
    argv = machine_with(built("qemu_virt_max_defconfig"), all_of_them, tmp_path,
                        "cma=72M shake=%d" % SECONDS)
    with Machine(argv, limit=120, keep_at_most=300) as m:
        m.expect(r"programs: all have ended")
        for name in TOGETHER:
            assert "program %s has ended with 42" % name in m.log, m.log[-3000:]
        m.shell()
        checks.audit(m, RAM_BYTES)
    assert re.search(r"shake: [1-9]\d* times an area was taken, with [1-9]\d* pages", m.log)
