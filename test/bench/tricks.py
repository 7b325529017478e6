#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures what each trick of the hot paths is worth, and writes docs/tricks.md.

A trick is taken out of a copy of the sources, the kernel is built and its benchmark run: what the
instructions grow by is what the trick saves. A trick that changes nothing in the sources any more,
or an OPTIMIZER_HIDE_VAR that no row names, is an error: rows move with the code.

usage: tricks.py [--check] [--cc gcc|clang] [--only TRICK]...

--check: only that rows and sources agree; --only: measures these rows, and leaves the others as
they stand.
"""

import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(HERE, "scripts"))

import bench  # noqa: E402 (the folder had to be named first)
from outer_make import environment  # noqa: E402

DOCUMENT = os.path.join(HERE, "docs", "tricks.md")
MEMORY = "1G"
# A smaller difference comes from other code that moved, not from the trick.
LEAST = 0.05
MEANS_SHOWN = 2

# option: what the kernel is measured with, where the trick is part of it.
Trick = collections.namedtuple("Trick", "name file old new why option", defaults=("",))

TRICKS = (
    Trick("count, hidden", "include/mm/pcp.h",
          r"\tOPTIMIZER_HIDE_VAR\(count\);\t.*\n", "",
          "An index of 32 bits is widened before each use as an address. Hidden, it stays the long "
          "that it was read into."),
    Trick("scaled count, hidden", "include/mm/pcp.h",
          r"\t\tOPTIMIZER_HIDE_VAR\(count\);\n", "",
          "With VM_EVENT_COUNTERS a list's length is the low bits of a word that also counts what "
          "was taken off, by one addition. Hidden once it is scaled, it needs no copy that is one "
          "less, and the displacement of the load has room for that.", "VM_EVENT_COUNTERS"),
    Trick("homes beside accounts, hidden", "include/mm/account_fast.h",
          r"\tOPTIMIZER_HIDE_VAR\(here\);\n", "",
          "With MEM_ACCOUNTS the CPU's credit and the lists' homes are one struct. Hidden, its "
          "address is added up once, and both are displacements from it.", "MEM_ACCOUNTS"),
    Trick("links, hidden once read", "mm/page/free_list.h",
          r"\tOPTIMIZER_HIDE_VAR\(pfn\);\n", "",
          "The compiler would keep a link as the 32 bits that it is in memory, and shift it up and "
          "down at each use."),
    Trick("link to store, hidden", "mm/page/free_list.h",
          r"\tOPTIMIZER_HIDE_VAR\(link\);\n", "",
          "The frame number is wanted as a long for its address and as 32 bits for two stores: one "
          "copy each, not a new cut for each store."),
    Trick("joined handle, hidden", "mm/page/free_list.h",
          r"\tOPTIMIZER_HIDE_VAR\(handle\.nr\);\t/\* it is not to be masked again \*/\n", "",
          "The compiler sees that one bit was set and cleared, and masks the handle each time "
          "instead of keeping both."),
    Trick("merged handle, hidden", "mm/page/buddy.c",
          r"\tOPTIMIZER_HIDE_VAR\(handle\.nr\);\t/\* no copy for a caller that does not come here \*/\n",
          "",
          "Without it a copy of the handle is kept in a saved register by callers that never "
          "merge."),
    Trick("cursor of a batch, hidden", "mm/page/buddy.c",
          r"\t\tOPTIMIZER_HIDE_VAR\(next\);\n", "",
          "Else the loop counts twice: the pointer, and an index derived from it."),
    Trick("words as signed longs", "mm/page/free_list.h",
          r"\(s32\)(\(zone->free_word|READ_ONCE\()", r"(long)(u32)\1",
          "A register holds 32 bits sign-extended after a load. As unsigned they are "
          "zero-extended by two shifts before each comparison."),
    Trick("handle is the descriptor's address", "mm/page/handle.h",
          r"(#define HANDLE_IS_ADDRESS\t)IS_ENABLED\(CONFIG_SPARSEMEM_VMEMMAP\)", r"\g<1>0",
          "The blocks beside each other differ in one bit of their descriptors' addresses, too: no "
          "way from the number to the address and back at each merge."),
    Trick("pageblocks by a bias", "mm/page/pageblock.c",
          r"(\tzone->pageblock_bias = )\(unsigned long\)pfn_to_pageblock\(first_pfn\) -\n"
          r"\t\t\t       \(first_pfn >> pageblock_order\) \* sizeof\(struct pageblock\);", r"\g<1>0;",
          "Where a zone's pageblocks lie in one array, a frame's is found without a look at its "
          "section."),
    Trick("descriptor of an object by a bias", "mm/slab/internal.h",
          r"(\tif \()IS_ENABLED\(CONFIG_SPARSEMEM\)(\)\n\t\treturn virt_to_page)", r"\g<1>1\2",
          "kfree's way from an address to the descriptor: three constants fold into one."),
    Trick("descriptor of a slab by its address", "mm/slab/internal.h",
          r"(frame_va) / \(PAGE_SIZE / sizeof\(struct page\)\)( \+ bias)",
          r"(\1 >> PAGE_SHIFT) * sizeof(struct page)\2",
          "Where an object's slab begins is at hand: one shift makes the descriptor's distance of "
          "it, and the frame's number is not cut out first."),
    Trick("bias of descriptors, read once", "mm/slab/slab_pages.c",
          r"(frame_page\(c->base_va, )bias\)", r"\1((void)bias, slab_descriptor_bias))",
          "A store to an object might change it for all that the compiler knows, so it would be "
          "read for each slab."),
    Trick("halves of a slab's head, two stores", "mm/slab/internal.h",
          r"(\tif \()SLAB_COUNT_BITS == 16(\) \{\n\t\thalf)", r"\g<1>0\2",
          "Count and free list are put together by a shift and an or for one store; two stores of "
          "halves need neither."),
    Trick("start of an object, one comparison", "mm/slab/slab_pages.c",
          r"offset \* reciprocal < c\.kind\.starts,",
          "slab_index_at(offset, reciprocal) * cache->size == offset &&\n"
          "\t\t       offset < c.kind.bytes,",
          "The low word of the product whose high word is the index says whether there is no "
          "remainder, and whether the object is behind the slab's last one."),
    Trick("queue of a priority, hidden", "kernel/sched/internal.h",
          r"\t/\* Else its address is made twice\. \*/\n\tOPTIMIZER_HIDE_VAR\(queue\);\n", "",
          "The head of a queue is stored and compared with: hidden, its address is added up once.",
          "THREADS"),
)


def sources():
    text = subprocess.run(["git", "-C", HERE, "-c", "safe.directory=*", "ls-files", "-z"],
                          check=True, capture_output=True, text=True).stdout
    return [name for name in text.split("\0") if name]


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as f:
        return f.read()


def check_rows():
    """What is wrong with the table: rows without a place, hidden variables without a row."""
    hidden = collections.Counter()
    for name in sources():
        if name.endswith((".c", ".h")) and name != "include/kernel/compiler.h" and \
                not name.startswith("test/"):
            hidden[name] = len(re.findall(r"\bOPTIMIZER_HIDE_VAR\(", read(HERE, name)))
    for trick in TRICKS:
        found = re.findall(trick.old, read(HERE, trick.file))
        if not found:
            yield "%s: no place in %s any more" % (trick.name, trick.file)
        if "OPTIMIZER_HIDE_VAR" in trick.old:
            hidden[trick.file] -= len(found)
    for name, count in hidden.items():
        if count > 0:
            yield "%s: %d OPTIMIZER_HIDE_VAR that no row of test/bench/tricks.py names" % (name, count)


def copy_tree(root):
    for name in sources():
        os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
        shutil.copy2(os.path.join(HERE, name), os.path.join(root, name))
    os.symlink(os.path.join(HERE, ".cache"), os.path.join(root, ".cache"))


def make(root, *words):
    done = subprocess.run(["make", "-s", "-C", root, "-j%d" % (os.cpu_count() or 1), *words],
                          env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit("tricks: make %s failed:\n%s" % (" ".join(words), done.stdout[-3000:]))


def figures(root, variables, option=""):
    """{(work, figure): instructions} of the kernel that is built from the copy."""
    make(root, "O=build", bench.REFERENCE, *variables)
    if option:
        with open(os.path.join(root, "build", ".config"), "a", encoding="utf-8") as f:
            f.write("CONFIG_%s=y\n" % option)
        make(root, "O=build", "olddefconfig", *variables)
    make(root, "O=build", "sync", *variables)
    make(root, "O=build", "build/Image", "-f", "scripts/build.mk", "PYTHON=" + sys.executable,
         *variables)
    works = ["pages ", "single ", "slab ", "pieces "] + ["thread "] * (option == "THREADS")
    rows = bench.run_kernel(os.path.join(root, "build", "Image"), MEMORY, *works)
    return {(work, key): value for work, row in rows.items() for key, value in row.items()
            if key in ("pair", "alloc", "free", "mean", "max") and isinstance(value, (int, float))}


def worth(base, without):
    """The means and worst cases that grow most, the ones that shrink most, and how many change."""
    changes = sorted(((without[key] - base[key], key) for key in base if key in without),
                     key=lambda change: -change[0])
    changes = [change for change in changes if abs(change[0]) >= LEAST]
    means = [change for change in changes if change[1][1] != "max"]
    worst = [change for change in changes if change[1][1] == "max"]
    shown = [change for change in means[:MEANS_SHOWN] + worst[:1] if change[0] > 0]
    shown += [change for change in means[-1:] if change[0] < 0]
    return ["%s, %s: %+.2f" % (*key, delta) for delta, key in shown], len(changes)


def measure(compiler, tricks):
    variables = ["LLVM=1"] if compiler == "clang" else []
    with tempfile.TemporaryDirectory() as root:
        copy_tree(root)
        base = {}
        for trick in tricks:
            print("measuring: without %s" % trick.name, file=sys.stderr, flush=True)
            if trick.option not in base:
                base[trick.option] = figures(root, variables, trick.option)
            text = read(root, trick.file)
            with open(os.path.join(root, trick.file), "w", encoding="utf-8") as f:
                f.write(re.sub(trick.old, trick.new, text))
            yield trick, worth(base[trick.option],
                               figures(root, variables, trick.option))
            with open(os.path.join(root, trick.file), "w", encoding="utf-8") as f:
                f.write(text)


def compiler_name():
    name = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
    return subprocess.run([name + "gcc", "--version"], check=True, capture_output=True,
                          text=True).stdout.splitlines()[0]


HEAD = """<!-- SPDX-License-Identifier: BSD-2-Clause -->
<!-- Made by test/bench/tricks.py, which measures each row; edit that. -->

# Tricks of the hot paths

Where the code is not the plainest that would be right, it is so for the instructions below. Each
row was measured by a kernel without that trick: %s of RAM, `%s`,
%s. Tricks are in these files and nowhere else; one that saves nothing any more goes.

| trick | file | why | without it, instructions |
|---|---|---|---|
"""


def row_of(trick, pairs, count):
    more = "; and %d more" % (count - len(pairs)) if count > len(pairs) else ""
    return "| %s | `%s` | %s | %s%s |\n" % (trick.name, trick.file, trick.why,
                                           "; ".join(pairs) or "no change", more)


def stored_rows():
    """{name of a trick: its row in the document}"""
    with open(DOCUMENT, encoding="utf-8") as f:
        return {line.split(" | ")[0][2:]: line for line in f if line.startswith("| ")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cc", choices=("gcc", "clang"), default="gcc")
    parser.add_argument("--only", choices=[trick.name for trick in TRICKS], metavar="TRICK",
                        action="append")
    args = parser.parse_args()
    faults = list(check_rows())
    if faults:
        sys.exit("\n".join(faults))
    if args.check:
        return
    tricks = [trick for trick in TRICKS if not args.only or trick.name in args.only]
    rows = stored_rows() if args.only else {}
    rows.update((trick.name, row_of(trick, *saved)) for trick, saved in measure(args.cc, tricks))
    text = HEAD % (MEMORY, bench.REFERENCE, compiler_name())
    text += "".join(rows[trick.name] for trick in TRICKS if trick.name in rows)
    with open(DOCUMENT, "w", encoding="utf-8") as f:
        f.write(text)
    print(text)


if __name__ == "__main__":
    main()
