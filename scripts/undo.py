#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The ways back of mm/ and the tests that take them, as docs/testing.md lists them.

UNDO_PATH("fault") stands where what was begun is taken back (include/kernel/undo.h). A program of
test/host notes, in the file that TESSERA_UNDO names, which of them it takes. check.py wants each
taken by some program of the host stage; the style stage wants the list to be that of the sources.

usage: undo.py LOG      writes the list from such a file
"""

import os
import re
import sys

import sources
from stops import HEADER

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = "docs/testing.md"
BEGIN, END = "<!-- ways back -->\n", "<!-- end of ways back -->\n"
SITE = re.compile(r'\bUNDO_PATH\(\s*"([^"]+)"\)')
ROW = re.compile(r"(?m)^\| `([^`]+)` \| (.+?) \| (.+?) \|$")
HEAD = "| where | the fault | forced by |\n|---|---|---|\n"
# Programs that are named for a way; one that takes random steps comes last.
NAMED = 3


def sites(text):
    """[(file:function, fault)] of the sources, {name: text}, in their order."""
    return [("%s:%s" % (name, function), fault)
            for name in text if name.startswith("mm/") and name.endswith(".c")
            for _, function, body in HEADER.findall(text[name])
            for fault in SITE.findall(body)]


def sites_here():
    """The same of the tree."""
    text = {}
    for name in sources.names():
        if name.startswith("mm/") and name.endswith(".c"):
            with open(name, encoding="utf-8") as f:
                text[name] = f.read()
    return sites(text)


def taken(log):
    """{(file:function, fault): programs} of a log; there may be none yet."""
    found = {}
    if os.path.exists(log):
        with open(log, encoding="utf-8") as f:
            for line in f:
                program, place, fault = line.rstrip("\n").split("\t")
                found.setdefault((place, fault), set()).add(program)
    return found


def rows(page):
    """[(file:function, fault, programs)] of the page."""
    return ROW.findall(page.partition(BEGIN)[2].partition(END)[0])


def rule_undo_paths(tree):
    """docs/testing.md lists the ways back of mm/, each with a test that takes it"""
    said = rows(tree.text[PAGE])
    listed, found = [row[:2] for row in said], sites(tree.text)
    for place, fault in found:
        if (place, fault) not in listed:
            yield "%s: \"%s\" is not in %s; scripts/undo.py writes the list" % (place, fault, PAGE)
    for place, fault in listed:
        if (place, fault) not in found:
            yield "%s: %s has \"%s\", which is no way back there" % (PAGE, place, fault)
    for place, fault, programs in said:
        for name in re.findall(r"`(\w+)`", programs):
            if "test/host/%s.c" % name not in tree.text:
                yield "%s: \"%s\" of %s is forced by %s, which is no test" % (PAGE, fault, place,
                                                                             name)


BODY = 'static int f(void)\n{\n\tUNDO_PATH("x fails");\n}\n'
LISTED = BEGIN + HEAD + "| `mm/x.c:f` | %s | `t` |\n" + END
PLANTED = (
    ({"mm/x.c": BODY, PAGE: LISTED % "x fails", "test/host/t.c": ""}, 0),
    ({"mm/x.c": BODY, PAGE: BEGIN + END}, 1),
    ({"mm/x.c": BODY, PAGE: LISTED % "y fails", "test/host/t.c": ""}, 2),
    ({"mm/x.c": BODY, PAGE: LISTED % "x fails"}, 1),
)


def rule_undo_paths_plants(tree):
    """that rule finds each planted fault, and nothing else"""
    for planted, number in PLANTED:
        found = list(rule_undo_paths(type(tree)(planted)))
        if len(found) != number:
            yield "%d faults, not %d: %s" % (len(found), number, found)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.chdir(HERE)
    known, lines = taken(os.path.abspath(sys.argv[1])), []
    for site in sites_here():
        programs = sorted(known.get(site, ()), key=lambda name: (name.endswith("_model"), name))
        if not programs:
            print("%s: nobody takes \"%s\"" % site)
        names = ", ".join("`%s`" % name for name in programs[:NAMED]) or "nobody"
        lines.append("| `%s` | %s | %s |\n" % (*site, names))
    with open(PAGE, encoding="utf-8") as f:
        before, _, rest = f.read().partition(BEGIN)
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(before + BEGIN + HEAD + "".join(lines) + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
