# SPDX-License-Identifier: BSD-2-Clause
"""The parsers that other tests rely on accept right text, and find each planted fault."""
import pytest

import ktap
import views

BUDDY = "Node 0, zone    DMA32      3      2    126 \nNode 0, zone   Normal      0      1      2 \n"
# Lines of the view end in a blank, which stands before a bar here; the bar is removed.
TYPES = """Page block order: 1
Pages per block:  2

Free pages count per migrate type at order       0      1 |
Node    0, zone    DMA32, type    Unmovable      0      7 |
Node    0, zone    DMA32, type      Movable      1      0 |

Number of blocks type     Unmovable      Movable |
Node 0, zone    DMA32            3            5 |
""".replace("|\n", "\n")
ZONES = """Node 0, zone    DMA32
  per-node stats
      nr_inactive_anon 0
      nr_mapped    0
  pages free     100
        boost    0
        min      2
        low      2
        high     2
        spanned  128
        present  128
        managed  120
        cma      0
        protection: (0, 0)
      nr_free_pages 100
      nr_bounce    0
  pagesets
    cpu: 0
              count: 4
              high:  8
              batch: 2
  vm stats threshold: 0
  node_unreclaimable:  0
  start_pfn:           524288
Node 0, zone   Normal
  pages free     0
        boost    0
        min      0
        low      0
        high     0
        spanned  0
        present  0
        managed  0
        cma      0
        protection: (0, 0)
"""
SLABS = views.SLAB_HEAD + ("kmalloc-8              3    512      8  512    1 : tunables    0    0"
                           "    0 : slabdata      1      1      0\n")
MEMORY = "".join(f"{name + ':':<16}{0:8} kB\n" for name in views.MEMINFO)
IOMEM = ("80000000-8007ffff : Reserved\n80080000-9fffffff : System RAM\n"
         "  80200000-80243fff : Kernel image\n")
KTAP = """KTAP version 1
1..1
# seed 0x1
  KTAP version 1
  # Subtest: one
  1..2
  ok 1 first
    # second: file.c:3: expected x (seed 0x1)
  not ok 2 second
not ok 1 one
# Totals: pass:1 fail:1 skip:0 total:2
1 passed, 1 failed
"""
GOOD = [(views.buddyinfo, BUDDY), (views.pagetypeinfo, TYPES), (views.zoneinfo, ZONES),
        (views.slabinfo, SLABS), (views.meminfo, MEMORY), (views.iomem, IOMEM),
        (ktap.cases, KTAP)]


@pytest.mark.parametrize("parse,text", GOOD, ids=lambda v: getattr(v, "__name__", ""))
def test_right_text_is_read(parse, text):
    assert parse(text)


def test_values_are_the_texts():
    assert views.buddyinfo(BUDDY)[0, "Normal"] == [0, 1, 2]
    assert views.pagetypeinfo(TYPES).blocks == {(0, "DMA32"): {"Unmovable": 3, "Movable": 5}}
    zone = views.zoneinfo(ZONES)[0, "DMA32"]
    assert (zone.managed, zone.cpus[0]["high"], zone.start_pfn) == (120, 8, 524288)
    assert views.slabinfo(SLABS)["kmalloc-8"].active == 3
    assert views.iomem(IOMEM)[1].children[0].name == "Kernel image"
    assert [case.passed for case in ktap.cases(KTAP)] == [True, False]


# For each text: a part of it, and the fault that takes the part's place.
FAULTS = [
    (views.buddyinfo, BUDDY, "126 \n", "126\n"), (views.buddyinfo, BUDDY, "   DMA32", "  DMA32"),
    (views.buddyinfo, BUDDY, "     2    126", "    2    126"),
    (views.buddyinfo, BUDDY, "      1      2 \n", "      1 \n"),
    (views.pagetypeinfo, TYPES, "block:  2", "block:  4"),
    (views.pagetypeinfo, TYPES, "at order       0", "at order      0"),
    (views.pagetypeinfo, TYPES, "\n\nNumber", "\nNumber"),
    (views.pagetypeinfo, TYPES, "           5 \n", "           5\n"),
    (views.pagetypeinfo, TYPES, "Movable", "Isolate"),
    (views.zoneinfo, ZONES, "        min      2\n", "        min     2\n"),
    (views.zoneinfo, ZONES, "protection: (0, 0)", "protection: (0,0)"),
    (views.zoneinfo, ZONES, "        cma      0\n", ""),
    (views.zoneinfo, ZONES, "  start_pfn:           524288\n", "  start_pfn: 524288\n"),
    (views.zoneinfo, ZONES, "high:  8", "high: 8"),
    (views.slabinfo, SLABS, "version: 2.1", "version: 2.0"),
    (views.slabinfo, SLABS, "kmalloc-8  ", "kmalloc-8 "),
    (views.slabinfo, SLABS, "     1      1      0\n", "     1      2      0\n"),
    (views.meminfo, MEMORY, "MemFree: ", "MemFree:"), (views.meminfo, MEMORY, " kB", " KB"),
    (views.meminfo, MEMORY, "Slab:", "Slop:"),
    (views.iomem, IOMEM, "8007ffff", "8008ffff"), (views.iomem, IOMEM, "  80200", " 80200"),
    (views.iomem, IOMEM, "80243fff", "A0243fff"),
    (ktap.cases, KTAP, "1..2", "1..3"), (ktap.cases, KTAP, "not ok 1 one", "ok 1 one"),
    (ktap.cases, KTAP, "ok 1 first\n", ""), (ktap.cases, KTAP, "1..1", "1..2"),
    (ktap.cases, KTAP, "not ok 1 one\n", ""),
]


@pytest.mark.parametrize("parse,text,right,wrong", FAULTS,
                         ids=[f"{f[0].__name__}-{i}" for i, f in enumerate(FAULTS)])
def test_fault_is_seen(parse, text, right, wrong):
    assert right in text
    with pytest.raises((views.FormatError, ktap.KtapError)):
        parse(text.replace(right, wrong, 1))


def test_watermarks_are_those_of_the_published_examples():
    """All RAM of these zones is managed: 128 MiB; 4 GiB as 3 + 1; 8 GiB as 3 + 5."""
    for pages, expected in (([32768], [(362, 452, 542)]),
                            ([786432, 262144], [(1536, 2322, 3108), (512, 774, 1036)]),
                            ([786432, 1310720], [(1086, 1872, 2658), (1810, 3120, 4430)])):
        kb = views.expected_min_free_kbytes(sum(pages) * 4)
        assert [views.expected_marks(n, sum(pages), kb) for n in pages] == expected
