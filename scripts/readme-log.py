#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""README's boot log: written from a boot's console, or held against one.

usage: readme-log.py [--check] < CONSOLE       --check: README must say what this boot says, numbers
                                               and times aside; make readme-log writes it
"""

import argparse
import difflib
import re
import sys

README = "README.md"
COMMAND = "cat /proc/buddyinfo; audit; poweroff"
BLOCK = re.compile(r'(?s)(`make qemu RUN="%s"`:\n\n```\n)(.*?)(```\n)' % re.escape(COMMAND))
LONGEST, CUT = 100, " ..."
# The part of the first line that belongs to this machine and this commit.
REVISION = re.compile(r"(Tessera version [\d.]+)\S*")


def lines_of(console):
    """The kernel's own lines of a console, which follow the firmware's."""
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", console)
    start = re.search(r"(?m)^\[ *\d+\.\d+\] Tessera version", text)
    if not start:
        sys.exit("readme-log: the console shows no boot")
    lines = [REVISION.sub(r"\1", line) for line in text[start.start():].splitlines()]
    end = max((nr for nr, line in enumerate(lines) if "Power down" in line), default=len(lines))
    return lines[:end + 1]


def cut(line):
    return line if len(line) <= LONGEST else line[:LONGEST - 4].rsplit(" ", 1)[0] + CUT


def plain(line):
    """A line without the parts that differ from boot to boot and from compiler to compiler."""
    line = re.sub(r"(Tessera version) .*", r"\1", line)
    line = re.sub(r"\b(?:0x)?[0-9a-f]*\d[0-9a-f]*", "#", line)
    return " ".join(line.split())


def differences(readme, console):
    """Lines that README lacks (+) or that no boot prints (-)."""
    printed = list(map(plain, lines_of(console)))
    said = []
    for line in BLOCK.search(readme)[2].splitlines():
        begin = plain(line.removesuffix(CUT))
        whole = [other for other in printed if line.endswith(CUT) and other.startswith(begin)]
        said.append(whole[0] if whole else begin)
    return [line for line in difflib.ndiff(said, printed) if line[:1] in "+-"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    with open(README, encoding="utf-8") as f:
        readme = f.read()
    console = sys.stdin.read()
    if args.check:
        for line in differences(readme, console):
            print("README.md: " + line, file=sys.stderr)
        return 1 if differences(readme, console) else 0
    log = "\n".join(map(cut, lines_of(console))) + "\n"
    with open(README, "w", encoding="utf-8") as f:
        f.write(BLOCK.sub(lambda match: match[1] + log + match[3], readme))
    return 0


if __name__ == "__main__":
    sys.exit(main())
