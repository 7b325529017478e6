# SPDX-License-Identifier: BSD-2-Clause
"""Rules of check-style.py about the sentences with which the kernel names faults: a test has read
each.

An end of boot goes by its place, "file:function". A test names the place where it forces the stop:
in a row of test/host/boot_stops.c, or in the comment or docstring of a test that stands elsewhere.
What a validator or audit says stands in a program of test/host, in full, conversions and all."""

import collections
import re

FOLDERS = ("kernel/", "mm/", "drivers/", "fs/", "plan/", "process/", "shell/", "lib/", "arch/")
# Calls that end boot with a sentence that the caller makes, or with part of one.
STOPS = re.compile(r"\b(?:boot_failed|memblock_phys_alloc_or_stop)\(")
# A panic in init code is an end of boot, too.
PANICS = re.compile(r"\bpanic\(")
HEADER = re.compile(r"(?ms)^(\w[^;{}#]*?\b(\w+)\([^;{}]*\))\s*^\{$(.*?)^\}$")
PLACE = re.compile(r"\b((?:%s)[\w/]+\.c):(\w+)" % "|".join(FOLDERS))


def without_text(source):
    """The source without comments and without the contents of strings."""
    source = re.sub(r"(?s)/\*.*?\*/", "", source)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', source)


def stops(tree):
    """{place: how often it ends boot} of the sources."""
    found = collections.Counter()
    for name in tree.files(".c"):
        if not name.startswith(FOLDERS):
            continue
        for header, function, body in HEADER.findall(without_text(tree.text[name])):
            count = len(STOPS.findall(body))
            # The hosted machine ends in ways of its own, except where it speaks for the target.
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
# Files of a tree, and the text that must be found with them.
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


VALIDATORS = re.compile(r"mm/check/\w*audit\w*\.c|mm/page/validate\.c|mm/slab/slab_validate\.c|"
                        r"mm/vm/kernel_tables\.c")
# The sentences that a validator returns, and those that audit prints.
SAID = re.compile(r'(?:\breturn|\baudit_broken\w*\([^";]*?)\s*"([A-Z]{1,2}[0-9]{1,2}: [^"\n]*)"')


def joined(source):
    """The source in which strings that follow one another are one."""
    return re.sub(r'"\s*"', "", re.sub(r"(?s)/\*.*?\*/", "", source))


def rule_sentences(tree):
    """each sentence of a validator, and of audit, is forced by a test of test/host"""
    tests = "\n".join(joined(tree.text[name])
                      for name in tree.files(".c", ".h", under="test/host/"))
    for name in tree.files(".c", under="mm/"):
        if not VALIDATORS.fullmatch(name):
            continue
        for sentence in sorted(set(SAID.findall(joined(tree.text[name])))):
            if sentence not in tests:
                yield "%s: no test has forced \"%s\"" % (name, sentence)


SAYS = 'f()\n{\n\treturn "B1: a frame "\n\t       "is lost";\n' \
       '\taudit_broken(w, "B2: %lu", f(x));\n}\n'
PLANTED_SENTENCES = (
    ({"mm/page/validate.c": SAYS}, 2),
    ({"mm/page/validate.c": SAYS, "test/host/x.c": '"B1: a frame is lost\\n" "B2: %lu"'}, 0),
    ({"mm/page/validate.c": SAYS, "test/host/x.c": '"B1: a frame is" "B2: %lu"'}, 1),
    ({"mm/page/other.c": SAYS}, 0),
)


def rule_sentences_plants(tree):
    """that rule finds each planted sentence, and nothing else"""
    for sources, faults in PLANTED_SENTENCES:
        found = list(rule_sentences(type(tree)(sources)))
        if len(found) != faults:
            yield "%s, not %d" % (found, faults)
