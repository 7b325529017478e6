# SPDX-License-Identifier: BSD-2-Clause
"""Where U-Boot puts what it boots, and whether two of these collide.

A board's uboot.env has the lines of U-Boot's printenv that say where things are loaded; RAM and the
firmware's memory come from the board's tree.
"""

import struct

MIB = 1 << 20
ALIGN = 2 * MIB			# the kernel's alignment, and the room below the kernel for firmware
# U-Boot moves itself below the end of RAM or 4 GiB; its image, heap and stack take about 25 MiB.
UBOOT_BYTES = 32 * MIB
UBOOT_TOP = 1 << 32
# U-Boot writes boot arguments and the amount of RAM into a tree that it is given.
TREE_ROOM = 16 << 10


class Refused(Exception):
    """A sentence for the user."""


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as e:
        raise Refused("%s: %s" % (path, e.strerror)) from None


def image_bytes_in_ram(image):
    """The size that the kernel takes in RAM by its header, bss included."""
    if len(image) < 64 or image[56:60] != b"RSC\x05":
        raise Refused("that is no RISC-V boot image; $(O)/Image is one, $(O)/tessera is not")
    return struct.unpack_from("<Q", image, 16)[0]


def read_environment(path):
    """{name: address} of lines such as kernel_addr_r=0x84000000; other lines are passed over."""
    found = {}
    for line in read(path).decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        try:
            found[name] = int(value, 16)
        except ValueError:
            continue
    return found


class Item:
    """Something in RAM. variable: the name of the variable that moves it, or None."""

    def __init__(self, name, base, size, variable=None, among=()):
        self.name, self.base, self.size, self.variable = name, base, size, variable
        self.end = base + size
        self.among = set(among)		# names of items that may lie there at another time

    def text(self):
        return "%s (%#x to %#x)" % (self.name, self.base, self.end)


class Map:
    def __init__(self, environment_path, tree):
        self.path, self.tree, self.items = environment_path, tree, []
        self.environment = read_environment(environment_path)
        self.banks = tree.memory()
        if not self.banks:
            raise Refused("%s names no RAM" % tree.name)
        for name, base, size in tree.reserved():
            self.put("reserved, " + name, base, size)
        first = self.banks[0][0]
        if not any(item.base < first + ALIGN for item in self.items):
            self.put("firmware, of which the tree says nothing", first, ALIGN)
        base, size = max((bank for bank in self.banks if bank[0] < UBOOT_TOP),
                         default=self.banks[0])
        end = min(base + size, UBOOT_TOP)
        self.put("U-Boot, about", max(base, end - UBOOT_BYTES), min(UBOOT_BYTES, end - base))

    def address(self, variable):
        if variable not in self.environment:
            raise Refused("%s has no line %s=<address>: take it from printenv at U-Boot's prompt" % (
                self.path, variable))
        return self.environment[variable]

    def put(self, name, base, size, among=()):
        """Puts an item at an address that no variable changes."""
        self.items.append(Item(name, base, size, None, among))

    def load(self, name, size, variable, among=()):
        self.items.append(Item(name, self.address(variable), size, variable, among))

    def place(self):
        """The place to which U-Boot moves a boot image: above the first RAM, by the image's
        header."""
        return self.banks[0][0] + ALIGN

    def faults(self):
        for item in self.items:
            if not any(base <= item.base and item.end <= base + size for base, size in self.banks) \
                    and not item.name.startswith("reserved"):
                yield "%s lies outside RAM (%s)%s" % (
                    item.text(), ", ".join("%#x to %#x" % (base, base + size)
                                           for base, size in self.banks), self.mend(item))
        ordered = sorted(self.items, key=lambda item: item.base)
        for nr, a in enumerate(ordered):
            for b in ordered[nr + 1:]:
                if b.base < a.end and b.name not in a.among and a.name not in b.among:
                    yield "%s and %s overlap by %s bytes%s" % (
                        a.text(), b.text(), format(min(a.end, b.end) - b.base, ","),
                        self.mend(b, a.end) if b.variable else self.mend(a))

    def mend(self, item, least=None):
        if not item.variable:
            return ": make the kernel smaller ('make size' says where its bytes are)"
        return ": change %s%s in %s, and with setenv and saveenv on the board" % (
            item.variable, " to %#x or more" % (-(-least // 4096) * 4096) if least else "", self.path)

    def closest(self):
        """The two neighbours with the least room between them."""
        ordered = sorted(self.items, key=lambda item: item.base)
        pairs = [(b.base - a.end, a, b) for a, b in zip(ordered, ordered[1:]) if b.base >= a.end]
        return min(pairs, key=lambda pair: pair[0], default=None)

    def check(self):
        """The map as a table; raises Refused with all collisions."""
        rows = ["Load map, by %s and %s" % (self.path, self.tree.name),
                "  %-12s  %-12s  %12s  what" % ("from", "to", "bytes")]
        rows += ["  %-12s  %-12s  %12s  %s" % ("%#x" % item.base, "%#x" % item.end,
                                              format(item.size, ","), item.name)
                 for item in sorted(self.items, key=lambda item: item.base)]
        faults = list(self.faults())
        if faults:
            raise Refused("\n".join(rows) + "\n" + "\n".join(faults))
        pair = self.closest()
        if pair:
            rows.append("  no collision; least room: %s bytes between %s and %s" % (
                format(pair[0], ","), pair[1].name, pair[2].name))
        return "\n".join(rows)
