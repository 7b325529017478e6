#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes an image for an SD card from which the board's U-Boot starts the kernel.

One FAT16 partition with /Image and /extlinux/extlinux.conf, as U-Boot's standard boot looks for
them; the firmware stays in the board's flash. No other tool and no root is needed.

    board/visionfive2/mksd.py --image build/Image --output sd.img [--append "loglevel=7"]
    dd if=sd.img of=/dev/sdX bs=1M conv=fsync
"""
import argparse
import struct
import sys

SECTOR = 512
PARTITION_START = 2048			# sectors; 1 MiB
PARTITION_SECTORS = 131072		# 64 MiB
CLUSTER_SECTORS = 4
ROOT_ENTRIES = 512
RESERVED_SECTORS = 4
FATS = 2

# The kernel's place in RAM, and the first thing that U-Boot may put behind it.
KERNEL_ADDR_R = 0x40200000
SCRIPTADDR = 0x43900000


def image_bytes_in_ram(image):
    """What the header says the kernel takes, bss included."""
    if len(image) < 64 or image[56:60] != b"RSC\x05":
        sys.exit("mksd: that is no RISC-V boot image; build/Image is one, build/tessera is not")
    return struct.unpack_from("<Q", image, 16)[0]


def check_load_map(image):
    end = KERNEL_ADDR_R + image_bytes_in_ram(image)
    if end > SCRIPTADDR:
        sys.exit(f"mksd: the kernel at {KERNEL_ADDR_R:#x} would reach to {end:#x}, over U-Boot's "
                 f"scriptaddr at {SCRIPTADDR:#x}: lower what makes it large (make size)")


class Fat16:
    """A FAT16 file system that is only ever written to once."""

    def __init__(self, sectors):
        self.sectors = sectors
        entries = sectors // CLUSTER_SECTORS
        self.fat_sectors = -(-(entries + 2) * 2 // SECTOR)
        self.fat = [0xfff8, 0xffff]
        self.data = bytearray()
        self.root = bytearray(self.entry(b"TESSERA    ", 0x08, 0, 0))

    def store(self, content):
        """Puts content into clusters of its own; returns the first one's number."""
        size = CLUSTER_SECTORS * SECTOR
        first, count = len(self.fat), max(-(-len(content) // size), 1)
        self.fat += list(range(first + 1, first + count)) + [0xffff]
        self.data += content.ljust(count * size, b"\0")
        return first

    @staticmethod
    def entry(short, attributes, cluster, size):
        # 1 January 2024, 0:00: the same input gives the same image.
        return struct.pack("<11sBBBHHHHHHHI", short, attributes, 0, 0, 0, 0x5821, 0x5821, 0, 0,
                           0x5821, cluster, size)

    @classmethod
    def long_name(cls, name, short):
        """The entries before the short one that carry the name as it is written."""
        checksum = 0
        for byte in short:
            checksum = ((checksum & 1) << 7 | checksum >> 1) + byte & 0xff
        units = [ord(c) for c in name]
        if len(units) % 13:
            units.append(0)
        units += [0xffff] * (-len(units) % 13)
        rows = []
        for number in range(len(units) // 13):
            part = units[13 * number:13 * number + 13]
            last = 0x40 if number == len(units) // 13 - 1 else 0
            rows.append(struct.pack("<B5HBBB6HH2H", number + 1 | last, *part[:5], 0x0f, 0,
                                    checksum, *part[5:11], 0, *part[11:]))
        return b"".join(reversed(rows))

    @classmethod
    def named(cls, name, short, attributes, cluster, size):
        return cls.long_name(name, short) + cls.entry(short, attributes, cluster, size)

    def add_root_file(self, name, short, content):
        self.root += self.named(name, short, 0x20, self.store(content), len(content))

    def add_folder(self, name, short, files):
        rows = b"".join(self.named(n, s, 0x20, self.store(c), len(c)) for n, s, c in files)
        own = len(self.fat)
        dots = self.entry(b".          ", 0x10, own, 0) + self.entry(b"..         ", 0x10, 0, 0)
        self.root += self.named(name, short, 0x10, self.store(dots + rows), 0)

    def image(self):
        boot = struct.pack("<3s8sHBHBHHBHHHII", b"\xeb\x3c\x90", b"TESSERA ", SECTOR,
                           CLUSTER_SECTORS, RESERVED_SECTORS, FATS, ROOT_ENTRIES, 0, 0xf8,
                           self.fat_sectors, 32, 64, PARTITION_START, self.sectors)
        boot += struct.pack("<BBBI11s8s", 0x80, 0, 0x29, 0x7e55e7a, b"TESSERA    ", b"FAT16   ")
        boot = boot.ljust(510, b"\0") + b"\x55\xaa"
        fat = struct.pack(f"<{len(self.fat)}H", *self.fat).ljust(self.fat_sectors * SECTOR, b"\0")
        head = boot.ljust(RESERVED_SECTORS * SECTOR, b"\0") + fat * FATS
        whole = head + self.root.ljust(ROOT_ENTRIES * 32, b"\0") + self.data
        if len(whole) > self.sectors * SECTOR or len(fat) > self.fat_sectors * SECTOR:
            sys.exit("mksd: the kernel does not fit the partition of 64 MiB")
        return whole.ljust(self.sectors * SECTOR, b"\0")


def master_boot_record():
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x0e, b"\xfe\xff\xff",
                        PARTITION_START, PARTITION_SECTORS)
    return (bytes(440) + struct.pack("<IH", 0x7e55e7a, 0) + entry).ljust(510, b"\0") + b"\x55\xaa"


def extlinux(append):
    return ("default tessera\ntimeout 1\n\nlabel tessera\n\tkernel /Image\n" +
            (f"\tappend {append}\n" if append else "")).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--image", default="build/Image", help="the kernel (build/Image)")
    parser.add_argument("--output", default="sd.img", help="what to write (sd.img)")
    parser.add_argument("--append", default="", help="boot arguments")
    args = parser.parse_args()
    try:
        with open(args.image, "rb") as source:
            image = source.read()
    except OSError as error:
        sys.exit(f"mksd: {error}; build the kernel first, or name it with --image")
    check_load_map(image)
    disk = Fat16(PARTITION_SECTORS)
    disk.add_root_file("Image", b"IMAGE      ", image)
    disk.add_folder("extlinux", b"EXTLINUX   ",
                    [("extlinux.conf", b"EXTLIN~1CON", extlinux(args.append))])
    with open(args.output, "wb") as target:
        target.write(master_boot_record().ljust(PARTITION_START * SECTOR, b"\0") + disk.image())
    print(f"{args.output}: kernel of {len(image)} bytes, {image_bytes_in_ram(image)} in RAM from "
          f"{KERNEL_ADDR_R:#x}")


if __name__ == "__main__":
    main()
