#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the tree against the table of storeys in docs/design.md: what each folder may include, and
what each object of it may call. Results in TAP.

usage: check-floors.py [--root FOLDER]                  includes of the sources below FOLDER
       check-floors.py --calls NM OBJDIR OBJECT...      symbols that the objects of one program
                                                        take from each other; OBJDIR/x/y.o was
                                                        made of x/y.c, OBJDIR/kernel/x/y.o too
                                                        where OBJDIR is called host
"""

import argparse
import os
import re
import subprocess
import sys

import sources

TABLE = "docs/design.md"
ROW = re.compile(r"\| `([\w./]+)` *\|([^|]*)\|([^|]*)\|")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:<([^>]+)>|"([^"]+)")')
# Headers of others: libfdt, the C library, what the build makes, and the hosted port's own system.
FOREIGN = re.compile(r"libfdt\.h|fdt\.h|generated/.*|\w+\.h|sys/\w+\.h|sanitizer/\w+\.h")


class Table:
    """The rows of the document: places in the tree, their headers, and what they may use."""

    def __init__(self, root):
        self.uses, self.headers, self.order = {}, {}, []
        with open(os.path.join(root, TABLE), encoding="utf-8") as f:
            for line in f:
                match = ROW.match(line)
                if match:
                    self.add(match.group(1).rstrip("/"), re.findall(r"`([^`]+)`", match.group(2)),
                             re.findall(r"`([^`]+)`", match.group(3)))
        for place, uses in self.uses.items():
            for name in uses - {"everything"}:
                if name not in self.uses:
                    sys.exit("%s: `%s` may use `%s`, which has no row" % (TABLE, place, name))

    def add(self, place, headers, uses):
        self.order.append(place)
        self.uses[place] = {name.rstrip("/") for name in uses}
        for header in headers:
            self.headers[header.rstrip("/")] = place

    def of_source(self, path):
        """The row of a file, whose path begins with the row's name; the longest name counts."""
        while path:
            if path in self.uses:
                return path
            path = os.path.dirname(path)
        return None

    def of_header(self, name):
        """The row of a header, by the name that sources include, such as mm/slab.h."""
        stem = name
        while stem:
            if stem in self.headers:
                return self.headers[stem]
            stem = os.path.dirname(stem)
        return None

    def may(self, user, used):
        # The two ports fulfil the same contract.
        used = "arch" if used == "arch/host" and user != "arch/host" else used
        return used == user or "everything" in self.uses[user] or used in self.uses[user]


def sources_of(root):
    return [name for name in sources.names(root) if name.endswith((".c", ".h", ".S"))]


def included(table, root, path, name, quoted):
    """The row that an included header belongs to. False: the header is another project's; None: no
    row has it."""
    if quoted:
        # The header lies beside the file, or at its path from the root.
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        owner = table.of_source(beside if os.path.isfile(os.path.join(root, beside)) else name)
        return False if owner is None and FOREIGN.fullmatch(name) else owner
    owner = table.of_header(name)
    if owner is None and FOREIGN.fullmatch(name):
        return False
    return owner


def source_row(table, path):
    """The row of a source or of a header of the tree."""
    if path.startswith("include/"):
        return table.of_header(path[len("include/"):])
    return table.of_source(path)


def check_includes(table, root):
    for path in sources_of(root):
        user = source_row(table, path)
        if not user:
            yield "%s: its folder has no row in %s" % (path, TABLE)
        if not user or "everything" in table.uses[user]:
            continue
        with open(os.path.join(root, path), encoding="utf-8") as f:
            for nr, line in enumerate(f, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                name = match.group(1) or match.group(2)
                used = included(table, root, path, name, bool(match.group(2)))
                if used is None:
                    yield "%s:%d: %s belongs to no row of %s" % (path, nr, name, TABLE)
                elif used and not table.may(user, used):
                    yield "%s:%d: `%s` includes %s, which is `%s`'s" % (path, nr, user, name, used)


def row_of_object(table, objdir, path):
    """The row of the source of an object; None for an object that is not the tree's."""
    source = os.path.relpath(path, objdir)[:-len(".o")]
    if os.path.basename(objdir) == "host" and source.startswith("kernel/"):
        source = source[len("kernel/"):]
    if source.startswith(("lib/libfdt/", "libfdt/")) or source == "config_data":
        return None
    # A row may be a single file.
    return next((source + end for end in (".c", ".S") if source + end in table.uses),
                table.of_source(source))


def symbols(nm, paths):
    """(path, symbol, does the object define it) of every global symbol."""
    text = subprocess.run([nm, "-A", "-g", "-P", *paths], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        path, _, rest = line.partition(": ")
        words = rest.split()
        yield path, words[0], words[1] not in "Uwv"


def check_calls(table, nm, objdir, paths):
    rows = {path: row_of_object(table, objdir, path) for path in paths}
    homes, wants = {}, []
    for path, symbol, defined in symbols(nm, paths):
        if defined:
            homes[symbol] = rows[path]
        else:
            wants.append((path, symbol))
    if not wants:
        yield "%s: no object uses any other" % objdir
    for path, symbol in wants:
        user, used = rows[path], homes.get(symbol)
        if user and used and not table.may(user, used):
            yield "%s: `%s` uses %s, which is `%s`'s" % (path, user, symbol, used)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=".")
    parser.add_argument("--calls", nargs="+", metavar="NM OBJDIR OBJECT")
    args = parser.parse_args()
    table = Table(args.root)
    if args.calls:
        nm, objdir, *paths = args.calls
        title = "no object of %s uses what stands above it" % os.path.dirname(objdir)
        faults = list(check_calls(table, nm, objdir, paths))
    else:
        title = "no folder includes what stands above it"
        faults = list(check_includes(table, args.root))
    print("1..1\n%s 1 - floors: %s" % ("not ok" if faults else "ok", title))
    for fault in faults:
        print("# " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
