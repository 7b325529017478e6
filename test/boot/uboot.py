# SPDX-License-Identifier: BSD-2-Clause
"""Real U-Boot on QEMU's machine, where it takes the Image with booti as a board's does."""
import pathlib

import pytest

from machine import qemu

UBOOT = pathlib.Path("/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin")
KERNEL_ADDR_R = 0x8400_0000

needs_uboot = pytest.mark.skipif(not UBOOT.exists(), reason="package u-boot-qemu is missing")


def booti(start, image, bootargs="", extra=(), **words):
    """The machine, with the words of machine.qemu(), once U-Boot has begun to boot the Image."""
    m = start(qemu("virt", UBOOT, extra=[
        "-device", f"loader,file={image},addr={KERNEL_ADDR_R:#x},force-raw=on", *extra], **words))
    m.expect("Hit any key to stop autoboot")
    m.send("\r")
    m.expect("=> ")
    if bootargs:
        m.send(f"setenv bootargs '{bootargs}'\r")
        m.expect("=> $")
    m.send(f"booti {KERNEL_ADDR_R:#x} - ${{fdtcontroladdr}}\r")
    # U-Boot moves the Image to RAM base + text_offset by its header.
    m.expect(r"Moving Image from 0x84000000 to 0x80200000, end=[0-9a-f]+")
    return m
