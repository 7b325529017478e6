#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where the parts of a linked kernel begin and end, for the plan program.

usage: target-image.py SYSTEM.MAP     prints a C header with the initialiser TARGET_IMAGE
"""

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


def main():
    symbols = {}
    with open(sys.argv[1]) as f:
        for line in f:
            address, _, name = line.split()
            symbols[name] = int(address, 16)
    missing = [name for name in (*PARTS.values(), "_text", "__per_cpu_start", "__per_cpu_end")
               if name not in symbols]
    if missing:
        sys.exit("%s: no symbol %s" % (sys.argv[1], ", ".join(missing)))
    print("/* Made by scripts/target-image.py. */")
    print("#define TARGET_IMAGE { \\")
    for field, name in PARTS.items():
        print("\t.%s = 0x%x, \\" % (field, symbols[name] - symbols["_text"]))
    print("\t.percpu_bytes = 0x%x, \\" % (symbols["__per_cpu_end"] - symbols["__per_cpu_start"]))
    print("}")


if __name__ == "__main__":
    main()
