# SPDX-License-Identifier: BSD-2-Clause
"""Rules of check-style.py about the ends of boot: a test has read the sentence of each.

A place is "file:function". A test names it where it forces the stop: in a row of
test/host/boot_stops.c, or in the comment or docstring of a test that stands elsewhere."""

import collections
import re

FOLDERS = ("kernel/", "mm/", "drivers/", "fs/", "plan/", "shell/", "lib/", "arch/")
# What ends boot with a sentence that the caller makes, or part of one.
STOPS = re.compile(r"\b(?:boot_failed|memblock_phys_alloc_or_stop)\(")
# In init code a panic is an end of boot, too.
PANICS = re.compile(r"\bpanic\(")
HEADER = re.compile(r"(?ms)^(\w[^;{}#]*?\b(\w+)\([^;{}]*\))\s*^\{$(.*?)^\}$")
PLACE = re.compile(r"\b((?:%s)[\w/]+\.c):(\w+)" % "|".join(FOLDERS))


def without_text(source):
    """The source without comments and the contents of strings."""
    source = re.sub(r"(?s)/\*.*?\*/", "", source)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', source)


def stops(tree):
    """How often each place of the sources ends boot."""
    found = collections.Counter()
    for name in tree.files(".c"):
        if not name.startswith(FOLDERS):
            continue
        for header, function, body in HEADER.findall(without_text(tree.text[name])):
            count = len(STOPS.findall(body))
            # The hosted machine ends in ways of its own, but where it speaks for the target.
            if "__init" in header and not name.startswith("arch/host/"):
                count += len(PANICS.findall(body))
            if count:
                found["%s:%s" % (name, function)] += count
    return found


def rule_boot_stops(tree):
    """each place from which boot stops with a sentence has a test that reads it"""
    found, tested = stops(tree), collections.Counter()
    for name in tree.files(".c", ".py", under="test/"):
        tested.update("%s:%s" % place for place in PLACE.findall(tree.text[name]))
    for place, count in sorted(found.items()):
        if tested[place] < count:
            yield "%s stops boot in %d ways, %d of them in test/host/boot_stops.c or another " \
                "test" % (place, count, tested[place])
    for place in sorted(set(tested) - set(found)):
        yield "%s is named by a test and stops no boot" % place


CALL = 'static void __init f(int x)\n{\n\t%s("x");\n}\n'
# Files of a tree, and what is found with them.
PLANTED = (
    ({"mm/x.c": CALL % "boot_failed"}, "mm/x.c:f stops boot in 1 ways, 0 of them"),
    ({"mm/x.c": CALL % "panic"}, "mm/x.c:f stops boot in 1 ways, 0 of them"),
    ({"mm/x.c": CALL % "boot_failed", "test/x.c": '{ "mm/x.c:f", f },'}, None),
    ({"mm/x.c": CALL % "boot_failed", "test/x.py": '"""Reads mm/x.c:f"""'}, None),
    ({"mm/x.c": CALL % 'boot_failed("y");\n\tpanic', "test/x.c": '{ "mm/x.c:f", f },'},
     "mm/x.c:f stops boot in 2 ways, 1 of them"),
    ({"mm/x.c": (CALL % "panic").replace("__init ", "")}, None),
    ({"mm/x.c": CALL % "/* boot_failed */ pr_info"}, None),
    ({"mm/x.c": CALL % "pr_info", "test/x.c": '{ "mm/x.c:f", f },'},
     "mm/x.c:f is named by a test and stops no boot"),
)


def rule_boot_stops_plants(tree):
    """that rule finds each planted stop, and nothing else"""
    for sources, fault in PLANTED:
        found = list(rule_boot_stops(type(tree)(sources)))
        if len(found) != bool(fault) or (fault and not found[0].startswith(fault)):
            yield "%s, not %s" % (found, fault)
