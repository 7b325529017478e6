# SPDX-License-Identifier: BSD-2-Clause
"""For each number behind "Cost:" in Kconfig's help, in the order of the text, how it is
measured."""
import re
import struct
import subprocess

# Headers that constants may need; those behind the empty line are private to their storey.
HEADERS = """
#include <kernel/latency.h>
#include <kernel/list.h>
#include <kernel/resource.h>
#include <kernel/thread.h>
#include <mm/account.h>
#include <mm/memblock.h>
#include <mm/memory_model.h>
#include <mm/page_owner.h>
#include <mm/pcp.h>
#include <mm/slab_types.h>
#include <plan/plan.h>
#include <asm/layout.h>
#include <asm/pgtable.h>

#include "mm/page/internal.h"
#include "mm/vm/internal.h"
#include "shell/internal.h"
#include "test/bench/target/internal.h"
"""


def c(expression, **options):
    """The value of a constant expression, with these options beside the defaults."""
    return ("c", expression, options)


def default(name):
    return ("default", name, {})


def symbol(name):
    """The size in bytes of a variable or constant in the linked kernel."""
    return ("symbol", name, {})


def linked(name, **options):
    """By how many bytes the linked kernel is larger with the option than without it, both with
    these options beside the defaults."""
    return ("linked", name, options)


def each(name, low, high):
    """How much the objects that name the option grow between two of its values, in bytes for each
    unit."""
    return ("each", name, {"low": low, "high": high})


PAGE = c("PAGE_SIZE")
DESCRIPTOR = c("sizeof(struct page)")
SECTION_ROW = c("sizeof(struct mem_section)")
PAGEBLOCK = c("sizeof(struct pageblock)")
MAGAZINE = c("sizeof(struct kmem_magazine)")

COSTS = {
    "SV48": [PAGE, c("LEVEL_SIZE(3)", SV48="y")],
    "STACK_SHIFT": [c("BOOT_STACK_SIZE"), default("STACK_SHIFT"), c("OVERFLOW_STACK_SIZE")],
    "FLATMEM": [c("sizeof(struct page)", FLATMEM="y")],
    "SPARSEMEM": [c("sizeof(struct page)", SPARSEMEM="y"), DESCRIPTOR, SECTION_ROW],
    "SPARSEMEM_VMEMMAP": [PAGE, c("LEVEL_SIZE(1)"),
                          c("LEVEL_SIZE(1) / sizeof(struct page) * PAGE_SIZE")],
    "SECTION_SIZE_BITS": [SECTION_ROW, c("MEMMAP_GRANULE_PAGES * PAGE_SIZE"), default("MAX_ORDER")],
    "MEMBLOCK_REGIONS": [each("MEMBLOCK_REGIONS", 128, 1128)],
    "NUMA": [default("NODES_SHIFT"), linked("NUMA"),
             c("(NR_PCP_INDEXES - (1 << (PAGE_ZONE_SHIFT + ZONES_SHIFT))) * PCP_WORDS * 4",
               NUMA="y")],
    "NODES_SHIFT": [c("sizeof(pg_data_t)", NUMA="y"), c("sizeof(struct kmem_node)", NUMA="y"),
                    c("NR_PCP_INDEXES / MAX_NUMNODES * PCP_WORDS * 4", NUMA="y")],
    "ZONE_DMA": [linked("ZONE_DMA"), c("NR_PCP_INDEXES / 2 * PCP_WORDS * 4", ZONE_DMA="y")],
    "ZONE_DMA32": [linked("ZONE_DMA32"), c("NR_PCP_INDEXES / 2 * PCP_WORDS * 4")],
    "ZONE_MOVABLE": [linked("ZONE_MOVABLE"),
                     c("NR_PCP_INDEXES / 2 * PCP_WORDS * 4", ZONE_MOVABLE="y")],
    "MAX_ORDER": [c("sizeof(struct free_area) / MIGRATE_TYPES")],
    "PAGE_MOBILITY": [PAGEBLOCK],
    "CMA": [c("sizeof(struct free_area) / MIGRATE_TYPES")],
    "HIGHATOMIC": [c("sizeof(struct free_area) / MIGRATE_TYPES")],
    "MEMORY_HOTPLUG": [PAGEBLOCK, c("sizeof(struct resource)")],
    "COMPACTION": [c("sizeof(struct pageblock) - offsetof(struct pageblock, next_pfn)",
                      COMPACTION="y")],
    "MEMORY_ISOLATION": [c("sizeof(struct free_area) / MIGRATE_TYPES")],
    "PAGEBLOCK_ORDER": [PAGEBLOCK, c("SZ_1G / (PAGE_SIZE << pageblock_order) * "
                                     "sizeof(struct pageblock)"), default("PAGEBLOCK_ORDER")],
    "VM_EVENT_COUNTERS": [c("sizeof(vm_events[0])", VM_EVENT_COUNTERS="y")],
    "MEM_ACCOUNTS_MAX": [c("sizeof(struct mem_account)", MEM_ACCOUNTS="y"),
                         c("sizeof(struct mem_account)", MEM_ACCOUNTS="y", THREADS="y"),
                         c("sizeof(struct mem_account)", MEM_ACCOUNTS="y", THREADS="y", IRQ="y",
                           PROCESSES="y")],
    "PAGE_OWNER": [c("sizeof(struct page_owner)")],
    "PCP_HIGH": [default("PCP_HIGH"), c("(1 << PAGE_ZONE_SHIFT) * PCP_WORDS * 4"),
                 c("MIGRATE_PCPTYPES")],
    "SLAB_MAGAZINE": [c("sizeof(void *)"), c("sizeof(unsigned long)"), MAGAZINE],
    "SLAB_DEPOT": [c("offsetof(struct kmem_depot, slot)")],
    "SLAB_DEPOT_BATCHES": [c("SLAB_BATCH * sizeof(void *)")],
    "SLAB_FREELIST_HARDENED": [c("sizeof(((struct kmem_cache *)0)->secret)",
                                 SLAB_FREELIST_HARDENED="y")],
    "SLAB_MERGE": [c("sizeof(((struct kmem_cache *)0)->users)", SLAB_MERGE="y")],
    "SLAB_LIMITS": [c("sizeof(struct kmem_limit)")],
    "SLAB_CACHES": [MAGAZINE],
    "DMA": [linked("DMA")],
    "VMALLOC": [c("sizeof(struct vm_area)"), PAGE, c("LEVEL_SIZE(1)")],
    "VMALLOC_AREAS": [c("sizeof(struct vm_area)")],
    "LOG_BUF_SHIFT": [symbol("log_ring"), default("LOG_BUF_SHIFT")],
    "KALLSYMS": [linked("KALLSYMS")],
    "THREADS": [linked("THREADS")],
    "DEBUG_STACK_USAGE": [linked("DEBUG_STACK_USAGE", THREADS="y")],
    "RECLAIM_THREAD": [linked("RECLAIM_THREAD", THREADS="y")],
    "COMPACTION_THREAD": [linked("COMPACTION_THREAD", THREADS="y", COMPACTION="y")],
    "WORKQUEUE": [linked("WORKQUEUE", THREADS="y")],
    "LATENCY_TRACE": [linked("LATENCY_TRACE", THREADS="y"),
                      c("NR_LATENCY_KINDS * 64 * sizeof(struct latency_stretch)")],
    "SHELL_LATENCY": [linked("SHELL_LATENCY", THREADS="y")],
    "APP_HELLO": [c("THREAD_STACK_BYTES(8192)", THREADS="y")],
    "APP_CONTROL": [c("THREAD_STACK_BYTES(8192)", THREADS="y")],
    "APP_COPY": [c("THREAD_STACK_BYTES(8192)", THREADS="y")],
    "NR_PRIORITIES": [c("sizeof(struct list_head)")],
    "WAIT_ORDER": [linked("WAIT_ORDER", THREADS="y", LOCK_ORDER="y"),
                   c("sizeof(struct wait_held)", THREADS="y", LOCK_ORDER="y")],
    "LOCK_ORDER": [linked("LOCK_ORDER"),
                   c("sizeof(spinlock_t) - sizeof(arch_spinlock_t)", LOCK_ORDER="y")],
    "IKCONFIG": [linked("IKCONFIG")],
    "CONSOLE_NS16550": [linked("CONSOLE_NS16550")],
    "PLAN_DIGEST": [c("PLAN_DIGEST_BYTES")],
    "SHELL": [linked("SHELL")],
    "SHELL_HISTORY": [c("SHELL_LINE_BYTES"), symbol("history"), default("SHELL_HISTORY")],
    "KTEST": [linked("KTEST")],
    "BENCH": [linked("BENCH"), c("BENCH_BULK * sizeof(void *) + 2 * BENCH_SAMPLES * sizeof(u32)")],
}

UNITS = {"byte": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "MB": 10 ** 6}
NUMBER = re.compile(r"(?<![\w.^])(?P<about>about )?(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)(?![\w^])"
                    r"(?: (?P<unit>bytes?|[KMG]iB|MB)\b)?")
# A text that says "about" may be wrong by this part of a linked kernel's figure.
TOLERANCE = 0.12


def numbers(text):
    """[(as written, value, value of its last digit, is it about so much)] for each number in a
    text."""
    found = []
    for match in NUMBER.finditer(text):
        # A number without a unit belongs to a name, as in "each GiB" and "at MAX_ORDER 10".
        unit = UNITS[match["unit"]] if match["unit"] else 1
        digits = match["digits"].replace(",", "")
        step = unit / 10 ** len(digits.partition(".")[2])
        found.append((match[0], float(digits) * unit, step, bool(match["about"])))
    return found


def agrees(said, measured):
    _, value, step, about = said
    if about:
        return abs(value - measured) <= max(TOLERANCE * measured, step)
    return abs(value - measured) <= (step / 2 if step > 1 else 0)


def cost_of(sym):
    """The text behind "Cost:" in an option's help, or None."""
    match = re.search(r"(?ms)^Cost: (.*?)(?=^[A-Z][\w ]*: |\Z)", sym.nodes[0].help or "")
    return " ".join(match[1].split()) if match else None


def compile_probe(words, expression, place):
    """The value of a constant expression; words: a compiler with the kernel's flags, -c and -o."""
    done = subprocess.run(words + ["-w", "-x", "c", "-"], text=True, capture_output=True,
                          input=f"{HEADERS}\nconst unsigned long probe[] = {{ {expression} }};\n",
                          check=False)
    assert done.returncode == 0, f"{expression}:\n{done.stderr}"
    binary = place.with_suffix(".bin")
    subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", "-j", ".rodata.probe", "-j",
                    ".srodata.probe", str(place), str(binary)], check=True)
    return struct.unpack("<Q", binary.read_bytes())[0]
