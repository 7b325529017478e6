# SPDX-License-Identifier: BSD-2-Clause
"""Programs read and write disks."""
import os

import checks
import debian
import newc
from machine import Machine, qemu

MIB = 1 << 20
COPIES = b"""#!/bin/busybox sh
cd /tmp
echo it is on the disk | /bin/busybox dd of=/dev/vda bs=512 seek=3 conv=notrunc,fsync
/bin/busybox dd if=/dev/vda of=copy bs=64k
/bin/busybox cmp copy /dev/vda && exit 42
"""


def disks(folder, *settings):
    """QEMU's words for disks of 8 MiB in files 0, 1 and so on of the folder."""
    words = []
    for nr, setting in enumerate(settings):
        (folder / str(nr)).write_bytes(bytes(8 * MIB))
        words += ["-drive", f"if=none,id=d{nr},format=raw,file={folder / str(nr)}{setting}",
                  "-device", f"virtio-blk-device,drive=d{nr}"]
    return words


def test_a_disk_is_a_file(built, program, tmp_path):
    """At any place, byte by byte, against a model; what it wrote is in QEMU's file. Then audit."""
    kernel = built("qemu_virt_max_defconfig")
    argv = qemu("virt", kernel.image, mem="128M", smp=2, initrd=program("disk"),
                extra=disks(tmp_path, "", ",readonly=on"))
    with Machine(argv) as m:
        m.expect(r"init \(/init\) has ended with \d+")
        assert "disk: all as it should be" in m.log, m.log[-3000:]
        m.shell()
        checks.audit(m, 128 * MIB)
    assert (tmp_path / "0").read_bytes()[MIB:MIB + 20] == b"written by a program"


def test_busybox_copies_a_disk(built, tmp_path):
    """dd writes a sector, and reads the whole disk."""
    kernel = built("qemu_virt_max_defconfig")
    busybox = os.environ.get("BUSYBOX")
    if not busybox:
        debian.fetch("busybox-static")
        busybox = debian.BUSYBOX
    archive = tmp_path / "root.cpio"
    with open(busybox, "rb") as f:
        archive.write_bytes(newc.archive([
            ("bin", 0o040755, b""), ("bin/busybox", 0o100755, f.read()),
            ("init", 0o100755, COPIES)]))
    with Machine(qemu("virt", kernel.image, mem="128M", initrd=archive,
                      extra=disks(tmp_path, ""))) as m:
        m.expect(r"init \(/init\) has ended with 42")
    assert (tmp_path / "0").read_bytes()[3 * 512:].startswith(b"it is on the disk\n")
