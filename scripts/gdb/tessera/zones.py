# SPDX-License-Identifier: BSD-2-Clause
"""tessera-zones, tessera-buddy, tessera-pcp."""
import gdb

from tessera import kernel


def free_pages(zone):
    """Free for anybody: isolated pages, the last of the special types, are not."""
    pages = int(zone["nr_free_pages"])
    if "nr_free_special" in [field.name for field in zone.type.fields()]:
        special = zone["nr_free_special"]
        pages += sum(int(special[i]) for i in range(special.type.range()[1]))
    return pages


class Zones(kernel.Command):
    """tessera-zones: frames, watermarks and per-CPU limits of each zone, as the shell's zones."""

    NAME = "tessera-zones"

    def run(self, words):
        print("node zone     frames                  present   managed      free    min"
              "    low   high  pcp: high batch")
        for zone in kernel.zones():
            name = kernel.text(zone["name"])
            if not int(zone["present_pages"]):
                print(f"{int(zone['nid']):4} {name:<8} empty")
                continue
            start = int(zone["zone_start_pfn"])
            last = start + int(zone["spanned_pages"]) - 1
            marks = [int(zone["watermark"][i]) for i in range(3)]
            print(f"{int(zone['nid']):4} {name:<8} 0x{start:08x}-0x{last:08x} "
                  f"{int(zone['present_pages']):9} {int(zone['managed_pages']):9} "
                  f"{free_pages(zone):9} {marks[0]:6} {marks[1]:6} {marks[2]:6} "
                  f"{int(zone['pcp_high']):5} {int(zone['pcp_batch']):5}")


def walk(zone, order, kind):
    """The frame numbers on a free list; where the list is broken, ends with a word that says so."""
    area = zone["free_area"][order]
    pfn, former, most = int(area["first_pfn"][kind]), kernel.PFN_NONE, int(area["nr_free"][kind])
    while pfn != kernel.PFN_NONE:
        page = kernel.page_of(pfn)
        if int(page["prev_pfn"]) != former:
            raise gdb.GdbError(f"order {order}: frame {pfn:#x} does not point back to its "
                               f"neighbour {former:#x}")
        if most == 0:
            raise gdb.GdbError(f"order {order}: the list goes on at {pfn:#x}, but nr_free says "
                               "that it ends before")
        yield pfn
        most -= 1
        former, pfn = pfn, int(page["next_pfn"])
    if most:
        raise gdb.GdbError(f"order {order}: the list ends {most} blocks before nr_free says so")


class Buddy(kernel.Command):
    """tessera-buddy [-t] [-l ORDER]: free blocks, counted by walking every list.

Without arguments in the form of /proc/buddyinfo. -t: by migrate type, in the form of
/proc/pagetypeinfo. -l ORDER: the frames of that order's blocks. A list that does not hold
together is an error that names the frame."""

    NAME = "tessera-buddy"

    def run(self, words):
        if words[:1] == ["-l"] and len(words) == 2:
            self.list_blocks(int(words[1], 0))
        elif words in ([], ["-t"]):
            self.count(by_type=bool(words))
        else:
            raise gdb.GdbError("usage: tessera-buddy [-t] [-l ORDER]")

    def count(self, by_type):
        for zone in kernel.populated_zones():
            name, nid = kernel.text(zone["name"]), int(zone["nid"])
            rows = [[sum(1 for _ in walk(zone, order, kind))
                     for order in range(kernel.nr_orders(zone))]
                    for kind in range(kernel.nr_types(zone))]
            if by_type:
                for kind, row in zip(kernel.type_names(), rows, strict=True):
                    print(f"Node {nid:4}, zone {name:>8}, type {kind:>12} " +
                          "".join(f"{n:6} " for n in row))
            else:
                print(f"Node {nid}, zone {name:>8} " +
                      "".join(f"{sum(column):6} " for column in zip(*rows, strict=True)))

    def list_blocks(self, order):
        for zone in kernel.populated_zones():
            if not 0 <= order < kernel.nr_orders(zone):
                raise gdb.GdbError(f"orders are 0 to {kernel.nr_orders(zone) - 1}")
            for kind, kind_name in enumerate(kernel.type_names()):
                for pfn in walk(zone, order, kind):
                    print(f"node {int(zone['nid'])} {kernel.text(zone['name']):<8} "
                          f"{kind_name:<12} pfn 0x{pfn:x}")


class Pcp(kernel.Command):
    """tessera-pcp: per-CPU page lists that hold something, and each CPU's sum by zone."""

    NAME = "tessera-pcp"

    def blocks(self, row, index, cpu):
        """A struct pcp_list; the lists of a row lie one behind the other (mm/pcp.h)."""
        first = int(row["first_word"]) + index * int(row["list_words"])
        word = kernel.per_cpu(kernel.symbol("pcp_words")[first], cpu)
        return word.address.cast(gdb.lookup_type("struct pcp_list").pointer()).dereference()

    def run(self, words):
        rows = kernel.symbol("pcp_rows")
        names = kernel.type_names()
        for cpu in kernel.cpus():
            for zone in kernel.populated_zones():
                pages, lines = 0, []
                for row in (rows[n] for n in range(kernel.length(rows))):
                    if not int(row["list_words"]):
                        continue
                    order = int(row["order"])
                    for kind in range(len(names)):
                        blocks = self.blocks(row, kernel.pcp_index(zone, kind), cpu)
                        count = int(blocks["count"])
                        pages += count << order
                        if count:
                            lines.append(f"    order {order} {names[kind]:<12} {count:4} of "
                                         f"{int(blocks['limit']):4} blocks, next "
                                         f"0x{int(blocks['pfn'][count - 1]):x}")
                print(f"cpu {cpu} zone {kernel.text(zone['name']):<8} {pages:6} pages, high "
                      f"{int(zone['pcp_high'])}, batch {int(zone['pcp_batch'])}")
                for line in lines:
                    print(line)


def register():
    for command in (Zones, Buddy, Pcp):
        command()
