#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/options.md: what each option of memory adds to the kernel.

usage: option_table.py --objdir OBJDIR [OPTION...]

Builds kernels in one folder below OBJDIR, one with and one without each option, and measures both;
most of the objects are the same. With options named it prints their rows and writes nothing.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import size

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(HERE, "docs", "options.md")

# What is measured against the default kernel without shell and tests. The second column is what
# the option needs and what both kernels have, the third is said beside it.
BASE = ("# CONFIG_SHELL is not set", "# CONFIG_KTEST is not set")
OPTIONS = (
    ("PAGE_MOBILITY", (), "without it nothing of what follows down to COMPACTION"),
    ("MIGRATION", (), "with CMA"), ("MEMORY_ISOLATION", (), "with CMA"), ("CMA", (), ""),
    ("HIGHATOMIC", (), ""), ("COMPACTION", (), ""), ("MEMORY_HOTPLUG", (), ""),
    ("RECLAIM", (), ""), ("RECLAIM_THREAD", ("THREADS",), "both with THREADS"),
    ("COMPACTION_THREAD", ("THREADS", "COMPACTION"), "both with THREADS and COMPACTION"),
    ("VM_EVENT_COUNTERS", (), ""),
    ("PAGE_OWNER", ("MM_CHECK",), "both with MM_CHECK"), ("MEM_ACCOUNTS", (), ""),
    ("NUMA", (), "at NODES_SHIFT 2"), ("ZONE_DMA", (), ""), ("ZONE_DMA32", (), ""),
    ("ZONE_MOVABLE", (), ""), ("DMA", (), ""), ("MEMTEST", (), ""),
    ("KMALLOC_EXTRA_CLASSES", (), ""), ("SLAB_DEPOT", (), ""), ("SLAB_MERGE", (), ""),
    ("SLAB_LIMITS", (), ""), ("SLAB_FREELIST_HARDENED", (), ""),
    ("SLAB_FREELIST_RANDOM", (), ""),
)
HEAD = """<!-- SPDX-License-Identifier: BSD-2-Clause -->
<!-- Made by scripts/option_table.py, which builds and measures each row. -->

# What each option of memory adds

Bytes of `qemu_virt_defconfig` with the option, less those without it; neither has the shell or
tests. `data` is what is read and written, and constants; `init` is given back after boot. The last
four columns are what each page, pageblock and zone of the machine and each CPU takes beside. What
nobody calls the linker drops: of an interface for drivers and commands there is little here. An
option that is off leaves no byte. [config.md](config.md) says what each is for.

| option | text | data | init | a page | a pageblock | a zone | a CPU |
|---|---:|---:|---:|---:|---:|---:|---:|
"""
PROBE = """
#include <mm/memory_model.h>
#include <mm/page.h>
#include <mm/page_owner.h>
#include "mm/page/internal.h"
char probe_page[1 + sizeof(struct page) +
    IS_ENABLED(CONFIG_PAGE_OWNER) * sizeof(struct page_owner)];
char probe_pageblock[1 + IS_ENABLED(CONFIG_PAGE_MOBILITY) * sizeof(struct pageblock)];
char probe_zone[1 + sizeof(struct zone)];
"""
STRUCTS = ("probe_page", "probe_pageblock", "probe_zone")


def probed(words):
    """Bytes of a page, a pageblock and a zone; words: a compiler with its flags and -o's place
    free."""
    nm = (os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-") + "nm"
    with tempfile.NamedTemporaryFile(suffix=".o") as made:
        subprocess.run(words + ["-w", "-x", "c", "-c", "-o", made.name, "-"], check=True,
                       input=PROBE, text=True, cwd=HERE)
        text = subprocess.run([nm, "-S", made.name], check=True, capture_output=True,
                              text=True).stdout
    found = {line.split()[3]: int(line.split()[1], 16) - 1 for line in text.splitlines()
             if len(line.split()) == 4}
    return tuple(found[name] for name in STRUCTS)


def compiler(objdir):
    """The compiler of a build's objects, with its flags."""
    with open(os.path.join(objdir, ".cc.flags"), encoding="utf-8") as f:
        words = f.read().partition(" CFLAGS_")[0].split()
    # The flags are for a compiler that runs in the folder of objects.
    own = os.path.abspath(os.path.join(objdir, "include"))
    words[words.index("-include") + 1] = os.path.join(own, "generated", "autoconf.h")
    return ["-I" + own if word == "-Iinclude" else word for word in words]


def per_cpu(elf):
    nm = (os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-") + "nm"
    text = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
    at = {line.split()[-1]: int(line.split()[0], 16) for line in text.splitlines()
          if len(line.split()) == 3}
    return at["__per_cpu_end"] - at["__per_cpu_start"]


def measured(objdir, lines):
    """The columns of a kernel whose defconfig has these lines."""
    with tempfile.NamedTemporaryFile("w", suffix="_defconfig", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
        f.flush()
        text, rodata, init, data, bss = size.build(objdir, f.name)
    cpu = per_cpu(os.path.join(objdir, "tessera"))
    return (text, rodata + data + bss - cpu, init) + probed(compiler(objdir)) + (cpu,)


def defaults_to_yes(name):
    with open(os.path.join(HERE, "mm", "Kconfig"), encoding="utf-8") as f:
        body = re.search(r"(?m)^config %s\n((?:[ \t].*\n|\n)*)" % name, f.read())[1]
    return bool(re.search(r"(?m)^\tdefault y", body))


def row_of(objdir, option, known):
    name, needs, words = option
    lines = list(BASE) + ["CONFIG_%s=y" % need for need in needs]
    switch = "# CONFIG_%s is not set" if defaults_to_yes(name) else "CONFIG_%s=y"
    if needs not in known:
        known[needs] = measured(objdir, lines)
    other = measured(objdir, lines + [switch % name])
    change = [a - b if defaults_to_yes(name) else b - a for a, b in zip(known[needs], other)]
    label = "`%s`%s" % (name, ", " + words if words else "")
    return "| %s | %s |" % (label, " | ".join("%+d" % n if n else "0" for n in change))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdir", required=True)
    parser.add_argument("names", nargs="*", metavar="OPTION")
    args = parser.parse_args()
    os.chdir(HERE)
    objdir, known, rows = os.path.join(args.objdir, "size", "table"), {}, []
    for option in OPTIONS:
        if not args.names or option[0] in args.names:
            rows.append(row_of(objdir, option, known))
            print(rows[-1], flush=True)
    if not args.names:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
