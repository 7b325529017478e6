#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says that make has no such goal, and which goals are near it.

usage: nearest-goals.py WORD OBJDIR

The goals are those that `make help` shows, and the stored configurations and fragments.
"""

import difflib
import glob
import os
import re
import sys

# A line of the help's groups of goals: two blanks, goals, and at column 25 what they do.
LINE = re.compile(r"(?m)^  (?! )(.{1,22}?) +(?=\S).*$")

# What the same is called elsewhere.
HABITS = {"run": "qemu", "boot": "qemu", "start": "qemu", "test": "check", "tests": "check",
          "debug": "qemu-gdb", "config": "menuconfig", "install": "sdimage", "flash": "sdimage",
          "image": "Image", "build": "all", "kernel": "all", "xconfig": "guiconfig"}


def goals():
    with open("scripts/help.sh", encoding="utf-8") as f:
        text = f.read().split("<<'EOF'\n")[1].split("\nVariables\n")[0]
    found = [word for names in LINE.findall(text) for word in names.split() if "<" not in word]
    patterns = ["configs/*_defconfig", "configs/*.config"]
    if os.environ.get("BOARD_DIR"):
        patterns.append(os.environ["BOARD_DIR"] + "/*/*_defconfig")
    return found + sorted(os.path.basename(path) for name in patterns for path in glob.glob(name))


def sentence(word, objdir, known):
    near = [HABITS[word]] if word in HABITS else difflib.get_close_matches(word, known, 3)
    near += [goal for goal in known if goal.startswith(word) and goal not in near][:3]
    text = "There is no goal '%s'" % word
    if os.path.exists(os.path.join(objdir, word)):
        text += ", though a file %s is there" % os.path.join(objdir, word)
    if near:
        text += "; near it: %s" % ", ".join("'make %s'" % goal for goal in near)
    return text + ". 'make help' lists all"


if __name__ == "__main__":
    print(sentence(sys.argv[1], sys.argv[2], goals()))
