#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the kernel's symbol table as assembly, from the output of nm -n on standard input.

Empty input gives an empty table, for the first link. The tables are sorted by address:
kallsyms_offsets (from _text), kallsyms_name_offsets (into kallsyms_names), kallsyms_types.
"""

import re
import sys

LINE = re.compile(r"^([0-9a-f]{16}) ([tTrRdDbB]) (\S+)$")
# The assembler's own labels are left out, and the tables themselves, whose size must not depend on
# them.
HIDDEN = re.compile(r"^(\$|\.L|__pi_|kallsyms_)")


def symbols(lines):
    found, text, end = [], None, None
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        address, name = int(match.group(1), 16), match.group(3)
        text = address if name == "_text" else text
        end = address if name == "_end" else end
        if not HIDDEN.match(name):
            found.append((address, match.group(2), name))
    if found and (text is None or end is None):
        sys.exit("kallsyms: the kernel has no symbol _text or _end")
    return [(address - text, kind, name) for address, kind, name in sorted(found, key=by_address)
            if text <= address < end]


def by_address(symbol):
    """At one address a global name comes before a local one."""
    address, kind, name = symbol
    return address, kind.islower(), name


def table(out, name, directive, align, values):
    out.append("\t.balign\t%d\n\t.globl\t%s\n%s:\n" % (align, name, name))
    out.extend("\t%s\t%s\n" % (directive, value) for value in values)


def main():
    rows = symbols(sys.stdin)
    out = ['/* Made by scripts/kallsyms.py. */\n\t.section .rodata.kallsyms, "a"\n']
    position, positions = 0, []
    for _, _, name in rows:
        positions.append(position)
        position += len(name) + 1
    table(out, "kallsyms_count", ".4byte", 4, [len(rows)])
    table(out, "kallsyms_offsets", ".4byte", 4, ["%#x" % offset for offset, _, _ in rows])
    table(out, "kallsyms_name_offsets", ".4byte", 4, positions)
    table(out, "kallsyms_types", ".ascii", 1, ['"%s"' % kind for _, kind, _ in rows])
    table(out, "kallsyms_names", ".asciz", 1, ['"%s"' % name for _, _, name in rows])
    sys.stdout.write("".join(out) + "\t.byte\t0\n")


if __name__ == "__main__":
    main()
