# SPDX-License-Identifier: BSD-2-Clause
"""Tessera's commands for GDB: zones, free blocks, descriptors, caches, boot's memory map.

    make qemu-gdb                in one terminal
    make gdb                     in another; it sources this file
    (gdb) tessera-zones

They only read memory and the debug information of the ELF, so they work on a stopped machine
and on a dump of its memory, whatever the kernel was doing.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tessera import memblock, pages, slab, zones  # noqa: E402

for module in (zones, pages, slab, memblock):
    module.register()
