#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Packs a folder as an initramfs: an archive of cpio's format newc, which the kernel unpacks. The
same folder gives the same bytes: names are sorted, times and owners are 0.

usage: initramfs.py FOLDER OUTPUT
"""

import os
import stat
import sys


class Archive:
    def __init__(self):
        self.parts, self.bytes, self.ino = [], 0, 0

    def add(self, name, mode, content=b"", nlink=1, rdev=0):
        """One entry; the end of the archive is one as well."""
        self.ino += 1
        encoded = os.fsencode(name) + b"\0"
        fields = (self.ino, mode, 0, 0, nlink, 0, len(content), 0, 0, os.major(rdev),
                  os.minor(rdev), len(encoded), 0)
        self.put(b"070701" + b"".join(b"%08x" % field for field in fields) + encoded)
        self.put(content)

    def put(self, data):
        data += bytes(-(self.bytes + len(data)) % 4)
        self.parts.append(data)
        self.bytes += len(data)

    def end(self):
        self.ino = -1
        self.add("TRAILER!!!", 0)
        self.put(bytes(-self.bytes % 512))
        return b"".join(self.parts)


def content_of(path, mode):
    if stat.S_ISREG(mode):
        with open(path, "rb") as f:
            return f.read()
    return os.fsencode(os.readlink(path)) if stat.S_ISLNK(mode) else b""


def names(folder):
    """Every name below a folder, a folder before what is in it."""
    for entry in sorted(os.listdir(folder)):
        yield entry
        path = os.path.join(folder, entry)
        if os.path.isdir(path) and not os.path.islink(path):
            for below in names(path):
                yield os.path.join(entry, below)


def pack(folder):
    archive = Archive()
    for name in names(folder):
        path = os.path.join(folder, name)
        info = os.lstat(path)
        if stat.S_ISSOCK(info.st_mode):
            continue
        archive.add(name, info.st_mode, content_of(path, info.st_mode),
                    2 if stat.S_ISDIR(info.st_mode) else 1, info.st_rdev)
    return archive.end()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, output = sys.argv[1:]
    if not os.path.isdir(folder):
        sys.exit("initramfs: DIR=%s is no folder: give the one whose files the machine is to have"
                 % folder)
    try:
        data = pack(folder)
        with open(output, "wb") as f:
            f.write(data)
    except OSError as e:
        sys.exit("initramfs: %s: %s" % (e.filename, e.strerror))
    print("initramfs: %s, %d KiB" % (output, (len(data) + 1023) // 1024))


if __name__ == "__main__":
    main()
