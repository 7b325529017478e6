#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says which line of the sources each address of a log is.

usage: decode.py OBJDIR [LOG]     without LOG, or with -, from standard input

The log comes out as it is; below each line stand function, file and line of what it names: code
addresses, symbol+offset, and data by its symbol. What stands in brackets or after "ra" is where a
call returns to, so the line is that of the call. Variable: CROSS_COMPILE.
"""

import bisect
import os
import re
import subprocess
import sys

from release import release

ADDRESS = re.compile(r"\b(?:0x)?([0-9a-f]{8,16})\b")
NAMED = re.compile(r"\b([A-Za-z_][\w.$]*)\+0x([0-9a-f]+)(?:/0x([0-9a-f]+))?")
# What stands before a return address in a line.
RETURNS = re.compile(r"(?:\[<|\bra *: *)(?:0x)?$")
# What stands before the address of code while there are no page tables.
CODE = re.compile(r"\bs?epc\b|\[<|\bra *:")
VERSION = re.compile(r"Tessera version (\S+)")
LOADED = re.compile(r"load address (0x[0-9a-f]+)")


class Kernel:
    """The symbols and lines of a linked kernel."""

    def __init__(self, objdir):
        self.elf = os.path.join(objdir, "tessera")
        self.tool = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
        rows = []
        try:
            with open(os.path.join(objdir, "System.map"), encoding="ascii") as f:
                for line in f:
                    address, kind, name = line.split()
                    rows.append((int(address, 16), kind, name))
        except OSError as e:
            sys.exit("decode: %s: build the kernel that wrote the log first, or name its folder "
                     "with O=" % e)
        self.rows = sorted(rows)
        self.starts = [row[0] for row in self.rows]
        self.named = {}
        for address, _, name in self.rows:
            self.named.setdefault(name, []).append(address)
        self.base, self.end = self.named["_text"][0], self.named["_end"][0]
        self.load = None		# the image's address, once the log has named it
        self.entry = None

    def symbol(self, address):
        """(kind, name, offset) of what lies at the address; None outside the image."""
        if not self.base <= address < self.end:
            return None
        start, kind, name = self.rows[bisect.bisect_right(self.starts, address) - 1]
        return kind, name, address - start

    def linked(self, address):
        """The linked address for a physical address of the image."""
        if self.load is not None and self.load <= address < self.load + self.end - self.base:
            return address - self.load + self.base
        return address

    def lines(self, address):
        """["function at file:line", ...], the innermost first; nothing for an address without a
        line."""
        if not self.entry:
            self.entry = subprocess.Popen([self.tool + "addr2line", "-fpia", "-e", self.elf],
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # The answer for an address that is nowhere shows where the answer for this one ends.
        self.entry.stdin.write("%#x\n0x0\n" % address)
        self.entry.stdin.flush()
        found = []
        while True:
            line = self.entry.stdout.readline()
            if not line or re.match(r"0x0+: ", line):
                break
            line = re.sub(r"^0x[0-9a-f]+: | \(inlined by\) | \(discriminator \d+\)", "", line)
            line = line.strip().replace(" at ./", " at ")
            if "??:" not in line and not line.endswith(":?"):
                found.append(line)
        return found


def places(kernel, line):
    """(text in the log, address, is it a return address) of each address in the line."""
    taken = set()
    for match in ADDRESS.finditer(line):
        address = int(match.group(1), 16)
        if CODE.search(line):
            address = kernel.linked(address)
        if kernel.symbol(address) and address not in taken:
            taken.add(address)
            yield match.group(0), address, bool(RETURNS.search(line[:match.start()]))
    for match in NAMED.finditer(line):
        name, offset, size = match.groups()
        for start in kernel.named.get(name, []):
            address = start + int(offset, 16)
            # Of several symbols with that name, the one of that size counts.
            if address not in taken and (not size or kernel.symbol(start + int(size, 16) - 1) ==
                                         kernel.symbol(start)[:2] + (int(size, 16) - 1,)):
                taken.add(address)
                yield match.group(0), address, False


def explain(kernel, line):
    exact = re.search(r"\bs?epc *: *([0-9a-f]+)", line)
    if exact:
        kernel.at_fault = kernel.linked(int(exact.group(1), 16))
    for text, address, returns in places(kernel, line):
        kind, name, offset = kernel.symbol(address)
        if kind not in "tT":
            yield "%s: %s+%#x" % (text, name, offset)
            continue
        returns = returns and address != kernel.at_fault
        found = kernel.lines(address - returns) or ["%s+%#x" % (name, offset)]
        yield "%s: %s" % (text, found[0])
        for outer in found[1:]:
            yield "%s  inlined into %s" % (" " * len(text), outer)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    objdir, path = sys.argv[1], (sys.argv[2:] or ["-"])[0] or "-"
    kernel = Kernel(objdir)
    kernel.at_fault = None
    try:
        log = sys.stdin if path == "-" else open(path, encoding="utf-8", errors="replace")
    except OSError as e:
        sys.exit("decode: LOG=%s: %s" % (path, e.strerror))
    if log.isatty():
        print("decode: paste the log, then Ctrl-D", file=sys.stderr)
    count = 0
    for line in log:
        line = line.rstrip("\r\n")
        print(line)
        version, loaded = VERSION.search(line), LOADED.search(line)
        if version and version.group(1) != release(objdir):
            print("    decode: this is a log of %s, and %s is %s: lines may be wrong" % (
                version.group(1), kernel.elf, release(objdir)))
        if loaded:
            kernel.load = int(loaded.group(1), 16)
        for text in explain(kernel, line):
            count += 1
            print("    " + text)
    print("decode: %d place%s" % (count, "" if count == 1 else "s"), file=sys.stderr)


if __name__ == "__main__":
    main()
