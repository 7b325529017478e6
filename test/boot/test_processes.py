# SPDX-License-Identifier: BSD-2-Clause
"""Programs of Linux: one that tries what programs rely on, as the first program of an initramfs."""
import pytest

import checks
import newc
from machine import Machine, qemu


@pytest.fixture(scope="module")
def linux_kernel(built):
    """The kernel of qemu_virt_linux."""
    return built("qemu_virt_linux_defconfig")


@pytest.mark.parametrize("smp", (1, 4))
def test_a_program_finds_what_it_relies_on(linux_kernel, program, smp):
    """proves AS1, UT1, UT2, UP1 and RG1, RG2, RG3, RG4, for audit looks at them afterwards"""
    argv = qemu("virt", linux_kernel.image, mem="128M", smp=smp, initrd=program("basic"))
    with Machine(argv) as m:
        m.expect(r"process \d+ \(init\) was ended by signal 11")
        m.expect(r"init \(/init\) has ended with 42")
        m.shell()
        checks.audit(m, 128 << 20)


def hostile(kernel, archive, smp, limit):
    """Random calls and files that are almost programs: refused, or the program ends; then audit."""
    with Machine(qemu("virt", kernel.image, mem="128M", smp=smp, initrd=archive),
                 keep_at_most=limit + 60) as m:
        m.expect(r"init \(/init\) has ended with 42", limit=limit)
        m.shell()
        checks.audit(m, 128 << 20)


@pytest.mark.parametrize("smp", (1, 4))
def test_hostile_programs_end_alone(linux_kernel, program, smp):
    """48 children of 400 random calls each, and 400 files."""
    hostile(linux_kernel, program("hostile"), smp, 120)


@pytest.mark.long
@pytest.mark.parametrize("seed", (1000, 100000))
def test_many_hostile_programs_end_alone(linux_kernel, program, seed):
    """1,000 children, and 50,000 files, of each seed."""
    flags = ("-DSEED=%d" % seed, "-DCHILDREN=1000", "-DFILES=50000")
    hostile(linux_kernel, program("hostile", *flags), 2, 5000)


def test_a_first_program_that_is_none_is_told(linux_kernel, tmp_path):
    """The file is no program: one sentence, and the shell."""
    archive = tmp_path / "bad.cpio"
    archive.write_bytes(newc.archive([("init", 0o100755, b"\x7fELF and no more")]))
    argv = qemu("virt", linux_kernel.image, mem="64M", initrd=archive)
    with Machine(argv) as m:
        m.expect(r"/init: cannot be started: the file is no program of 64-bit RISC-V "
                 r"Linux \(error 8\)")
        m.shell()
