# SPDX-License-Identifier: BSD-2-Clause
"""Parsers of the views under /proc, strict to the byte.

Each parser reads the values and then writes the text again from them, by the format that
Linux prints. Only when both are equal is the view right: a wrong width, a missing space at
the end of a line or a line too many all show up as a difference.
"""
import difflib
import math
import re
from collections import namedtuple

PAGE_KB = 4
MIGRATE_TYPES = ("Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate")

Zone = namedtuple("Zone", "node name free boost min low high spanned present managed cma "
                          "protection counters cpus start_pfn node_stats")
Cache = namedtuple("Cache", "name active objects size per_slab pages_per_slab slabs")
Resource = namedtuple("Resource", "depth start end name children")


class FormatError(AssertionError):
    """A view's text is not what Linux would print for the same values."""


def _same(view, got, want):
    if got != want:
        lines = difflib.unified_diff(want.splitlines(True), got.splitlines(True),
                                     "expected", "seen")
        raise FormatError(f"{view} is not in Linux's format:\n" +
                          "".join(line.rstrip("\n").replace(" ", "·") + "\n" for line in lines))


def _need(view, pattern, line):
    match = re.fullmatch(pattern, line)
    if not match:
        raise FormatError(f"{view}: no match of {pattern!r} in the line {line!r}")
    return match


def _numbers(text):
    return [int(word) for word in text.split()]


def buddyinfo(text):
    """{(node, zone): [free blocks of each order]}"""
    zones = {}
    for line in text.splitlines():
        m = _need("buddyinfo", r"Node (\d+), zone +(\S+)((?: +\d+)+) ", line)
        zones[int(m[1]), m[2]] = _numbers(m[3])
    want = "".join(f"Node {node}, zone {name:>8} " + "".join(f"{n:6} " for n in counts) + "\n"
                   for (node, name), counts in zones.items())
    _same("buddyinfo", text, want)
    if len({len(counts) for counts in zones.values()}) > 1:
        raise FormatError("buddyinfo: lines of different length:\n" + text)
    return zones


def extfrag(text):
    """{title: {(node, zone): [thousandths of each order]}}"""
    tables = {}
    for line in text.splitlines():
        if line in ("unusable_index", "extfrag_index"):
            table = tables[line] = {}
            continue
        m = _need("extfrag", r"Node (\d+), zone +(\S+) ((?:-?\d\.\d{3} )+)", line)
        table[int(m[1]), m[2]] = [round(float(word) * 1000) for word in m[3].split()]
    if list(tables) != ["unusable_index", "extfrag_index"]:
        raise FormatError("extfrag: two tables are expected:\n" + text)
    return tables


def extfrag_of(counts):
    """Both tables' lines for a zone with these free blocks, by Linux's definitions."""
    unusable, index = [], []
    pages, blocks = free_pages(counts), sum(counts)
    for order in range(len(counts)):
        usable = sum(n << o for o, n in enumerate(counts) if o >= order)
        unusable.append((pages - usable) * 1000 // pages if pages else 1000)
        short = 1000 - (1000 + pages * 1000 // (1 << order)) // blocks if blocks else 0
        index.append(-1000 if usable else short)
    return unusable, index


def free_pages(counts):
    return sum(n << order for order, n in enumerate(counts))


PageTypes = namedtuple("PageTypes", "block_order free blocks")


def pagetypeinfo(text):
    """block_order; free {(node, zone, type): [blocks of each order]}; blocks {…: {type: n}}"""
    whole = PageTypes(None, {}, {})
    # Each node with memory has four parts of its own.
    for part in re.split(r"(?m)^(?=Page block order: )", text)[1:]:
        one = _node_pagetypeinfo(part)
        assert whole.block_order in (None, one.block_order)
        whole = PageTypes(one.block_order, {**whole.free, **one.free},
                          {**whole.blocks, **one.blocks})
    if whole.block_order is None:
        raise FormatError("pagetypeinfo is empty or begins otherwise:\n" + text)
    return whole


def _node_pagetypeinfo(text):
    lines = text.splitlines()
    block_order = int(_need("pagetypeinfo", r"Page block order: (\d+)", lines[0])[1])
    free, blocks, at = {}, {}, 4
    heading = "Free pages count per migrate type at order "
    orders = len(lines[3].removeprefix(f"{heading:43} ").split())
    while at < len(lines) and lines[at]:
        m = _need("pagetypeinfo",
                  r"Node +(\d+), zone +(\S+), type +(\S+)((?: +\d+)+) ", lines[at])
        free[int(m[1]), m[2], m[3]] = _numbers(m[4])
        at += 1
    types = list(dict.fromkeys(key[2] for key in free))
    for line in lines[at + 2:]:
        m = _need("pagetypeinfo", r"Node (\d+), zone +(\S+)((?: +\d+)+) ", line)
        blocks[int(m[1]), m[2]] = dict(zip(types, _numbers(m[3]), strict=True))
    _same("pagetypeinfo", text, _pagetypeinfo_text(block_order, orders, types, free, blocks))
    if [t for t in MIGRATE_TYPES if t in types] != types:
        raise FormatError(f"pagetypeinfo: types {types} are not in Linux's order")
    if len({node for node, _ in blocks}) != 1:
        raise FormatError("pagetypeinfo: nodes share one heading:\n" + text)
    return PageTypes(block_order, free, blocks)


def _pagetypeinfo_text(block_order, orders, types, free, blocks):
    heading = "Free pages count per migrate type at order "
    text = f"Page block order: {block_order}\nPages per block:  {1 << block_order}\n\n"
    text += f"{heading:43} " + "".join(f"{o:6} " for o in range(orders)) + "\n"
    for (node, zone, kind), counts in free.items():
        text += f"Node {node:4}, zone {zone:>8}, type {kind:>12} "
        text += "".join(f"{n:6} " for n in counts) + "\n"
    text += f"\n{'Number of blocks type ':23}" + "".join(f"{t:>12} " for t in types) + "\n"
    for (node, zone), counts in blocks.items():
        text += f"Node {node}, zone {zone:>8} "
        text += "".join(f"{n:12} " for n in counts.values()) + "\n"
    return text


ZONE_COUNTERS = ("nr_free_pages nr_zone_inactive_anon nr_zone_active_anon "
                 "nr_zone_inactive_file nr_zone_active_file nr_zone_unevictable "
                 "nr_zone_write_pending nr_mlock nr_bounce nr_free_cma").split()
PAGE_LINES = (("boost", 4), ("min", 6), ("low", 6), ("high", 5), ("spanned", 2),
              ("present", 2), ("managed", 2), ("cma", 6))


class _Lines:
    def __init__(self, view, text):
        self.view, self.lines, self.at = view, text.splitlines(), 0

    def more(self):
        return self.at < len(self.lines)

    def peek(self, prefix):
        return self.more() and self.lines[self.at].startswith(prefix)

    def take(self, pattern):
        if not self.more():
            raise FormatError(f"{self.view}: ends where {pattern!r} should follow")
        self.at += 1
        return _need(self.view, pattern, self.lines[self.at - 1])


def _counters(lines):
    found = {}
    while lines.peek("      ") and not lines.peek("       "):
        m = lines.take(r"      (\S+) +(\d+)")
        found[m[1]] = int(m[2])
    return found


def _cpus(lines):
    cpus = {}
    lines.take("  pagesets")
    while lines.peek("    cpu: "):
        cpu = int(lines.take(r"    cpu: (\d+)")[1])
        cpus[cpu] = {"count": int(lines.take(r"              count: (\d+)")[1]),
                     "high": int(lines.take(r"              high:  (\d+)")[1]),
                     "batch": int(lines.take(r"              batch: (\d+)")[1])}
        if lines.peek("  vm stats"):
            cpus[cpu]["threshold"] = int(lines.take(r"  vm stats threshold: (\d+)")[1])
    return cpus


def _counter_lines(counters):
    return "".join(f"      {name:<12} {value}\n" for name, value in counters.items())


def _zone_text(zone, node_stats):
    text = f"Node {zone.node}, zone {zone.name:>8}\n"
    if node_stats is not None:
        text += "  per-node stats\n" + _counter_lines(node_stats)
    text += f"  pages free     {zone.free}\n"
    for name, gap in PAGE_LINES:
        text += f"        {name}{'':{gap}}{getattr(zone, name)}\n"
    text += f"        protection: ({', '.join(str(n) for n in zone.protection)})\n"
    if not zone.present:
        return text
    text += _counter_lines(zone.counters) + "  pagesets\n"
    for cpu, row in zone.cpus.items():
        text += f"    cpu: {cpu}\n"
        for name, gap in (("count", 1), ("high", 2), ("batch", 1)):
            text += f"              {name}:{'':{gap}}{row[name]}\n"
        if "threshold" in row:
            text += f"  vm stats threshold: {row['threshold']}\n"
    return text + f"  node_unreclaimable:  0\n  start_pfn:           {zone.start_pfn}\n"


def zoneinfo(text):
    """{(node, zone): Zone}, unpopulated zones included, in the view's order"""
    lines, zones, want = _Lines("zoneinfo", text), {}, ""
    while lines.more():
        head = lines.take(r"Node (\d+), zone +(\S+)")
        node_stats = None
        if lines.peek("  per-node stats"):
            lines.take("  per-node stats")
            node_stats = _counters(lines)
        values = {"free": int(lines.take(r"  pages free +(\d+)")[1])}
        for name, _ in PAGE_LINES:
            values[name] = int(lines.take(rf"        {name} +(\d+)")[1])
        m = lines.take(r"        protection: \((\d+(?:, \d+)*)\)")
        protection = [int(word) for word in m[1].split(",")]
        counters, cpus, start_pfn = {}, {}, None
        if values["present"]:
            counters, cpus = _counters(lines), _cpus(lines)
            lines.take(r"  node_unreclaimable:  0")
            start_pfn = int(lines.take(r"  start_pfn: +(\d+)")[1])
        zone = Zone(node=int(head[1]), name=head[2], protection=protection, counters=counters,
                    cpus=cpus, start_pfn=start_pfn, node_stats=node_stats, **values)
        zones[zone.node, zone.name] = zone
        want += _zone_text(zone, node_stats)
    _same("zoneinfo", text, want)
    return zones


# Linux's rows behind the zones' and nodes' counters; each zone has one of the first.
VMSTAT_ZONE_EVENTS = ("pgalloc", "allocstall", "pgskip")
VMSTAT_EVENTS = (
    "pgpgin pgpgout pswpin pswpout ZONES pgfree pgactivate pgdeactivate pglazyfree pgfault "
    "pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct pgdemote_kswapd "
    "pgdemote_direct pgscan_kswapd pgscan_direct pgscan_direct_throttle pgscan_anon pgscan_file "
    "pgsteal_anon pgsteal_file zone_reclaim_failed pginodesteal slabs_scanned kswapd_inodesteal "
    "kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun pgrotated "
    "drop_pagecache drop_slab oom_kill pgmigrate_success pgmigrate_fail compact_migrate_scanned "
    "compact_free_scanned compact_isolated compact_stall compact_fail compact_success "
    "compact_daemon_wake compact_daemon_migrate_scanned compact_daemon_free_scanned "
    "cma_alloc_success cma_alloc_fail unevictable_pgs_culled unevictable_pgs_scanned "
    "unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked "
    "unevictable_pgs_cleared unevictable_pgs_stranded").split()


def vmstat(text):
    """{name: number}; rows that depend on an option may lack, none may be out of Linux's order"""
    counters = {}
    for line in text.splitlines():
        m = _need("vmstat", r"(\w+) (\d+)", line)
        if m[1] in counters:
            raise FormatError(f"vmstat: {m[1]} is there twice")
        counters[m[1]] = int(m[2])
    _same("vmstat", text, "".join(f"{name} {n}\n" for name, n in counters.items()))
    names = list(counters)
    if "nr_dirty_background_threshold" not in names:
        raise FormatError("vmstat: nodes' counters do not end")
    events = names[names.index("nr_dirty_background_threshold") + 1:]
    order = [name for event in VMSTAT_EVENTS for name in (
        [f"{e}_{zone}" for e in VMSTAT_ZONE_EVENTS for zone in ("dma", "dma32", "normal", "movable")]
        if event == "ZONES" else [event])]
    if events != [name for name in order if name in events]:
        raise FormatError(f"vmstat: events out of Linux's order: {events}")
    return counters


SLAB_HEAD = ("slabinfo - version: 2.1\n"
             "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
             " : tunables <limit> <batchcount> <sharedfactor>"
             " : slabdata <active_slabs> <num_slabs> <sharedavail>\n")


def slabinfo(text):
    """{name: Cache}"""
    caches, want = {}, SLAB_HEAD
    for line in text.splitlines()[2:]:
        m = _need("slabinfo", r"(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)"
                  r" : tunables +(\d+)    0 +(\d+) : slabdata +(\d+) +(\d+)      0", line)
        cache = Cache(m[1], *(int(m[i]) for i in (2, 3, 4, 5, 6, 9)))
        limit, merged = int(m[7]), int(m[8])
        if int(m[10]) != cache.slabs:
            raise FormatError(f"slabinfo: active and total slabs differ: {line!r}")
        caches[cache.name] = cache
        want += (f"{cache.name:<17} {cache.active:6} {cache.objects:6} {cache.size:6} "
                 f"{cache.per_slab:4} {cache.pages_per_slab:4} : tunables {limit:4} {0:4} {merged:4}"
                 f" : slabdata {cache.slabs:6} {cache.slabs:6} {0:6}\n")
    _same("slabinfo", text, want)
    return caches


# The fields that Linux always has, in its order; the view may leave none of these out.
MEMINFO = ("MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive "
           "Active(anon) Inactive(anon) Active(file) Inactive(file) Unevictable Mlocked "
           "SwapTotal SwapFree Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab "
           "SReclaimable SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce "
           "WritebackTmp CommitLimit Committed_AS VmallocTotal VmallocUsed VmallocChunk "
           "Percpu").split()


def meminfo(text):
    """{field: kB}"""
    fields, want = {}, ""
    for line in text.splitlines():
        m = _need("meminfo", r"([A-Za-z_()]+): +(\d+) kB", line)
        fields[m[1]] = int(m[2])
        label = m[1] + ":"
        want += f"{label:<16}{fields[m[1]]:8} kB\n"
    _same("meminfo", text, want)
    if [name for name in fields if name in MEMINFO] != MEMINFO:
        raise FormatError("meminfo: fields or their order are not Linux's:\n" + text)
    return fields


def iomem(text):
    """Tree of Resource; end is inclusive as printed."""
    roots, path, want = [], [], ""
    for line in text.splitlines():
        m = _need("iomem", r"( *)([0-9a-f]+)-([0-9a-f]+) : (.+)", line)
        start, end, depth = int(m[2], 16), int(m[3], 16), len(m[1]) // 2
        if depth > len(path):
            raise FormatError(f"iomem: {line!r} is nested too deep")
        node = Resource(depth, start, end, m[4], [])
        del path[depth:]
        siblings = path[-1].children if path else roots
        if start > end or (path and not path[-1].start <= start <= end <= path[-1].end):
            raise FormatError(f"iomem: {line!r} does not lie within its parent")
        if siblings and siblings[-1].end >= start:
            raise FormatError(f"iomem: {line!r} is not behind its neighbour")
        siblings.append(node)
        path.append(node)
        want += f"{'':{2 * depth}}{start:08x}-{end:08x} : {m[4]}\n"
    _same("iomem", text, want)
    return roots


def flat(resources):
    for node in resources:
        yield node
        yield from flat(node.children)


# --- relations between views ---------------------------------------------------------------

def check_pagetypes(types, buddy):
    """The rows of all types add up to buddyinfo's."""
    for (node, zone), counts in buddy.items():
        rows = [row for key, row in types.free.items() if key[:2] == (node, zone)]
        sums = [sum(column) for column in zip(*rows, strict=True)]
        assert sums == counts, f"{zone}: types add up to {sums}, buddyinfo says {counts}"


def check_pageblocks(types, zones):
    """Every pageblock has one type, and a zone's span says how many pageblocks it has."""
    size = 1 << types.block_order
    for (node, name), counts in types.blocks.items():
        zone = zones[node, name]
        first = zone.start_pfn // size
        most = -(-(zone.start_pfn + zone.spanned) // size) - first
        total = sum(counts.values())
        assert total <= most, f"{name}: {total} pageblocks in a span of {most}"
        if zone.present == zone.spanned and zone.start_pfn % size == 0:
            assert total == most, f"{name}: {total} pageblocks, {most} expected"


def expected_min_free_kbytes(lowmem_kb):
    return min(max(math.isqrt(16 * lowmem_kb), 128), 262144)


def expected_marks(managed, total, min_free_kb):
    """(min, low, high) of a zone by the facts: its share of the minimum, then steps of 0.1 %."""
    mark = min_free_kb // PAGE_KB * managed // total
    step = max(mark // 4, managed // 10000 * 10 + managed % 10000 * 10 // 10000)
    return mark, mark + step, mark + 2 * step


RESERVE_RATIO = {"DMA": 256, "DMA32": 256, "Normal": 32, "Movable": 0}


def expected_protection(zones, index):
    """lowmem_reserve of the zone with that index, among zones in the order of indexes."""
    ratio = RESERVE_RATIO[zones[index].name]
    row = []
    for j in range(len(zones)):
        above = sum(zone.managed for zone in zones[index + 1:j + 1])
        row.append(above // ratio if j > index and ratio and zones[index].managed else 0)
    return row


def check_zones(zones):
    """The zones' sizes, watermarks and reserves follow from their managed pages."""
    total = sum(zone.managed for zone in zones.values())
    # The kernel's own requests cannot use the movable zone, which so adds nothing to the minimum.
    lowmem = sum(zone.managed for zone in zones.values() if zone.name != "Movable")
    min_free_kb = expected_min_free_kbytes(lowmem * PAGE_KB)
    for node in sorted({zone.node for zone in zones.values()}):
        row = [zone for zone in zones.values() if zone.node == node]
        for index, zone in enumerate(row):
            what = f"node {node} zone {zone.name}"
            assert zone.managed <= zone.present <= zone.spanned, what
            assert zone.free <= zone.managed, what
            marks = expected_marks(zone.managed, total, min_free_kb)
            assert (zone.min, zone.low, zone.high) == marks, \
                f"{what}: marks {(zone.min, zone.low, zone.high)}, expected {marks}"
            protection = expected_protection(row, index)
            assert zone.protection == protection, \
                f"{what}: protection {zone.protection}, expected {protection}"
            if zone.present:
                check_populated_zone(zone, what)
    check_numa_events([zone.counters for zone in zones.values() if zone.present])


def check_numa_events(rows):
    """Each request that was met is a hit or a miss, and local or other; each miss is foreign on one
    node."""
    if "numa_hit" not in rows[0]:
        return
    sums = {name: sum(row[name] for row in rows) for name in rows[0] if name.startswith("numa_")}
    assert sums["numa_hit"] + sums["numa_miss"] == sums["numa_local"] + sums["numa_other"] > 0, sums
    assert sums["numa_miss"] == sums["numa_foreign"], sums
    assert sums["numa_interleave"] == 0, sums


def check_populated_zone(zone, what):
    names = [name for name in ZONE_COUNTERS if name in zone.counters]
    assert [name for name in zone.counters if name in ZONE_COUNTERS] == names, \
        f"{what}: counters out of Linux's order"
    assert zone.counters["nr_free_pages"] == zone.free, what
    assert zone.cpus, f"{what}: no pageset"
    for cpu, row in zone.cpus.items():
        assert row["batch"] >= 1, f"{what} cpu {cpu}: batch 0"
        assert row["high"] >= row["batch"], f"{what} cpu {cpu}: high below batch"
        assert row["count"] <= zone.managed, f"{what} cpu {cpu}"


def check_meminfo(fields, zones):
    managed = sum(zone.managed for zone in zones.values())
    assert fields["MemTotal"] == managed * PAGE_KB, \
        f"MemTotal {fields['MemTotal']} kB, zones manage {managed * PAGE_KB} kB"
    assert fields["MemFree"] <= fields["MemTotal"]
    assert fields["MemAvailable"] <= fields["MemTotal"]
    assert fields["Slab"] == fields["SReclaimable"] + fields["SUnreclaim"]
    stats = [zone.node_stats for zone in zones.values() if zone.node_stats]
    for counter, field in (("nr_slab_reclaimable", "SReclaimable"),
                           ("nr_slab_unreclaimable", "SUnreclaim")):
        pages = [node[counter] for node in stats]
        assert sum(pages) * PAGE_KB == fields[field], \
            f"{field} {fields[field]} kB, the nodes have {pages} pages of {counter}"
    for name in ("Active", "Inactive"):
        assert fields[name] == fields[name + "(anon)"] + fields[name + "(file)"]


def check_slabs(caches, fields=None):
    for cache in caches.values():
        assert cache.active <= cache.objects, cache
        assert cache.objects == cache.slabs * cache.per_slab, cache
        assert cache.per_slab * cache.size <= cache.pages_per_slab * PAGE_KB * 1024, cache
        assert cache.per_slab >= 1 and cache.pages_per_slab.bit_count() == 1, cache
    if fields:
        pages = sum(cache.slabs * cache.pages_per_slab for cache in caches.values())
        assert pages * PAGE_KB == fields["Slab"], \
            f"slabs hold {pages * PAGE_KB} kB, meminfo says {fields['Slab']} kB"
