# SPDX-License-Identifier: BSD-2-Clause
"""tessera-page."""
import gdb

from tessera import kernel


def to_pfn(number):
    """The frame that a number means: a frame number, or an address of any kind."""
    if number >= 1 << 63:
        pfn = kernel.pfn_of_descriptor(number)
        if pfn is not None:
            return pfn
        layout = kernel.symbol("image_map_offset")
        if number >= 0xffffffff80000000:
            return number - int(layout) >> kernel.PAGE_SHIFT & (1 << 52) - 1
        return number - int(kernel.symbol("linear_map_offset")) >> kernel.PAGE_SHIFT & \
            (1 << 52) - 1
    if kernel.pfn_valid(number):
        return number
    return number >> kernel.PAGE_SHIFT


class Page(kernel.Command):
    """tessera-page NUMBER: what a frame is used for.

NUMBER is an expression: a frame number, a physical address, an address in the linear map or the
kernel image, or the address of a descriptor."""

    NAME = "tessera-page"

    def run(self, words):
        if len(words) != 1:
            raise gdb.GdbError("usage: tessera-page NUMBER")
        number = int(gdb.parse_and_eval(words[0]).cast(gdb.lookup_type("unsigned long")))
        pfn = to_pfn(number)
        if not kernel.pfn_valid(pfn):
            raise gdb.GdbError(f"{number:#x}: frame {pfn:#x} has no descriptor, so it is no RAM")
        zone = next(kernel.populated_zones())
        head, page = kernel.block_head(pfn, kernel.nr_orders(zone) - 1)
        self.show(pfn, head, page)

    def show(self, pfn, head, page):
        state = kernel.enumerators("page_state").get(kernel.field(page, "STATE"), "?")
        order = kernel.field(page, "ORDER")
        linear = (pfn << kernel.PAGE_SHIFT) + int(kernel.symbol("linear_map_offset"))
        print(f"pfn 0x{pfn:x}  pa 0x{pfn << kernel.PAGE_SHIFT:x}  va 0x{linear & (1 << 64) - 1:x}"
              f"  descriptor 0x{int(kernel.page_of(pfn).address):x}")
        print(f"block 0x{head:x}-0x{head + (1 << order) - 1:x}, order {order}, {state}, "
              f"word 0x{int(page['word']):08x}")
        for line in self.details(state, page):
            print(line)

    def details(self, state, page):
        if state == "PG_RESERVED":
            yield f"owner {self.owner(int(page['owner']))}"
        elif state == "PG_SLAB":
            cache = kernel.symbol("kmem_caches")[kernel.field(page, "TAG")]
            name = kernel.text(cache["name"]) if int(cache) else "?"
            yield f"cache {name}"
        if state != "PG_RESERVED" and state != "PG_HOLE":
            zone = kernel.zone_of(page)
            names = kernel.type_names()
            kind = kernel.field(page, "MT")
            yield (f"zone {kernel.text(zone['name'])}, type "
                   f"{names[kind] if kind < len(names) else kind}")
        if state == "PG_BUDDY":
            yield f"list: previous {self.link(page, 'prev_pfn')}, next {self.link(page, 'next_pfn')}"

    @staticmethod
    def link(page, name):
        pfn = int(page[name])
        return "none" if pfn == kernel.PFN_NONE else f"0x{pfn:x}"

    @staticmethod
    def owner(number):
        names = kernel.symbol("owner_names")
        if number >= kernel.length(names):
            return f"number {number}"
        return kernel.text(names[number]) or f"number {number}"


def register():
    Page()
