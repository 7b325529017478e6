# SPDX-License-Identifier: BSD-2-Clause
"""Reads what scripts need of a device tree: properties, RAM, and reserved ranges."""

import struct

MAGIC = 0xd00dfeed
BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9


class Unusable(Exception):
    """A sentence for the user."""


class Tree:
    """properties: {path of a node: {name: bytes}}, in the blob's order."""

    def __init__(self, blob, name="the device tree"):
        self.name = name
        if len(blob) < 40 or struct.unpack_from(">I", blob)[0] != MAGIC:
            raise Unusable("%s is no device tree: it does not begin with d00dfeed; compile a source "
                           "with dtc -o board.dtb board.dts" % name)
        if len(blob) < struct.unpack_from(">I", blob, 4)[0]:
            raise Unusable("%s is cut off: its header says %d bytes, the file has %d" % (
                name, struct.unpack_from(">I", blob, 4)[0], len(blob)))
        try:
            self.properties = nodes(blob)
        except (struct.error, IndexError, ValueError):
            raise Unusable("%s is damaged: its nodes do not end where they should" % name) from None

    def text(self, path, name):
        """The first string of a property, or ''."""
        value = self.properties.get(path, {}).get(name, b"")
        return value.split(b"\0")[0].decode("ascii", "replace")

    def number(self, path, name, default=0):
        value = self.properties.get(path, {}).get(name)
        return int.from_bytes(value, "big") if value else default

    def children(self, path):
        return [name for name in self.properties if name.rpartition("/")[0] == path]

    def ranges(self, path):
        """The (base, size) pairs of a node's reg, by the cells of its parent."""
        parent = path.rpartition("/")[0]
        address, size = (4 * self.number(parent, "#%s-cells" % what, default)
                         for what, default in (("address", 2), ("size", 1)))
        value = self.properties[path].get("reg", b"")
        if not address + size:
            return []
        return [(int.from_bytes(value[at:at + address], "big"),
                 int.from_bytes(value[at + address:at + address + size], "big"))
                for at in range(0, len(value) - address - size + 1, address + size)]

    def memory(self):
        """(base, size) of all RAM, lowest first."""
        banks = [bank for path in self.properties
                 if self.text(path, "device_type") == "memory" for bank in self.ranges(path)]
        return sorted(bank for bank in banks if bank[1])

    def reserved(self):
        """(node's name, base, size) of each child of /reserved-memory with a fixed place."""
        return [(path.rpartition("/")[2], base, size) for path in self.children("/reserved-memory")
                for base, size in self.ranges(path)]

    def cpus(self):
        return [path for path in self.children("/cpus") if self.text(path, "device_type") == "cpu"]


def nodes(blob):
    """{path: {property: bytes}}; the root's path is ''."""
    at, strings = struct.unpack_from(">II", blob, 8)
    path, found = [], {}
    while True:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN:
            end = blob.index(b"\0", at)
            path.append(blob[at:end].decode("ascii", "replace"))
            found["/".join(path)] = {}
            at = end + 4 & ~3
        elif token == PROP:
            size, name = struct.unpack_from(">II", blob, at)
            name = blob[strings + name:blob.index(b"\0", strings + name)].decode("ascii", "replace")
            found["/".join(path)][name] = blob[at + 8:at + 8 + size]
            at += 8 + size + 3 & ~3
        elif token == END:
            path.pop()
        elif token == LAST:
            return found
        elif token != NOP:
            raise ValueError(token)
