#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes a board out of its device tree: folder, defconfig, page, and a first plan.

usage: new-board.py NAME TREE

What it writes is a beginning that builds, boots and passes the checks; the page says what a person
has to add. With BOARD_DIR the board lies there, outside the tree, with its defconfig beside it.
Variables: O (where the kernel for the first plan is built), BOARD_DIR, MAKE, PYTHON.
"""

import os
import re
import shutil
import subprocess
import sys

import fdt
from outer_make import environment

MIB = 1 << 20
# The words are cut in two, so that tools that read licences find one line of this file, the first.
LICENCE = "SPDX-" "License-Identifier: BSD-2-Clause"
# The environment that U-Boot's "standard boot" reads, in MiB above the first RAM of a board that
# has enough of it. It is a guess until somebody types printenv on the board.
LOAD_MIB = {"kernel_addr_r": 64, "kernel_comp_addr_r": 128, "fdt_addr_r": 192, "scriptaddr": 193,
            "pxefile_addr_r": 194, "ramdisk_addr_r": 195}
COMP_MIB = 64


def fail(text):
    sys.exit("new-board: " + text)


def source_of(path):
    """The tree's bytes, and its source as dtc writes it; a file with a source is compiled first."""
    try:
        with open(path, "rb") as f:
            blob = f.read()
    except OSError as e:
        fail("DTB=%s cannot be read: %s" % (path, e.strerror))
    if path.endswith(".dts"):
        blob = dtc(["-I", "dts", "-O", "dtb", path])
    tree = fdt.Tree(blob, path)
    return tree, dtc(["-I", "dtb", "-O", "dts"], blob).decode()


def dtc(words, blob=None):
    done = subprocess.run(["dtc", "-q", *words], input=blob, capture_output=True, check=False)
    if done.returncode:
        fail("dtc does not take the tree: " + done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def size_text(size):
    for unit, name in ((1 << 30, "GiB"), (MIB, "MiB"), (1 << 10, "KiB")):
        if size % unit == 0:
            return "%d %s" % (size // unit, name)
    return "%d bytes" % size


class Board:
    """What the tree says of a board, as texts for the board's files."""

    def __init__(self, name, tree):
        self.name, self.tree = name, tree
        self.title = tree.text("", "model") or name
        self.banks = tree.memory()
        if not self.banks:
            fail("the tree names no RAM: it has no node with device_type = \"memory\" and a reg")
        self.harts = [path for path in tree.cpus()
                      if tree.text(path, "mmu-type") not in ("", "riscv,none")]

    def ram(self):
        return ", ".join("%s from `%#x`" % (size_text(size), base) for base, size in self.banks)

    def kconfig(self):
        return ("# " + LICENCE + "\n\n"
                "config BOARD_%s\n\tbool \"%s\"\n\thelp\n\t  %d harts with an MMU, RAM: %s.\n" % (
                    self.name.upper(), self.title.replace('"', "'"), len(self.harts),
                    self.ram().replace("`", "")))

    def defconfig(self):
        rows = ["# " + LICENCE, "CONFIG_BOARD_%s=y" % self.name.upper()]
        if len(self.harts) > 8:
            rows.append("CONFIG_NR_CPUS=%d" % len(self.harts))
        return "\n".join(rows) + "\n"

    def environment(self):
        base, size = self.banks[0]
        # On a board with less RAM all addresses move together.
        scale = min(size / (512 * MIB), 1)
        rows = ["%s=%#x" % (name, base + int(at * scale * MIB) // MIB * MIB)
                for name, at in LOAD_MIB.items()]
        rows.append("kernel_comp_size=%#x" % (int(COMP_MIB * scale) * MIB))
        return ("# " + LICENCE + "\n"
                "# Where the board's U-Boot loads to; make sdimage and make fit go by it.\n"
                "# A guess by the amount of RAM: put what printenv says at U-Boot's prompt here.\n" +
                "\n".join(rows) + "\n")

    def page(self, configure):
        tree = self.tree
        reserved = ["%s `%#x`" % (name, base) for name, base, _ in tree.reserved()]
        return PAGE.format(
            licence=LICENCE, title=self.title, name=self.name, configure=configure,
            compatible=tree.text("", "compatible") or "-",
            harts=len(self.harts), others=len(tree.cpus()) - len(self.harts), ram=self.ram(),
            reserved=", ".join(reserved) or "nothing; see docs/porting.md, what it takes",
            timebase=tree.number("/cpus", "timebase-frequency"),
            console=tree.text("/chosen", "stdout-path") or "the firmware's")


PAGE = """<!-- {licence} -->
# {title}

## Overview

What the board is, and what has been run on it. This page was begun by `make new-board` from the
board's device tree: nothing on it has been tried yet.

## Hardware

| | |
|---|---|
| Compatible | `{compatible}` |
| Harts | {harts} with an MMU, {others} without |
| RAM | {ram} |
| Reserved by the tree | {reserved} |
| Timebase | {timebase} Hz |
| Console | `{console}` |

## Supported features

| Feature | State |
|---|---|
| boot to the shell, `audit`, `test` | not tried |

## Connections

The serial line: pins, speed, voltage. Switches that say where the board boots from.

## Programming and Debugging

```
{configure} && make O=build-{name} -j2
make O=build-{name} plan
make O=build-{name} sdimage
```

`{name}.dts` is the tree; `uboot.env` is where U-Boot loads to. What the firmware adds to the tree
goes into a `firmware.dtsi` beside them.

## References

* The board's own documents.
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def places(name):
    """(folder of the board, its defconfig)."""
    outside = os.environ.get("BOARD_DIR")
    folder = os.path.join(outside or "board", name)
    stored = os.path.join(folder if outside else "configs", name + "_defconfig")
    for path in (folder, stored, "board/" + name, "configs/%s_defconfig" % name):
        if os.path.exists(path):
            fail("%s is there already; choose another NAME, or remove it" % path)
    return folder, stored


def how_to_configure(name, stored):
    """The command that configures the board; BOARD_DIR tells where a board outside the tree
    lies."""
    outside = os.environ.get("BOARD_DIR")
    return "make O=build-%s %s%s" % (name, os.path.basename(stored),
                                     " BOARD_DIR=" + os.path.relpath(outside) if outside else "")


def say(step):
    """Each step is said before it begins, because the kernel takes a minute to build."""
    print("  NEW     " + step, flush=True)


def run(words, what):
    """Runs a step and returns its text; raises ValueError with the text when the step fails."""
    done = subprocess.run(words, env=environment(**settings()), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise ValueError("%s: %s" % (what, done.stdout.strip()[-2000:]))
    return done.stdout


def settings():
    return {name: os.environ[name] for name in ("BOARD_DIR", "PYTHON") if name in os.environ}


def main():
    name, path = sys.argv[1:3]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        fail("NAME=%s: a name of small letters, digits and _ is expected, such as acme" % name)
    if not path:
        fail("DTB= is missing: give the board's device tree, DTB=%s.dtb; from U-Boot or from "
             "Linux's /sys/firmware/fdt" % name)
    folder, stored = places(name)
    try:
        tree, source = source_of(path)
    except fdt.Unusable as e:
        fail(str(e))
    board = Board(name, tree)
    objdir = os.path.join(os.environ.get("O", "build"), "new-board")
    make = [os.environ.get("MAKE", "make"), "-s", "O=" + objdir]
    say("%s/: option, tree, U-Boot's addresses and page, from %s; defconfig %s" % (
        folder, path, stored))
    try:
        write(folder + "/Kconfig", board.kconfig())
        write(folder + "/%s.dts" % name, "/* " + LICENCE + " */\n" + source)
        write(folder + "/uboot.env", board.environment())
        write(folder + "/README.md", board.page(how_to_configure(name, stored)))
        write(stored, board.defconfig())
        say("the kernel for the first plan, in %s: a minute or so" % objdir)
        run(make + [os.path.basename(stored), "-j%d" % (os.cpu_count() or 1), "all"],
            "the board's kernel cannot be built")
        say("the plan of the board's memory")
        plan = run(make + ["plan"], "the plan refuses the tree, and no board was made")
    except ValueError as e:
        os.unlink(stored)
        shutil.rmtree(folder)
        fail(str(e))
    made = "%s, %s" % (folder, stored)
    if not os.environ.get("BOARD_DIR"):
        made += "; docs/config.md has its option"
        say("the option's row in docs/config.md")
        run([os.environ.get("PYTHON", sys.executable), "scripts/kconfig/gen-config-doc.py"],
            "docs/config.md")
    print("\n" + plan.split("\n\n")[0] + "\n\n" + plan.split("\n\n")[1])
    print("\n  BOARD   %s\n  Next: %s && make O=build-%s qemu; then fill in %s/README.md" %
          (made, how_to_configure(name, stored), name, folder))


if __name__ == "__main__":
    main()
