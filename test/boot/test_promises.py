# SPDX-License-Identifier: BSD-2-Clause
"""Many programs in two accounts with guarantees, each of which touches all that it was admitted for
while a neighbour takes all memory: no fault fails, and whatever is refused is counted."""
import re

import pytest

import checks
import newc
from conftest import USER_SOURCES
from machine import Machine, qemu
from test_programs import plan_programs

MEM_MIB = 32
# Guarantees in which there is room for two processes and little more, so that most of the programs
# come to the end of what is left.
MANIFEST = """one guarantee=%dK stack=16K heap=64K /bin/promises kept %d1 %d
two guarantee=%dK stack=16K heap=64K /bin/promises kept %d2 %d
hog restart=on-failure /bin/hog %d 2
"""
GUARANTEES_KB = (160, 240)
SUM = re.compile(r"promises: seed (\d+): (\d+) programs, (\d+) by execve, and (\d+) of their "
                 r"children; (\d+) pages touched, (\d+) calls refused; each ended as it was to")


@pytest.fixture(scope="module")
def binaries(tmp_path_factory, compile_user):
    """[(name, bytes)] of the programs."""
    folder = tmp_path_factory.mktemp("promises")
    flags = {"promises": ("-nostdlib", "-ffreestanding", "-fno-stack-protector"), "hog": ()}
    for name, words in flags.items():
        compile_user(USER_SOURCES / (name + ".c"), folder / name, *words)
    return [(name, (folder / name).read_bytes()) for name in flags]


@pytest.fixture(scope="module")
def promising(built):
    """The kernel of qemu_virt_max."""
    return built("qemu_virt_max_defconfig")


def two_accounts(seed, count):
    """The manifest with count programs in each account."""
    one, two = GUARANTEES_KB
    return MANIFEST % (one, seed, count, two, seed, count, seed)


@pytest.fixture
def root(binaries, tmp_path):
    """root(manifest): an initramfs."""
    def make(manifest):
        archive = tmp_path / "root.cpio"
        archive.write_bytes(newc.archive(
            [("bin", 0o040755, b""), ("etc", 0o040755, b""),
             ("etc/programs", 0o100644, manifest.encode())] +
            [("bin/" + name, 0o100755, data) for name, data in binaries]))
        return archive
    return make


def keep_promises(kernel, archive, smp, limit):
    """Returns how many programs there were."""
    argv = qemu("virt", kernel.image, mem="%dM" % MEM_MIB, smp=smp, initrd=archive)
    with Machine(argv, limit=limit, keep_at_most=limit + 120) as m:
        m.expect(r"programs: all have ended")
        sums = [tuple(map(int, found)) for found in SUM.findall(m.log)]
        print(sums)
        assert len(sums) == 2, m.log[-3000:]
        for name in "one", "two":
            assert "program %s has ended with 42" % name in m.log
        m.shell()
        checks.audit(m, MEM_MIB << 20)
        rows = [line.split() for line in m.run("cat /proc/programs").splitlines()
                if "promises" in line]
        # name, pid, starts, guaranteed, limit, held, used, peak, refused
        for row, guarantee, found in zip(rows, GUARANTEES_KB, sorted(sums)):
            assert row[5] == row[6] == "0"
            # To the page, but for the two that a copy on write under way might have needed.
            assert guarantee - 12 <= int(row[7]) <= guarantee
            assert int(row[8]) == found[5], "a refusal that a program saw was not said"
        return sum(found[1] + found[3] for found in sums)


@pytest.mark.parametrize("smp, count", ((1, 120), (4, 40)))
def test_no_admitted_fault_fails(promising, root, smp, count):
    """Programs fork, map, grow, shrink and are cut off, to the last page that is guaranteed."""
    assert keep_promises(promising, root(two_accounts(1, count)), smp, 300) >= 2 * count


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_million_programs_keep_to_their_guarantees(linux_with, root, seed):
    """100,000 of each seed."""
    kernel = linux_with("promises", "MEM_ACCOUNTS=y", "MIGRATION=y")
    assert keep_promises(kernel, root(two_accounts(seed, 50000)), 1, 7200) >= 100000


def test_a_small_stack_is_what_the_plan_says(promising, root, tmp_path):
    """A stack of 16 KiB takes 16 KiB of a guarantee: with what the plan says the program begins."""
    line = "small guarantee=%dK stack=16K /bin/promises\n"
    _, part, own = plan_programs(promising, tmp_path, root(line % 1024), line % 1024)
    assert "small" in own, part
    argv = qemu("virt", promising.image, mem="48M", initrd=root(line % own["small"]))
    with Machine(argv) as m:
        m.expect(r"program small has ended with 3")
