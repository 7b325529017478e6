# SPDX-License-Identifier: BSD-2-Clause
"""tessera-memblock."""
from tessera import kernel

NO_NODE = -1


class Memblock(kernel.Command):
    """tessera-memblock: boot's memory map, as /proc/memblock; before the hand-over, as it grows."""

    NAME = "tessera-memblock"

    def run(self, words):
        copy = kernel.symbol("memblock_copy")
        now = copy.dereference() if int(copy) else kernel.symbol("memblock")
        flags = {value: name.removeprefix("MEMBLOCK_")
                 for value, name in kernel.enumerators("memblock_flags").items() if value}
        for name in ("memory", "reserved"):
            self.show(name, now[name], flags)

    def show(self, name, array, flags):
        print(f"{name}: {int(array['cnt'])} regions of at most {int(array['max'])}, "
              f"{int(array['total_size']) >> 10}K")
        for i in range(int(array["cnt"])):
            region = array["regions"][i]
            base, size, nid = (int(region[field]) for field in ("base", "size", "nid"))
            if not size:
                continue
            value = int(region["flags"])
            words = "|".join(text for bit, text in flags.items() if value & bit) or "NONE"
            owner = kernel.text(region["owner"])
            print(f"{i:4}: 0x{base:016x}..0x{base + size - 1:016x} "
                  f"{'x' if nid == NO_NODE else nid:>4} {words}" + (f" {owner}" if owner else ""))


def register():
    Memblock()
