#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Refuses a kernel that would not boot, with a sentence that says why.

check-elf.py --readelf READELF --map MAP ELF    after a link: no thread-local data, no segment
                                                both writable and executable, no global offset
                                                table, nothing of libc that needs a system
check-elf.py --explain ERRORS MAP               after a failed link: what pulled it in
check-elf.py --image IMAGE                      the 64-byte header of a boot image
"""

import argparse
import re
import struct
import subprocess
import sys

# Symbols that picolibc's larger parts need and this kernel does not have.
LIBC_SYSTEM = {
    "abort": "abort() ends a process",
    "errno": "errno is thread-local",
    "exit": "exit() ends a process",
    "_exit": "_exit() ends a process",
    "malloc": "the C library's heap is not there; use kmalloc()",
    "free": "the C library's heap is not there; use kfree()",
    "_ctype_": "ctype tables belong to locales",
    "__get_current_locale": "locales are thread-local",
    "__global_locale": "locales are thread-local",
    "stdout": "there is no stdio stream; use printk()",
    "stderr": "there is no stdio stream; use printk()",
}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def archive_members(map_text):
    """{member of the C library: (who asked for it, by which symbol)}, from GNU ld's map."""
    rows = re.findall(r"(?m)^(\S+\.a\(\S+\))\s+(\S+) \((\w+)\)$", map_text)
    return {member: (by, symbol) for member, by, symbol in rows}


def story(members, member, reason):
    """Which object of ours began the chain that ends at a member of the C library, and why it must
    not."""
    short = member[member.find("(") + 1:].rstrip(")")
    if member not in members:
        return "%s: %s" % (short, reason)
    by, symbol = members[member]
    while by in members:
        by, symbol = members[by]
    return "%s uses %s of the C library: %s" % (by, symbol, LIBC_SYSTEM.get(
        symbol, "it leads to %s, %s" % (short, reason)))


def check_elf(args):
    faults = []
    with open(args.map) as f:
        members = archive_members(f.read())
    origin = {symbol: story(members, member, "") for member, (_, symbol) in members.items()}
    for line in run(args.readelf, "-SW", args.elf).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+\S+\s+\S+\s+(\S+)\s+\S+\s+(\S*)", line)
        if not match:
            continue
        name, size, flags = match.group(1), int(match.group(2), 16), match.group(3)
        if "T" in flags:
            faults.append("section %s is thread-local data: tp holds the per-CPU offset here, so "
                          "nothing may use TLS" % name)
        if name.startswith(".got") and size > 0:
            faults.append("section %s holds %d bytes: something was compiled as "
                          "position-independent code" % (name, size))
    for line in run(args.readelf, "-lW", args.elf).splitlines():
        match = re.match(r"\s+(LOAD|TLS)\s.*\s([R ][W ][E ])\s", line)
        if match and match.group(1) == "TLS":
            faults.append("a TLS segment: nothing may use thread-local data")
        elif match and "W" in match.group(2) and "E" in match.group(2):
            faults.append("a segment is writable and executable; see arch/riscv/kernel.lds.S")
    for line in run(args.readelf, "-sW", args.elf).splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[6] == "UND":
            continue
        if fields[3] == "TLS":
            faults.append("%s is thread-local: %s" % (fields[7], origin.get(fields[7], "ours")))
        elif fields[7] in LIBC_SYSTEM and fields[4] == "GLOBAL":
            faults.append(origin.get(fields[7], "%s: %s" % (fields[7], LIBC_SYSTEM[fields[7]])))
    return faults


def explain(args):
    """After a failed link: names our objects that brought in what cannot be linked."""
    errors_path, map_path = args.explain
    texts = []
    for path in (errors_path, map_path):
        try:
            with open(path) as f:
                texts.append(f.read())
        except FileNotFoundError:
            texts.append("")
    errors, map_text = texts
    members = archive_members(map_text)
    faults = [story(members, member, "which needs a process around it")
              for member in sorted(set(re.findall(r"\S+\.a\(\S+?\)", errors)))]
    for section, file in re.findall(
            r"(?m)^ \.(tbss|tdata|got)\S*\s+0x\S+\s+0x[1-9a-f]\S*\s+(\S+)$", map_text):
        faults.append(story(members, file, "position-independent code" if section == "got"
                            else "which has thread-local data"))
    return list(dict.fromkeys(faults))


def check_image(args):
    """Checks Linux's boot-image-header for RISC-V, which U-Boot and QEMU read."""
    with open(args.image, "rb") as f:
        data = f.read()
    if len(data) < 64:
        return ["%s is shorter than a boot image header" % args.image]
    text_offset, image_size, flags, version = struct.unpack_from("<QQQI", data, 8)
    faults = []
    if data[56:60] != b"RSC\x05":
        faults.append("no boot image header at its start: head.o must come first")
    if text_offset % (2 << 20):
        faults.append("text_offset %#x is not a multiple of 2 MiB" % text_offset)
    if image_size < len(data):
        faults.append("image_size %d is less than the file's %d bytes" % (image_size, len(data)))
    if flags & 1:
        faults.append("the header says big-endian")
    if version >> 16 != 0 or version & 0xffff < 2:
        faults.append("header version %#x is not 0.2" % version)
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--readelf", default="readelf")
    parser.add_argument("--map")
    parser.add_argument("--explain", nargs=2)
    parser.add_argument("--image")
    parser.add_argument("elf", nargs="?")
    args = parser.parse_args()
    if args.explain:
        faults = explain(args)
    elif args.image:
        faults = check_image(args)
    else:
        faults = check_elf(args)
    for fault in faults:
        print("check-elf: %s" % fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
