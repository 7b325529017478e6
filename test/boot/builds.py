# SPDX-License-Identifier: BSD-2-Clause
"""Builds kernels for tests through the tree's own Makefile."""
import contextlib
import fcntl
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

import outer_make  # noqa: E402 (the folder had to be named first)

CONFIGS = ROOT / "configs"
DEFAULT = "qemu_virt_defconfig"
# A whole build takes seconds; the limit is for a machine that is busy with others.
LIMIT_S = 900
OUTER = outer_make.NAMES


def defconfigs():
    return sorted(path.name for path in CONFIGS.glob("*_defconfig"))


NO_DEBUG_INFO = "-g0"


def debug_info(objdir):
    """The flags for a kernel in objdir. Debug information changes no byte of an Image, and takes a
    sixth of the time: the kernel under test has it, and whichever had it before."""
    flags = pathlib.Path(objdir) / ".cc.flags"
    has_it = flags.exists() and NO_DEBUG_INFO not in flags.read_text(encoding="utf-8").split()
    return {} if has_it else {"KCFLAGS": NO_DEBUG_INFO}


def make(objdir, *words, root=ROOT):
    """Runs make on the tree with its products in objdir; returns (status, all its text)."""
    done = subprocess.run(["make", "-C", str(root), f"O={objdir}", "-j2", *words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True,
                          env=outer_make.environment(**debug_info(objdir)),
                          check=False, timeout=LIMIT_S)
    return done.returncode, done.stdout


def must_make(objdir, *words, root=ROOT):
    status, text = make(objdir, *words, root=root)
    assert status == 0, f"make {' '.join(words)} failed ({status}):\n{text[-4000:]}"
    return text


@contextlib.contextmanager
def locked(folder):
    """Lets one process at a time work in folder, because tests may run in parallel."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_config(path):
    """{symbol without CONFIG_: value}. A switch is y, or absent when it is off; strings have no
    quotes."""
    found = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"CONFIG_(\w+)=(.*)", line)
        if match:
            value = match[2]
            found[match[1]] = int(value) if re.fullmatch(r"-?\d+", value) else value.strip('"')
    return found


class Build:
    """The products of one configuration."""

    def __init__(self, objdir):
        self.objdir = pathlib.Path(objdir).resolve()
        self.image = self.objdir / "Image"
        self.elf = self.objdir / "tessera"
        self.map = self.objdir / "System.map"

    @property
    def config(self):
        return read_config(self.objdir / ".config")

    def symbols(self):
        """{name: address} of System.map; where a name is there several times, its last address."""
        rows = (line.split() for line in self.map.read_text(encoding="ascii").splitlines())
        return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


def build_defconfig(objdir, name=DEFAULT, *variables):
    """Configures and builds name; what is up to date is not built again. With variables the kernel
    alone is built, as the plan would be the same, and its sources are joined (scripts/join.mk)."""
    objdir = pathlib.Path(objdir)
    with locked(objdir):
        if not (objdir / ".config").exists():
            must_make(objdir, name, *variables)
        must_make(objdir, *variables, *(["Image", "System.map", "JOIN=1"] if variables else []))
    return Build(objdir)
