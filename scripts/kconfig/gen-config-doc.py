#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/config.md from the Kconfig files: a section for each menu, a table of its options,
then the four facts of each.

usage: gen-config-doc.py [--check] [FILE]      --check: FILE must already be what would be written
"""

import argparse
import os
import sys

try:
    import kconfiglib
except ImportError:
    sys.exit("gen-config-doc: kconfiglib is missing for %s: run 'make setup', or give another "
             "interpreter, such as /usr/bin/python3" % sys.executable)
from helptext import FACTS, facts  # noqa: E402
from kconfiglib import BOOL, MENU, TYPE_TO_STR, Choice, Symbol  # noqa: E402

HEAD = """<!-- SPDX-License-Identifier: BSD-2-Clause -->
<!-- Made by scripts/kconfig/gen-config-doc.py from the Kconfig files; edit those. -->

# Configuration reference

Every option of Tessera, in the order of `make menuconfig`. In `.config` and in C each name has the
prefix `CONFIG_`. A value outside its range, an option that does not exist and an option whose
condition is not met are refused with a sentence, never replaced. Powers of two are given as their
exponent. How to change and store a configuration is what `make help` says under *Configuration*.

Three ways lead to a configuration of one's own:

* `make menuconfig`; what it saves and the build would refuse is said when it saves;
* a line behind the others, `echo CONFIG_LOCK_ORDER=y >> build/.config; make olddefconfig`: the last
  line of an option counts, defaults follow, and a note says what changed;
* a fragment: `make qemu_virt_defconfig debug.config` sets what `configs/debug.config` sets, and
  `make mine.config` what your file sets.

`make mendconfig` brings values that cannot be to the nearest that can. `make randconfig` takes any,
and tells the seed that repeats it; with `ALLCONFIG=<file>` options get the values of that file
wherever they may be set. `allnoconfig` and `allyesconfig` take every switch off and on.
"""


def value(expr):
    """An expression as text, in which plain names have no quotes."""
    return kconfiglib.expr_str(expr).strip('"') or "empty"


def conditional(rows, text):
    """The alternatives, in the order in which they are tried."""
    out = []
    for *values, cond in rows:
        always = cond.__class__ is Symbol and cond.is_constant and cond.str_value == "y"
        out.append(text(*values) + ("" if always else " if " + kconfiglib.expr_str(cond)))
    return "; ".join(out)


def default_of(sym):
    if sym.choice:
        return "chosen" if sym.choice.defaults and sym.choice.defaults[0][0] is sym else ""
    text = conditional([(v, c) for v, c in sym.defaults], value)
    return text or ("n" if sym.orig_type is BOOL else "")


def range_of(sym):
    return conditional(sym.ranges, lambda low, high: "%s to %s" % (value(low), value(high)))


def needs(node):
    cond = node.prompt[1]
    if cond.__class__ is Symbol and cond.is_constant:
        return ""
    # Rows of a choice depend on the choice itself, which goes without saying.
    parts = [kconfiglib.expr_str(part) for part in kconfiglib.split_expr(cond, kconfiglib.AND)
             if not isinstance(part, Choice)]
    return " and ".join(parts)


def options(node):
    """The menu nodes of options directly below node, also those inside choices and ifs."""
    child = node.list
    while child:
        if child.item is not MENU:
            if isinstance(child.item, (Symbol, Choice)) and child.prompt:
                yield child
            if child.list:
                yield from options(child)
        child = child.next


def menus(node, depth=2):
    child = node.list
    while child:
        if child.item is MENU:
            yield depth, child
            yield from menus(child, depth + 1)
        child = child.next


def describe(out, faults, node):
    name = node.item.name or "choice"
    found = facts(node.help)
    title = "%s: %s" % (node.prompt[0], "one of the following") if isinstance(node.item, Choice) \
        else "`%s`: %s" % (name, node.prompt[0])
    out.append("**%s**\n" % title)
    if found[""]:
        out.append(found[""] + "\n")
    if isinstance(node.item, Symbol) and not name.startswith("BOARD_"):
        missing = [fact for fact in FACTS if fact not in found]
        if missing:
            faults.append("%s:%d: the help of %s lacks: %s" % (
                node.filename, node.linenr, name, ", ".join(missing)))
        if node.item.orig_type in (kconfiglib.INT, kconfiglib.HEX) and not node.item.ranges:
            faults.append("%s:%d: %s has no range" % (node.filename, node.linenr, name))
    for fact in FACTS:
        if fact in found:
            out.append("- *%s:* %s" % (fact, found[fact]))
    out.append("")


def document(conf):
    out, faults = [HEAD], []
    for depth, menu in menus(conf.top_node):
        nodes = list(options(menu))
        out.append("%s %s\n" % ("#" * depth, menu.prompt[0]))
        symbols = [node for node in nodes if isinstance(node.item, Symbol)]
        if symbols:
            out.append("| Option | Type | Default | Range | Needs |\n|---|---|---|---|---|")
            for node in symbols:
                sym = node.item
                kind = "choice" if sym.choice else TYPE_TO_STR[sym.orig_type]
                out.append("| `%s` | %s | %s | %s | %s |" % (
                    sym.name, kind, default_of(sym), range_of(sym), needs(node)))
            out.append("")
        for node in nodes:
            describe(out, faults, node)
    return "\n".join(out).rstrip() + "\n", faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("file", nargs="?", default="docs/config.md")
    args = parser.parse_args()
    for name in ("BOARD_DIR", "APP"):  # the book lists the tree's own boards and programs alone
        os.environ.pop(name, None)
    text, faults = document(kconfiglib.Kconfig("Kconfig", warn_to_stderr=False))
    if args.check:
        try:
            with open(args.file) as f:
                same = f.read() == text
        except FileNotFoundError:
            same = False
        if not same:
            faults.append("%s is not what the Kconfig files say. Mend: run "
                          "scripts/kconfig/gen-config-doc.py" % args.file)
    else:
        with open(args.file, "w") as f:
            f.write(text)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
