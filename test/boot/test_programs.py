# SPDX-License-Identifier: BSD-2-Clause
"""The manifest of programs: guarantees that hostile neighbours do not break, limits, restarts, and
what is said of a manifest that cannot be kept."""
import pathlib
import subprocess

import pytest

import checks
import newc
import plans
from machine import Machine, qemu

SOURCE = pathlib.Path(__file__).parents[1] / "user" / "promise.c"
PROGRAMS = """# name settings path arguments
camera guarantee=4M stack=64K heap=256K /bin/promise kept
fails restart=on-failure /bin/promise fails
small limit=2M /bin/promise hog
hog /bin/promise hog
"""


@pytest.fixture(scope="module")
def promising(built):
    """The kernel of qemu_virt_max."""
    return built("qemu_virt_max_defconfig")


@pytest.fixture(scope="module")
def initramfs(tmp_path_factory, compile_user):
    """initramfs(manifest): one with promise.c and that manifest."""
    folder = tmp_path_factory.mktemp("programs")
    program = folder / "promise"
    compile_user(SOURCE, program)

    def make(manifest):
        archive = folder / "root.cpio"
        archive.write_bytes(newc.archive([
            ("bin", 0o040755, b""), ("etc", 0o040755, b""),
            ("bin/promise", 0o100755, program.read_bytes()),
            ("etc/programs", 0o100644, manifest.encode())]))
        return archive
    return make


def test_no_neighbour_breaks_a_guarantee(promising, initramfs):
    """A program touches all that it was admitted for while others take all memory; all end, and
    audit finds every page."""
    argv = qemu("virt", promising.image, mem="48M", smp=2,
                initrd=initramfs(PROGRAMS.replace("restart=on-failure ", "")))
    with Machine(argv) as m:
        m.expect(r"programs: all have ended", limit=120)
        said = m.log
        assert "program camera: mmap refused: it may need" in said
        assert "program camera has ended with 42" in said
        assert "program hog has ended with 9" in said
        assert "program small has ended with 9" in said
        assert "of 2048K at most 2048K were used" in said
        assert "program fails has ended with 3" in said
        m.shell()
        checks.audit(m, 48 << 20)
        rows = m.run("cat /proc/programs")
        assert "camera" in rows and "4096" in rows


def test_who_fails_begins_again_later_and_later(promising, initramfs):
    """restart=on-failure"""
    argv = qemu("virt", promising.image, mem="48M",
                initrd=initramfs("fails restart=on-failure /bin/promise fails\n"))
    with Machine(argv) as m:
        for wait in 100, 200, 400:
            m.expect(r"program fails has ended with 3 after \d+ ms; again in %d ms" % wait)


def plan_programs(promising, tmp_path, archive, manifest):
    """What the plan says of the programs of a machine of 48 MiB: the process, and own KiB by
    name."""
    tree = tmp_path / "virt.dtb"
    subprocess.run([*qemu("virt", promising.image, mem="48M", smp=2)[:1], "-M",
                    "virt,dumpdtb=%s" % tree, "-m", "48M", "-smp", "2"], check=True,
                   capture_output=True)
    path = tmp_path / "programs"
    path.write_text(manifest)
    done = subprocess.run([plans.make(promising.objdir), "--dtb", tree, "--initrd", archive,
                           "--programs", path], capture_output=True, text=True, check=False)
    part = done.stdout.partition("\nPrograms ")[2]
    own = {words[0]: int(words[6].replace(",", ""))
           for words in map(str.split, part.splitlines()[2:])
           if len(words) > 6 and words[6].replace(",", "").isdigit()}
    return done, part, own


def test_the_plan_says_what_the_kernel_will_ask_for(promising, initramfs, tmp_path):
    """A guarantee of what the plan says suffices; with a page less than it wants without its heap
    the program is refused. What does not fit is short in the plan, and refused at boot."""
    manifest = "fails guarantee=%dK stack=64K heap=256K /bin/promise fails\n"
    archive = initramfs(PROGRAMS)
    done, part, own = plan_programs(promising, tmp_path, archive, PROGRAMS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fits, " in part and " spare" in part
    assert set(own) >= {"camera", "hog", "small", "fails"}
    done, part, own = plan_programs(promising, tmp_path, archive, manifest % 1024)
    need = own["fails"]
    for guarantee, said in (need, r"program fails has ended with 3"), \
                           (need - 256 - 4, r"program fails: exec refused: it may need \d+K more"):
        # Less than stack and heap together is refused before that.
        line = manifest if guarantee == need else manifest.replace("heap=256K ", "")
        argv = qemu("virt", promising.image, mem="48M", smp=2,
                    initrd=initramfs(line % guarantee))
        with Machine(argv) as m:
            m.expect(said)
    done, part, _ = plan_programs(promising, tmp_path, archive, manifest % (need - 4))
    assert done.returncode == 1 and "too small" in part
    done, part, _ = plan_programs(promising, tmp_path, archive, manifest % (64 << 10))
    assert done.returncode == 1
    assert "short by" in part and "the cheapest cuts are: guarantee=%dK of fails" % need in part


@pytest.mark.parametrize("manifest, sentence", (
    ("camera guarantee=1G /bin/promise kept\n",
     r"camera is guaranteed 1048576K, \d+K more than can be kept free; lower a guarantee, or add"),
    ("good /bin/promise fails\nbad colour=red /bin/promise\n",
     r"/etc/programs, line 2: a setting is guarantee="),
    ("gone /bin/nothing\n", r"program gone cannot be started: there is no such file, or its "
     r"interpreter is missing \(error 2\)")))
def test_a_manifest_that_cannot_be_kept(promising, initramfs, manifest, sentence):
    """One sentence, and the shell goes on."""
    with Machine(qemu("virt", promising.image, mem="48M", initrd=initramfs(manifest))) as m:
        m.expect(sentence)
        m.shell()
