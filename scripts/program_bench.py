# SPDX-License-Identifier: BSD-2-Clause
"""The rows of programs in make bench: what test/bench/user measures as /init of a kernel that has
processes, beside what test/bench/programs.json has stored of it, of Linux and as goals."""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.join(HERE, "test", "bench", "user", "bench.c")
STORE = os.path.join(HERE, "test", "bench", "programs.json")
COMPILER = "riscv64-linux-gnu-gcc"
MEM = "256M"
LIMIT_S = 600
TITLE = ("Programs, instructions from user mode to user mode: the median, and the most of this run",
         ("work", "now", "most", "stored", "ratio", "Linux 6.1", "goal"))


def sibling(name):
    """A script of this folder whose name is no module's."""
    spec = importlib.util.spec_from_file_location(
        name.replace("-", "_"), os.path.join(HERE, "scripts", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has_programs(objdir):
    with open(os.path.join(objdir, ".config"), encoding="utf-8") as f:
        return "\nCONFIG_PROCESSES=y\n" in f.read()


def has_work(pattern):
    """Is there a work whose name has these words?"""
    with open(STORE, encoding="utf-8") as f:
        return any(pattern in work for work in json.load(f)["rows"])


def pack(folder):
    """An initramfs whose /init is the bench."""
    root = os.path.join(folder, "root")
    os.mkdir(root)
    subprocess.run([COMPILER, "-static", "-O2", "-pthread", SOURCE, "-o",
                    os.path.join(root, "init")], check=True)
    archive = os.path.join(folder, "bench.cpio")
    subprocess.run([os.path.join(HERE, "scripts", "initramfs.py"), root, archive], check=True,
                   stdout=subprocess.DEVNULL)
    return archive


def run(image, archive):
    """The console of a boot, up to the end of the program."""
    argv = [os.environ.get("QEMU", "qemu-system-riscv64"), "-M", "virt", "-m", MEM, "-smp", "1",
            "-icount", "shift=0,sleep=off", "-seed", "1", "-display", "none", "-monitor", "none",
            "-serial", "stdio", "-kernel", image, "-initrd", archive, "-append", "init=/init"]
    text = []
    with subprocess.Popen(["timeout", str(LIMIT_S), *argv], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as machine:
        for line in machine.stdout:
            text.append(line)
            if "has ended with" in line:
                break
        machine.terminate()
    return "".join(text)


def measure(objdir):
    """({work: {n, min, p50, max}}, None), or (None, a sentence why not)."""
    if not shutil.which(COMPILER):
        return None, ("%s is not installed, so that what programs cost was not measured (apt-get "
                      "install gcc-riscv64-linux-gnu libc6-dev-riscv64-cross)." % COMPILER)
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        text = run(os.path.join(objdir, "Image"), pack(folder))
    if "(/init) has ended with 0" not in text:
        return None, "what programs cost was not measured; the end of the console:\n%s" % (
            "\n".join(text.splitlines()[-8:]))
    return sibling("program-figures").figures_of(text), None


def rows(figures):
    """Cells of the table, a row for each work."""
    with open(STORE, encoding="utf-8") as f:
        stored = json.load(f)["rows"]

    def text(number):
        return "-" if number is None else "{:,}".format(number)

    cells = []
    for work, row in figures.items():
        known = stored.get(work, {})
        now, before, goal = row["p50"], known.get("p50"), known.get("goal")
        ratio = "new" if not before else "=" if now == before else "%.2f" % (now / before)
        over = "" if goal is None or now <= goal else ", not reached"
        cells.append((work, text(now), text(row["max"]), text(before), ratio,
                      text(known.get("linux")), text(goal) + over))
    return cells
