#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where the parts of a linked kernel begin and end, and what it declares, for the plan program.

usage: target-image.py SYSTEM.MAP IMAGE     prints a C header with the initialiser TARGET_IMAGE, and
                                            the rows TARGET_ACCOUNTS and TARGET_THREADS, and
                                            the bytes of TARGET_PROCESS_BYTES, TARGET_REGION_BYTES
"""

import struct
import sys

# A field of struct target_image (arch/host/include/host/target.h): the linker's symbol.
PARTS = {
    "end": "_end",
    "text_end": "__text_end",
    "rodata_start": "__start_rodata",
    "rodata_end": "__rodata_end",
    "init_start": "__init_begin",
    "init_text_end": "__init_text_end",
    "init_end": "__init_end",
    "data_start": "_sdata",
    "data_end": "_edata",
    "bss_start": "__bss_start",
    "bss_end": "__bss_stop",
}


# struct static_thread (include/kernel/thread.h): stack's bytes, name, account, priority, behind two
# pointers; struct mem_account (include/mm/account.h) begins with name, guaranteed and limit.
THREAD = struct.Struct("<16xQQQQ")
ACCOUNT = struct.Struct("<QQQ")
POINTER = struct.Struct("<Q")
# struct kmem_cache (include/mm/slab_types.h) begins with three pointers and object_size.
CACHE = struct.Struct("<24xI")
# Caches of the objects of a process with one thread and the console's three files: how many.
OF_PROCESS = {"process_cache": 1, "user_thread_cache": 1, "actions_cache": 1, "space_cache": 1,
              "thread_cache": 1, "file_cache": 3}


class Image:
    """The linked kernel, read by addresses."""

    def __init__(self, name, symbols):
        self.symbols = symbols
        with open(name, "rb") as f:
            self.bytes = f.read()

    def at(self, kind, address):
        return kind.unpack_from(self.bytes, address - self.symbols["_text"])

    def text(self, address):
        """A name as C writes it."""
        begin = address - self.symbols["_text"]
        name = self.bytes[begin:self.bytes.index(0, begin)].decode("ascii")
        return '"%s"' % name.replace("\\", "\\\\").replace('"', '\\"')

    def rows(self, name, kind):
        begin, end = (self.symbols["__%s_%s" % (name, side)] for side in ("start", "end"))
        return [self.at(kind, at) for at in range(begin, end, kind.size)]


def print_rows(image):
    print("#define TARGET_ACCOUNTS \\")
    for nr, (at,) in enumerate(image.rows("mem_accounts", POINTER)):
        name, guaranteed, limit = image.at(ACCOUNT, at)
        print("\tIMAGE_ACCOUNT(%d, %s, %d, %d) \\" % (nr, image.text(name), guaranteed, limit))
    print("\n#define TARGET_THREADS \\")
    for nr, (stack, name, account, priority) in enumerate(image.rows("threads", THREAD)):
        owner = image.text(image.at(ACCOUNT, account)[0]) if account else '"kernel"'
        print("\tIMAGE_THREAD(%d, %s, %d, %s, %d) \\" % (nr, image.text(name), stack, owner,
                                                         priority))
    print()


def print_objects(image):
    """0 where the kernel has no processes."""
    def size(name):
        return image.at(CACHE, image.symbols[name])[0] if name in image.symbols else 0
    whole = sum(size(name) * nr for name, nr in OF_PROCESS.items())
    print("#define TARGET_PROCESS_BYTES %dul" % (whole if size("process_cache") else 0))
    print("#define TARGET_REGION_BYTES %dul\n" % size("region_cache"))


def main():
    symbols = {}
    with open(sys.argv[1]) as f:
        for line in f:
            address, _, name = line.split()
            symbols[name] = int(address, 16)
    rows = [name + side for name in ("__threads", "__mem_accounts") for side in ("_start", "_end")]
    missing = [name for name in (*PARTS.values(), *rows, "_text", "__per_cpu_start",
                                 "__per_cpu_end")
               if name not in symbols]
    if missing:
        sys.exit("%s: no symbol %s" % (sys.argv[1], ", ".join(missing)))
    print("/* Made by scripts/target-image.py. */")
    print("#define TARGET_IMAGE { \\")
    for field, name in PARTS.items():
        print("\t.%s = 0x%x, \\" % (field, symbols[name] - symbols["_text"]))
    print("\t.percpu_bytes = 0x%x, \\" % (symbols["__per_cpu_end"] - symbols["__per_cpu_start"]))
    print("}\n")
    image = Image(sys.argv[2], symbols)
    print_objects(image)
    print_rows(image)


if __name__ == "__main__":
    main()
