#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the folder of an initramfs with BusyBox: the program, a link for each of its applets, and
an /init that ends in a shell.

usage: busybox-root.py BUSYBOX FOLDER
"""

import os
import re
import shutil
import sys

INIT = """#!/bin/sh
# The first program. What it ends in ends with the terminal's last line.
export PATH=/bin HOME=/root
cd /root
[ -x /etc/start ] && /etc/start
exec sh
"""

# Applets that would only get in the way of the folder's own files.
LEFT_OUT = {"init", "linuxrc", "busybox"}


def applets(program):
    """The names of a BusyBox's applets: they lie one after the other in it, in their order."""
    match = re.search(rb"\0((?:\[\0)?\[\[\0(?:[\w.-]+\0)+)\0", program)
    if not match:
        sys.exit("busybox: there is no list of applets in it: is it a BusyBox?")
    return [name.decode() for name in match.group(1).split(b"\0") if name]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, folder = sys.argv[1:]
    try:
        with open(source, "rb") as f:
            program = f.read()
    except OSError as e:
        sys.exit("busybox: %s: %s" % (source, e.strerror))
    if program[:5] != b"\x7fELF\x02" or program[18:20] != b"\xf3\0":
        sys.exit("busybox: %s is no program for riscv64" % source)
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("bin", "root", "etc", "tmp"):
        os.makedirs(os.path.join(folder, name))
    os.chmod(os.path.join(folder, "tmp"), 0o1777)
    shutil.copyfile(source, os.path.join(folder, "bin/busybox"))
    os.chmod(os.path.join(folder, "bin/busybox"), 0o755)
    for name in applets(program):
        if name not in LEFT_OUT:
            os.symlink("busybox", os.path.join(folder, "bin", name))
    for name, text in (("etc/passwd", "root::0:0:root:/root:/bin/sh\n"),
                       ("etc/group", "root:x:0:\n"), ("etc/hostname", "tessera\n"), ("init", INIT)):
        with open(os.path.join(folder, name), "w", encoding="ascii") as f:
            f.write(text)
    os.chmod(os.path.join(folder, "init"), 0o755)


if __name__ == "__main__":
    main()
