# SPDX-License-Identifier: BSD-2-Clause
"""Real U-Boot on QEMU's machine starts the Image with booti, as a board's U-Boot does."""
import pathlib

import pytest

from machine import qemu

UBOOT = pathlib.Path("/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin")
KERNEL_ADDR_R = 0x8400_0000

needs_uboot = pytest.mark.skipif(not UBOOT.exists(), reason="package u-boot-qemu is missing")


def booti(start, image, bootargs="", extra=(), **words):
    """Starts the machine with these options of machine.qemu(); returns once U-Boot begins to boot
    the Image."""
    m = start(qemu("virt", UBOOT, extra=[
        "-device", f"loader,file={image},addr={KERNEL_ADDR_R:#x},force-raw=on", *extra], **words))
    m.expect("Hit any key to stop autoboot")
    m.send("\r")
    m.expect("=> ")
    if bootargs:
        m.send(f"setenv bootargs '{bootargs}'\r")
        m.expect("=> $")
    m.send(f"booti {KERNEL_ADDR_R:#x} - ${{fdtcontroladdr}}\r")
    # U-Boot moves the Image to the base of RAM + text_offset, as the Image's header says.
    m.expect(r"Moving Image from 0x84000000 to 0x80200000, end=[0-9a-f]+")
    return m
