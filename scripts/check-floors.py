#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the tree against the table of storeys in docs/design.md: what each folder may include, and
what each object of it may call. Results in TAP.

usage: check-floors.py [--root FOLDER] [--nm NM OBJDIR]...    includes of the sources below FOLDER,
                                                              and undefined symbols of the objects
                                                              below each OBJDIR
"""

import argparse
import os
import re
import subprocess
import sys

TABLE = "docs/design.md"
ROW = re.compile(r"\| `([\w./]+)` *\|([^|]*)\|([^|]*)\|")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:<([^>]+)>|"([^"]+)")')
# Parts of others: libfdt, the C library, what the build makes, and the hosted port's own system.
FOREIGN = re.compile(r"libfdt\.h|fdt\.h|generated/.*|\w+\.h|sys/\w+\.h|sanitizer/\w+\.h")
# An object keeps its source's path behind one of these.
OBJECTS = re.compile(r"(?:obj|host/kernel|host)/(.*)\.o")


class Table:
    """The rows of the document: places of the tree, their headers, what they may use."""

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
        """The row of a file: the longest that its path begins with."""
        while path:
            if path in self.uses:
                return path
            path = os.path.dirname(path)
        return None

    def of_header(self, name):
        """The row of a header as sources name it, such as mm/slab.h."""
        stem = name
        while stem:
            if stem in self.headers:
                return self.headers[stem]
            stem = os.path.dirname(stem)
        return None

    def may(self, user, used):
        # The two ports give the same contract.
        used = "arch" if used == "arch/host" and user != "arch/host" else used
        return used == user or "everything" in self.uses[user] or used in self.uses[user]


def sources(root):
    text = subprocess.run(["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-co",
                           "--exclude-standard", "-z", "*.c", "*.h", "*.S"], check=True,
                          capture_output=True, text=True).stdout
    return sorted(name for name in text.split("\0")
                  if name and os.path.isfile(os.path.join(root, name)))


def included(table, root, path, name, quoted):
    """The row that an included header belongs to; False for parts of others, None for nobody's."""
    if quoted:
        # Beside the file, or by its path from the root.
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        owner = table.of_source(beside if os.path.isfile(os.path.join(root, beside)) else name)
        return False if owner is None and FOREIGN.fullmatch(name) else owner
    owner = table.of_header(name)
    if owner is None and FOREIGN.fullmatch(name):
        return False
    return owner


def source_row(table, path):
    """The row of a source or header of the tree."""
    if path.startswith("include/"):
        return table.of_header(path[len("include/"):])
    return table.of_source(path)


def check_includes(table, root):
    for path in sources(root):
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


def objects(objdir):
    for folder, _, files in os.walk(objdir):
        for name in files:
            path = os.path.join(folder, name)
            match = OBJECTS.fullmatch(os.path.relpath(path, objdir))
            if match and "libfdt/" not in match.group(1):
                yield path, match.group(1)


def symbols(nm, paths):
    """(path, symbol, is it defined there) of every global symbol."""
    text = subprocess.run([nm, "-A", "-g", "-P", *paths], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        path, _, rest = line.partition(": ")
        words = rest.split()
        yield path, words[0], words[1] not in "Uwv"


def check_calls(table, nm, objdir):
    rows = {path: table.of_source(source) or table.of_source(source + ".c")
            for path, source in sorted(objects(objdir)) if source != "config_data"}
    # A row may be a file.
    for path, source in objects(objdir):
        for ending in (".c", ".S"):
            if source + ending in table.uses:
                rows[path] = source + ending
    homes, wants = {}, []
    for path, symbol, defined in symbols(nm, sorted(rows)):
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
    parser.add_argument("--nm", nargs=2, action="append", default=[], metavar=("NM", "OBJDIR"))
    args = parser.parse_args()
    table = Table(args.root)
    checks = [("no folder includes what stands above it", check_includes(table, args.root))]
    for nm, objdir in args.nm:
        checks.append(("no object below %s uses what stands above it" % objdir,
                       check_calls(table, nm, objdir)))
    bad = 0
    print("1..%d" % len(checks))
    for nr, (title, faults) in enumerate(checks, 1):
        faults = list(faults)
        bad += bool(faults)
        print("%s %d - floors: %s" % ("not ok" if faults else "ok", nr, title))
        for fault in faults:
            print("# " + fault)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
