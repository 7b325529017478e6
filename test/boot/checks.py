# SPDX-License-Identifier: BSD-2-Clause
"""Whole-machine checks that many tests share."""
import re
from collections import namedtuple

import views

PAGE = 4096
MIB, GIB = 1 << 20, 1 << 30
MEMORY_VIEWS = ("buddyinfo", "pagetypeinfo", "zoneinfo", "slabinfo", "meminfo", "iomem")


def size_bytes(text):
    """Bytes of a size such as '512M', as QEMU reads it."""
    return int(text[:-1]) << {"K": 10, "M": 20, "G": 30, "T": 40}[text[-1]]


def still_views(m, attempts=10):
    """{name: text} of all memory views while no page is allocated or given back: an idle CPU that
    fills its pool of cleared pages between two views is waited for."""
    for _ in range(attempts):
        text = {name: m.run(f"cat /proc/{name}") for name in MEMORY_VIEWS}
        if m.run("cat /proc/buddyinfo") == text["buddyinfo"]:
            return text
    raise AssertionError(f"the free blocks changed during each of {attempts} readings of the views")


class Memory:
    """All memory views of a machine at one moment, parsed and compared with each other."""

    def __init__(self, m):
        text = still_views(m)
        self.buddy = views.buddyinfo(text["buddyinfo"])
        self.types = views.pagetypeinfo(text["pagetypeinfo"])
        self.zones = views.zoneinfo(text["zoneinfo"])
        self.slabs = views.slabinfo(text["slabinfo"])
        self.meminfo = views.meminfo(text["meminfo"])
        self.iomem = views.iomem(text["iomem"])

    def check(self):
        populated = {key for key, zone in self.zones.items() if zone.present}
        assert set(self.buddy) == populated, "buddyinfo shows other zones than the populated"
        for key, counts in self.buddy.items():
            free = views.free_pages(counts)
            assert free == self.zones[key].free, \
                f"{key}: buddyinfo adds up to {free}, zoneinfo says {self.zones[key].free}"
        views.check_pagetypes(self.types, self.buddy)
        views.check_pageblocks(self.types, self.zones)
        views.check_zones(self.zones)
        views.check_meminfo(self.meminfo, self.zones)
        views.check_slabs(self.slabs, self.meminfo)
        return self

    @property
    def present(self):
        return sum(zone.present for zone in self.zones.values()) * PAGE

    @property
    def managed(self):
        return sum(zone.managed for zone in self.zones.values()) * PAGE

    def ram(self):
        """The bytes that iomem calls System RAM."""
        return sum(row.end + 1 - row.start for row in views.flat(self.iomem)
                   if row.name == "System RAM")


BootFacts = namedtuple("BootFacts", "fdt_pa fdt_bytes hart load_pa")


def boot_facts(log):
    """What the boot log says of the kernel's entry: hart, load address, tree."""
    match = re.search(r"fdt: (0x[0-9a-f]+), (\d+) bytes\n.*boot hart (\d+), "
                      r"load address (0x[0-9a-f]+)\n", log)
    assert match, "the boot log does not name tree, hart and load address:\n" + log
    return BootFacts(int(match[1], 16), int(match[2]), int(match[3]), int(match[4], 16))


FirmwareLine = namedtuple("FirmwareLine", "start end kind source")
FIRMWARE_LINE = re.compile(r"0x([0-9a-f]{16})\.\.0x([0-9a-f]{16}) +(\d+)([KB]) (\S.{10}) (\S.*)")


def firmware_map(m):
    """The lines of /proc/firmware, and {"used": bytes, ...} of its last line. The log must have the
    same lines, and their RAM must add up."""
    *rows, last = m.run("cat /proc/firmware").splitlines()
    lines = []
    for row in rows:
        match = FIRMWARE_LINE.fullmatch(row)
        assert match, row
        line = FirmwareLine(int(match[1], 16), int(match[2], 16) + 1, match[5].rstrip(), match[6])
        assert line.end - line.start == int(match[3]) * (1024 if match[4] == "K" else 1), row
        told = f"  [mem 0x{match[1]}-0x{match[2]}] {line.kind:11} {line.source}"
        assert told in re.sub(r"(?m)^\[ *[\d.]+\] ", "", m.boot_log), told
        lines.append(line)
    match = re.fullmatch(r"RAM (\d+[KB]) = (.*)", last)
    assert match, last
    parts = {words: _bytes(number) for number, words in
             re.findall(r"(\d+[KB]) ([^+]*?)(?: \+ |$)", match[2])}
    banks = [(line.start, line.end) for line in lines if line.kind == "RAM"]
    assert sum(parts.values()) == _bytes(match[1]) == _union(banks), last
    return lines, parts


def _bytes(text):
    return int(text[:-1]) * (1024 if text[-1] == "K" else 1)


def _union(ranges):
    total = reach = 0
    for start, end in sorted(ranges):
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total


def harts_found(log):
    """Number of harts that the boot log counts as usable."""
    match = re.search(r"CPUs: (\d+) found, booting on hart id", log)
    assert match, "the boot log does not count harts:\n" + log
    return int(match[1])


def cpus_online(log):
    """Number of CPUs that the boot log says are up."""
    match = re.search(r"smp: Brought up \d+ nodes?, (\d+) CPUs?\n", log)
    return int(match[1]) if match else 1


def owners(m):
    """{owner: pages} as audit counts them; fails unless audit is content."""
    text = m.run("audit", limit=60)
    rows = re.findall(r"(?m)^(\S.*?) +(\d+) +(\d+)K$", text)
    end = re.search(r"(?m)^total (\d+) pages = RAM (\d+) pages: ok\b.*$", text)
    assert end, "audit is not content:\n" + text
    found = {}
    for name, pages, kb in rows:
        assert int(kb) == 4 * int(pages) and name not in found, name
        found[name] = int(pages)
    assert sum(found.values()) == int(end[1]) == int(end[2]), "audit's rows do not add up:\n" + text
    return found


def audit(m, ram_bytes):
    """Audit must find one owner for every frame, and all frames together must be the machine's
    RAM."""
    total = sum(owners(m).values()) * PAGE
    assert total == ram_bytes, f"audit counts {total:#x} bytes, RAM has {ram_bytes:#x}"


Region = namedtuple("Region", "base size nid flags owner")


def memblock(m):
    """(memory regions, reserved regions) as the view has them."""
    arrays = {}
    for line in m.run("cat /proc/memblock").splitlines():
        head = re.fullmatch(r"(memory|reserved): (\d+) regions of at most (\d+), (\d+)K", line)
        if head:
            regions = arrays[head[1]] = []
            count, most = int(head[2]), int(head[3])
            continue
        row = re.fullmatch(r" *(\d+): (0x[0-9a-f]{16})\.\.(0x[0-9a-f]{16}) +(x|\d+) "
                           r"([A-Z_|]+)(?: (.+))?", line)
        assert row and int(row[1]) == len(regions), f"memblock: {line!r}"
        base, last = int(row[2], 16), int(row[3], 16)
        assert not regions or base >= regions[-1].base + regions[-1].size, f"memblock: {line!r}"
        regions.append(Region(base, last + 1 - base, row[4], row[5], row[6]))
        assert len(regions) <= count <= most
    return arrays["memory"], arrays["reserved"]


def reserved_ranges(m):
    """Reserved memory in as few (base, size) as possible, whoever owns it."""
    ranges = []
    for region in memblock(m)[1]:
        if ranges and ranges[-1][0] + ranges[-1][1] == region.base:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + region.size)
        else:
            ranges.append((region.base, region.size))
    return ranges


def is_reserved(m, base, size):
    return any(start <= base and base + size <= start + length
               for start, length in reserved_ranges(m))


def reservation(m, owner):
    """(base, size) of the region that belongs to owner; there must be one and no more."""
    found = [r for r in memblock(m)[1] if r.owner and owner in r.owner]
    assert len(found) == 1, f"{owner}: {found}"
    return found[0].base, found[0].size


Section = namedtuple("Section", "nr base end pages first_pfn last_pfn memmap_kb")


def sections(m):
    """{section number: Section} of the view."""
    lines = m.run("cat /proc/sections").splitlines()
    found = {}
    for line in lines[1:]:
        row = re.fullmatch(r" *(\d+)  0x([0-9a-f]+)-0x([0-9a-f]+) +(\d+) +(\d+) "
                           r" 0x([0-9a-f]+)-0x([0-9a-f]+) +(\d+)K", line)
        assert row, f"sections: {line!r}"
        found[int(row[1])] = Section(int(row[1]), int(row[2], 16), int(row[3], 16) + 1,
                                     int(row[5]), int(row[6], 16), int(row[7], 16), int(row[8]))
    return found
