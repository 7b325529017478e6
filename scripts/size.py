#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says where the bytes of the kernel are, or what each option adds; make size calls it.

usage: size.py --size SIZE_TOOL ELF OBJECT...      the linked image, then its objects by folder;
                                                   objects are counted before the linker drops
                                                   what nobody calls
       size.py --line ELF IMAGE                   the sum of both in a line
       size.py --by-option OBJDIR [OPTION...]      kernels built with and without each option,
                                                   below OBJDIR/size
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

# The options that make size BY=option tries, each against the present configuration: a switch is
# turned, another option takes the value given. The words name what else the row counts.
OPTIONS = (
    ("KTEST", None, ""), ("BENCH", None, ""), ("SHELL", None, "with BENCH and the views"),
    ("KALLSYMS", None, ""), ("IKCONFIG", None, ""), ("CONSOLE_NS16550", None, ""),
    ("LOCK_ORDER", None, ""),
    ("THREADS", None, ""),
    ("WORKQUEUE", None, ""),
    ("DEBUG_STACK_USAGE", None, ""),
    ("LATENCY_TRACE", None, ""),
    ("SHELL_LATENCY", None, ""),
    ("NR_CPUS", "1", "for 1"), ("SV48", None, ""), ("FLATMEM", None, ""),
    ("SPARSEMEM", None, ""), ("NUMA", None, ""), ("ZONE_DMA", None, ""), ("ZONE_DMA32", None, ""),
    ("ZONE_MOVABLE", None, ""), ("PAGE_MOBILITY", None, ""), ("KMALLOC_EXTRA_CLASSES", None, ""),
    ("MM_CHECK", None, "for MM_ASSERT"), ("MM_VALIDATE", None, "for MM_ASSERT"),
)
TINY = "configs/qemu_virt_tiny_defconfig"
COLUMNS = ("text", "rodata", "init", "data", "bss")
# Variables of an outer make that would change the meaning of an inner one.
OUTER = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GNUMAKEFLAGS", "O", "V",
         "W", "SEED", "KCONFIG_CONFIG")


def sizes(tool, files):
    """{file: (text, data, bss)} as the size tool counts them."""
    text = subprocess.run([tool, "-B", *files], check=True, capture_output=True, text=True).stdout
    rows = (line.split(None, 5) for line in text.splitlines()[1:])
    return {row[5]: tuple(map(int, row[:3])) for row in rows}


def show(name, row):
    print(("%s  %s" % (" ".join("%9s" % cell for cell in row), name)).rstrip(), flush=True)


def total(rows):
    return tuple(map(sum, zip(*rows)))


def in_a_line(elf, image):
    """The line that a build ends with."""
    parts = parts_of(elf)
    print("  %-7s %s: %d bytes; %s: %d in memory" % (
        "SIZE", image, os.path.getsize(image),
        ", ".join("%s %d" % pair for pair in zip(COLUMNS, parts)), sum(parts)))


def by_folder(tool, elf, names):
    objdir = os.path.join(os.path.dirname(elf), "obj")
    show("", ("text", "data", "bss"))
    show("tessera", sizes(tool, [elf])[elf])
    folders = collections.defaultdict(list)
    objects = sizes(tool, names)
    for name, row in objects.items():
        folders[os.path.dirname(os.path.relpath(name, objdir)) or "."].append(row)
    print("\nObjects before linking, by folder")
    for folder, rows in sorted(folders.items(), key=lambda item: -sum(total(item[1]))):
        show(folder, total(rows))
    print("\nThe ten largest")
    for name, row in sorted(objects.items(), key=lambda item: -sum(item[1]))[:10]:
        show(os.path.relpath(name, objdir), row)


# ---- by option ----

class Refused(Exception):
    """The reason why a kernel cannot be built."""


def run(*command):
    env = {name: value for name, value in os.environ.items() if name not in OUTER}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Refused(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else
                      "%s: status %d" % (command[0], done.returncode))


def kconf(objdir, *words):
    run(sys.executable, "scripts/kconfig/kconf.py", "--objdir", objdir, *words)


def parts_of(elf):
    """The bytes of each part, without the padding of a part to a whole page."""
    nm = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
    text = subprocess.run([nm + "nm", "-S", elf], check=True, capture_output=True,
                          text=True).stdout
    at, sized = {}, []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3:
            at[words[-1]] = int(words[0], 16)
        if len(words) == 4:
            sized.append((int(words[0], 16), int(words[1], 16)))

    def between(start, end):
        return sum(size for address, size in sized if at[start] <= address < at[end])

    return (at["_etext"] - at["_text"], at["__end_rodata"] - at["__start_rodata"],
            between("__init_begin", "__init_end"), at["_edata"] - at["_sdata"],
            between("__bss_start", "_end") + at["__early_tables_end"] - at["__early_tables_start"])


def build(objdir, defconfig):
    """The parts of the kernel that this configuration gives."""
    os.makedirs(objdir, exist_ok=True)
    kconf(objdir, "defconfig", defconfig)
    kconf(objdir, "sync")
    elf = os.path.join(objdir, "tessera")
    run(os.environ.get("MAKE", "make"), "-s", "-f", "scripts/build.mk", "O=" + objdir,
        "PYTHON=" + sys.executable, "-j%d" % (os.cpu_count() or 1), elf)
    return parts_of(elf)


def variant(config, base, name, value):
    """(defconfig without the option or with it, does it lack it); None where nobody is asked for
    the option."""
    match = re.search(r"(?m)^(?:CONFIG_%s=(.*)|# CONFIG_%s is not set)$" % (name, name), config)
    if not match:
        return None
    line = "CONFIG_%s=%s" % (name, value or "y")
    lacks = value is not None
    if value is None and match[1] == "y":
        line, lacks = "# CONFIG_%s is not set" % name, True
    kept = [text for text in base.splitlines()
            if not re.match(r"(# )?CONFIG_%s\b" % name, text)]
    return "\n".join(kept + [line]) + "\n", lacks, match[1]


def option_row(objdir, config, base, whole, option):
    name, value, words = option
    found = variant(config, base, name, value)
    if not found:
        return
    text, lacks, now = found
    label = name + ("=%s" % now if value else "") + (", %s" % words if words else "")
    with tempfile.NamedTemporaryFile("w", suffix="_defconfig", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        try:
            other = build(os.path.join(objdir, "size", name.lower()), f.name)
        except Refused as why:
            print("%s  %s" % (label, why))
            return
    change = [(a - b if lacks else b - a) for a, b in zip(whole, other)]
    show(label, ["%+d" % n for n in change] + ["%+d" % sum(change)])


def by_option(objdir, names):
    unknown = [name for name in names if name not in (option[0] for option in OPTIONS)]
    if unknown:
        sys.exit("size: no row for %s; there are %s" % (" ".join(unknown),
                                                        " ".join(o[0] for o in OPTIONS)))
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as minimal:
        kconf(objdir, "savedefconfig", minimal.name)
        base = minimal.read()
        whole = build(os.path.join(objdir, "size", "whole"), minimal.name)
    with open(os.path.join(objdir, ".config"), encoding="utf-8") as f:
        config = f.read()
    print("Bytes of the linked kernel; init is given back after boot, per-CPU data counts once.\n")
    show("", COLUMNS + ("sum",))
    show("the kernel of %s/.config" % objdir, whole + (sum(whole),))
    if not names:
        tiny = build(os.path.join(objdir, "size", "tiny"), TINY)
        show("the kernel of %s" % TINY, tiny + (sum(tiny),))
    print("\nWhat each option adds to the first of them")
    for option in OPTIONS:
        if not names or option[0] in names:
            option_row(objdir, config, base, whole, option)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="size")
    parser.add_argument("--line", action="store_true")
    parser.add_argument("--by-option", metavar="OBJDIR")
    parser.add_argument("words", nargs="*", metavar="ELF OBJECT... | ELF IMAGE | OPTION...")
    args = parser.parse_args()
    if args.by_option:
        try:
            by_option(args.by_option, args.words)
        except Refused as why:
            sys.exit("size: %s" % why)
    elif args.line:
        in_a_line(*args.words)
    else:
        by_folder(args.size, args.words[0], args.words[1:])


if __name__ == "__main__":
    main()
