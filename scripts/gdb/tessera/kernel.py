# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's data as Python sees it through GDB.

Sizes, names and the places of fields in a descriptor's word come from the debug information
(array bounds, enumerators), so that any configuration can be read; nothing is read from the
sources.
"""
import functools
import re

import gdb

PAGE_SHIFT = 12
PAGE_BYTES = 1 << PAGE_SHIFT
PFN_NONE = 0xffffffff


class Command(gdb.Command):
    """The base of all commands: a subclass has a docstring, a NAME and run(words)."""

    def __init__(self):
        super().__init__(self.NAME, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        with kernel_thread():
            try:
                self.run(gdb.string_to_argv(argument))
            except gdb.MemoryError as error:
                raise gdb.GdbError(f"{self.NAME}: {error}; is the kernel past its early boot?") \
                    from error


class kernel_thread:
    """Selects a hart that sees the kernel's addresses, and goes back to the former one afterwards.

    A hart that is in the firmware at the moment translates no address.
    """

    def __enter__(self):
        self.former = gdb.selected_thread()
        threads = [t for t in gdb.selected_inferior().threads() if t.is_valid()]
        for thread in [self.former] + threads if self.former else threads:
            thread.switch()
            if self.sees_kernel():
                return
        if self.former:
            self.former.switch()
        if threads:
            raise gdb.GdbError("no hart runs kernel code at the moment (all are in the firmware, "
                               "or the MMU is not on yet): continue and interrupt again")

    def __exit__(self, *_):
        if self.former and self.former.is_valid():
            self.former.switch()

    @staticmethod
    def sees_kernel():
        try:
            return int(symbol("node_data").address.cast(pointer_to("char")).dereference()) >= -128
        except gdb.MemoryError:
            return False


def symbol(name):
    """Value of a global or file-local variable."""
    found = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    if found is None:
        raise gdb.GdbError(f"no variable {name}: load the ELF 'tessera' of this kernel first")
    return found.value()


def pointer_to(name):
    return gdb.lookup_type(name).pointer()


def length(array):
    low, high = array.type.strip_typedefs().range()
    return high - low + 1


def text(value):
    """The text that a char pointer leads to, or None for NULL."""
    return value.string() if int(value) else None


def enumerators(name):
    """{value: name} of an enum."""
    return {int(field.enumval): field.name for field in gdb.lookup_type(f"enum {name}").fields()}


def nodes():
    data = symbol("node_data")
    return [data[i] for i in range(length(data))]


def zones():
    """Every zone of every node, those without RAM included."""
    for node in nodes():
        rows = node["node_zones"]
        for i in range(length(rows)):
            yield rows[i]


def populated_zones():
    return (zone for zone in zones() if int(zone["present_pages"]))


def nr_orders(zone):
    return length(zone["free_area"])


def nr_types(zone):
    return length(zone["free_area"][0]["nr_free"])


def type_names():
    names = symbol("migratetype_names")
    return [text(names[i]) for i in range(length(names))]


# --- per-CPU data --------------------------------------------------------------------------

def cpus():
    """The numbers of CPUs that have per-CPU data."""
    return range(int(symbol("nr_cpus_found")))


def per_cpu(value, cpu):
    """The cpu's copy of an lvalue in the per-CPU section."""
    offset = int(symbol("__per_cpu_offset")[cpu])
    address = int(value.address) + offset & (1 << 64) - 1
    return gdb.Value(address).cast(value.type.pointer()).dereference()


# --- descriptors ---------------------------------------------------------------------------

@functools.lru_cache(maxsize=1)
def _sections(_):
    """(start_pfn, end_pfn, memmap) of each present section; read once for each stop of the
    machine."""
    table = symbol("mem_sections")
    rows = (table[i] for i in range(int(symbol("mem_section_count"))))
    return [(int(row["start_pfn"]), int(row["end_pfn"]), int(row["memmap"])) for row in rows
            if int(row["end_pfn"])]


_stops = [0]
gdb.events.stop.connect(lambda _: _stops.__setitem__(0, _stops[0] + 1))


def sections():
    return _sections(_stops[0])


def pfn_valid(pfn):
    return any(start <= pfn < end for start, end, _ in sections())


def page_of(pfn):
    """The descriptor of a frame."""
    size = gdb.lookup_type("struct page").sizeof
    for start, end, memmap in sections():
        if start <= pfn < end:
            at = gdb.Value(memmap + (pfn - start) * size)
            return at.cast(pointer_to("struct page")).dereference()
    raise gdb.GdbError(f"frame {pfn:#x} has no descriptor")


def pfn_of_descriptor(address):
    """The frame whose descriptor lies at address, or None."""
    size = gdb.lookup_type("struct page").sizeof
    for start, end, memmap in sections():
        if memmap <= address < memmap + (end - start) * size:
            return start + (address - memmap) // size
    return None


@functools.lru_cache(maxsize=None)
def _fields():
    """{field: (shift, bits)} of a descriptor's word (mm/page_word.h)."""
    numbers = {place.name: int(place.enumval)
               for place in gdb.lookup_type("enum page_word_place").fields()}
    names = re.findall(r"\bPAGE_(\w+)_SHIFT\b", " ".join(numbers))
    return {name: (numbers[f"PAGE_{name}_SHIFT"], numbers[f"PAGE_{name}_BITS"]) for name in names}


def field(page, name):
    shift, bits = _fields()[name]
    return int(page["word"]) >> shift & (1 << bits) - 1


def zone_of(page):
    return nodes()[field(page, "NODE")]["node_zones"][field(page, "ZONE")]


def pcp_index(zone, kind):
    """The index of a zone's and migrate type's per-CPU list, among the lists of an order."""
    zone_id = int(zone["nid"]) << _fields()["ZONE"][1] | int(zone["idx"])
    return zone_id << _fields()["MT"][1] | kind


def block_head(pfn, max_order):
    """The first frame of the block that covers pfn, and its descriptor."""
    tail = next(v for v, name in enumerators("page_state").items() if name == "PG_TAIL")
    for order in range(max_order + 1):
        head = pfn & ~((1 << order) - 1)
        if not pfn_valid(head):
            break
        page = page_of(head)
        if field(page, "STATE") != tail and head + (1 << field(page, "ORDER")) > pfn:
            return head, page
    raise gdb.GdbError(f"no block covers frame {pfn:#x}")
