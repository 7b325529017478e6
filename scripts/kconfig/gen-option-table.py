#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes what `plan --explain` says of each option, as rows of plan/host/explain.c's table.

usage: gen-option-table.py CONFIG > TABLE      CONFIG: the .config whose values count
"""
import os
import sys

import kconfiglib
from helptext import FACTS, facts
from kconfiglib import BOOL, HEX, INT, Choice, expr_value


def quoted(text):
    """A string of C; the Kconfig files are ASCII."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def limits(sym):
    """The range that applies with these values, as two numbers of C: 0 and 0 if there is none."""
    if sym.orig_type in (INT, HEX):
        for low, high, cond in sym.ranges:
            if expr_value(cond):
                base = 0 if sym.orig_type is HEX else 10
                return [int(limit.str_value, base) for limit in (low, high)]
    return [0, 0]


def row(sym):
    node = next(n for n in sym.nodes if n.prompt)
    found = facts(node.help)
    low, high = limits(sym)
    words = [sym.name, node.prompt[0], sym.str_value,
             *(found.get(name, "") for name in FACTS)]
    others = " or ".join(other.name for other in sym.choice.syms if other is not sym) \
        if isinstance(sym.choice, Choice) else ""
    return "{ %s, %s, %dull, %dull, %s }," % (
        ", ".join(map(quoted, words)), quoted(others), low, high,
        "true" if sym.orig_type is BOOL else "false")


def main():
    os.environ["KCONFIG_CONFIG"] = sys.argv[1]
    conf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
    conf.load_config()
    for sym in sorted(conf.unique_defined_syms, key=lambda sym: sym.name):
        if any(node.prompt for node in sym.nodes):
            print(row(sym))


if __name__ == "__main__":
    main()
