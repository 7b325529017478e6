#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Refuses a kernel in which something that stays refers to what is freed at the end of boot.

check-sections.py LIST      LIST names the objects of the kernel, separated by spaces

What is freed are the sections .init.*, which the marks __init, __initdata and __initconst of
include/kernel/init.h choose. The relocations of the objects say who refers to them:

    from .init.*      anything may be referred to
    from .ref.text    anything, too: the mark __ref, which start_kernel() alone may have
    from elsewhere    nothing of .init.*, but for the places inside a function that the table of
                      its own switch names: compilers put that table into .rodata

Objects of INIT_FOLDERS, folders and files, hold no code that stays at all.
"""

import bisect
import os
import struct
import sys

INIT_FOLDERS = ("mm/boot/", "kernel/fdt_check.c")
ENTRY = "start_kernel"

SHT_SYMTAB, SHT_RELA = 2, 4
SHF_ALLOC, SHF_EXECINSTR = 2, 4
STT_OBJECT, STT_FUNC = 1, 2


def is_init(section):
    return section.startswith(".init.")


class Section:
    def __init__(self, header):
        (self.name_at, self.kind, self.flags, _, self.offset, self.size, self.link, self.info, _,
         self.entry_size) = header
        self.name = ""
        self.places = []        # (offset, size, name, is it a function), ascending

    def at(self, offset):
        """The function or variable at an offset, or None."""
        nr = bisect.bisect_right(self.places, (offset, 1 << 64)) - 1
        # Either name of an alias will do. Functions of assembly code have no size.
        if nr >= 0 and (offset < sum(self.places[nr][:2]) or not self.places[nr][1]):
            return self.places[nr]
        return None


class Object:
    """What one ELF file of 64 bits, little endian, defines and refers to."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            sys.exit("check-sections: %s is no object of this kernel" % path)
        at, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        table = self.data[at:at + size * count]
        self.sections = [Section(row) for row in struct.iter_unpack("<IIQQQQIIQQ", table)]
        for section in self.sections:
            section.name = self.text(self.sections[names], section.name_at)
        self.symbols = []       # (name, section number, value)
        self.defined = {}       # name: (section, value), of symbols that other objects see
        self.read_symbols()

    def text(self, strings, at):
        at += strings.offset
        return self.data[at:self.data.index(b"\0", at)].decode()

    def rows(self, section, layout):
        return struct.iter_unpack(layout,
                                  self.data[section.offset:section.offset + section.size])

    def read_symbols(self):
        for table in self.sections:
            if table.kind != SHT_SYMTAB:
                continue
            strings = self.sections[table.link]
            for name_at, info, _, nr, value, size in self.rows(table, "<IBBHQQ"):
                name = self.text(strings, name_at)
                self.symbols.append((name, nr, value))
                if not 0 < nr < len(self.sections):
                    continue
                section, kind = self.sections[nr], info & 15
                if info >> 4:
                    self.defined[name] = section, value
                if kind in (STT_OBJECT, STT_FUNC):
                    section.places.append((value, size, name, kind == STT_FUNC))
        for section in self.sections:
            section.places.sort()

    def references(self):
        """(section, offset in it, symbol, addend) of each reference in what is loaded with the
        kernel."""
        for table in self.sections:
            if table.kind != SHT_RELA:
                continue
            section = self.sections[table.info]
            if section.flags & SHF_ALLOC:
                for offset, info, addend in self.rows(table, "<QQq"):
                    yield section, offset, self.symbols[info >> 32], addend

    @property
    def source(self):
        """The object's path without the folder of objects, with .c for .o."""
        path = self.path.rpartition("/obj/")[2]
        base = os.path.splitext(path)[0]
        return base + ".S" if os.path.exists(base + ".S") else base + ".c"


def words(place, section):
    """How a sentence names a function or variable."""
    if not place:
        return "section " + section.name
    return place[2] + ("()" if place[3] else "")


def breach(source, place, section, target, target_section):
    target_place = target_section.at(target)
    mark = "__init" if section.flags & SHF_EXECINSTR else "__initdata or __initconst"
    former = "__init" if target_section.flags & SHF_EXECINSTR else "__initdata or __initconst"
    who, whom = words(place, section), words(target_place, target_section)
    return ("%s: %s stays after boot and refers to %s, which is freed at the end of boot: mark %s "
            "%s if boot alone needs it, else take %s from %s"
            % (source, who, whom, who, mark, former, whom))


def is_switch(section, target, target_section):
    """True for data that names a place inside a function: only the function's own switch does."""
    place = target_section.at(target)
    return (not section.flags & SHF_EXECINSTR and section.name.startswith(".rodata") and place and
            place[3] and target != place[0])


def check_references(obj, defined):
    for section, offset, (name, nr, value), addend in obj.references():
        if is_init(section.name) or section.name == ".ref.text":
            continue
        if 0 < nr < len(obj.sections):
            target_section = obj.sections[nr]
        elif name in defined:
            target_section, value = defined[name]
        else:
            continue
        # The addend of a call says nothing; the addend of an address lies within the variable.
        if is_init(target_section.name) and not is_switch(section, value + addend, target_section):
            yield breach(obj.source, section.at(offset), section, value + addend, target_section)


def check_marks(obj):
    for section in obj.sections:
        for place in section.places:
            if section.name == ".ref.text" and place[2] != ENTRY:
                yield ("%s: %s() is marked __ref, which is for %s() alone: mark it __init, or "
                       "call nothing that is" % (obj.source, place[2], ENTRY))
        if not obj.source.startswith(INIT_FOLDERS):
            continue
        if section.flags & SHF_EXECINSTR and section.size and not is_init(section.name):
            who = ", ".join(words(place, section) for place in section.places)
            yield ("%s: %s would stay after boot, and code of this folder does not: mark it "
                   "__init, or move it to the room of those who call it later"
                   % (obj.source, who or section.name))


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        objects = [Object(path) for path in f.read().split()]
    defined = {}
    for obj in objects:
        defined.update(obj.defined)
    faults = []
    for obj in objects:
        faults += check_references(obj, defined)
        faults += check_marks(obj)
    for fault in dict.fromkeys(faults):
        print("check-sections: %s" % fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
