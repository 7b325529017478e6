#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says where the bytes of the kernel are: the linked image, then its objects by folder.

usage: size.py --size SIZE_TOOL ELF OBJECT...      objects are counted before the linker drops
                                                   what nobody calls
"""

import argparse
import collections
import os
import subprocess


def sizes(tool, files):
    """{file: (text, data, bss)} as the size tool counts them."""
    text = subprocess.run([tool, "-B", *files], check=True, capture_output=True, text=True).stdout
    rows = (line.split(None, 5) for line in text.splitlines()[1:])
    return {row[5]: tuple(map(int, row[:3])) for row in rows}


def show(name, row):
    print("%9d %9d %9d  %s" % (*row, name))


def total(rows):
    return tuple(map(sum, zip(*rows)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="size")
    parser.add_argument("elf")
    parser.add_argument("objects", nargs="*")
    args = parser.parse_args()
    objdir = os.path.dirname(args.elf)
    print("%9s %9s %9s" % ("text", "data", "bss"))
    show("tessera", sizes(args.size, [args.elf])[args.elf])
    folders = collections.defaultdict(list)
    objects = sizes(args.size, args.objects)
    for name, row in objects.items():
        folders[os.path.dirname(os.path.relpath(name, objdir)) or "."].append(row)
    print("\nObjects before linking, by folder")
    for folder, rows in sorted(folders.items(), key=lambda item: -sum(total(item[1]))):
        show(folder, total(rows))
    print("\nThe ten largest")
    for name, row in sorted(objects.items(), key=lambda item: -sum(item[1]))[:10]:
        show(os.path.relpath(name, objdir), row)


if __name__ == "__main__":
    main()
