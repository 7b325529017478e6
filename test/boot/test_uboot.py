# SPDX-License-Identifier: BSD-2-Clause
"""Real U-Boot takes the Image with booti, as the board's does."""
import subprocess

import builds
import checks
from machine import qemu
from uboot import UBOOT, booti, needs_uboot

MKSD = builds.ROOT / "board" / "visionfive2" / "mksd.py"

pytestmark = needs_uboot


def test_booti(kernel, start):
    m = booti(start, kernel.image, "loglevel=7 from=uboot", mem="1G", smp=4)
    m.shell()
    facts = checks.boot_facts(m.boot_log)
    assert facts.load_pa == 0x8020_0000
    assert facts.fdt_pa % 8 == 0
    assert "from=uboot" in m.run("cat /proc/cmdline")
    checks.Memory(m).check()
    checks.audit(m, 1 << 30)
    m.poweroff().need_status(0)


def test_image_header(kernel):
    """The 64 bytes that boot loaders read."""
    head = kernel.image.read_bytes()[:64]
    assert head[48:56] == b"RISCV\0\0\0" and head[56:60] == b"RSC\x05"
    number = lambda at, size: int.from_bytes(head[at:at + size], "little")  # noqa: E731
    assert number(8, 8) == 0x20_0000, "text_offset"
    symbols = kernel.symbols()
    assert number(16, 8) >= symbols["_end"] - symbols["_text"], "image_size covers bss"
    assert number(16, 8) >= kernel.image.stat().st_size
    assert number(24, 8) == 0, "little endian"
    assert number(32, 4) == 2, "version 0.2"
    assert head[:2] != b"MZ", "U-Boot would take a PE file for an EFI program"


def test_sd_card_image_boots_by_extlinux(kernel, start, tmp_path):
    """The card of the VisionFive 2 recipe, as a disk of QEMU's machine: the same U-Boot code."""
    card = tmp_path / "sd.img"
    subprocess.run([str(MKSD), "--image", str(kernel.image), "--output", str(card), "--append",
                    "loglevel=7 from=card"], check=True, capture_output=True)
    m = start(qemu("virt", UBOOT, mem="1G", smp=2, extra=[
        "-drive", f"file={card},format=raw,if=none,id=card",
        "-device", "virtio-blk-device,drive=card"]))
    m.expect("Found /extlinux/extlinux.conf")
    m.shell()
    assert m.run("cat /proc/cmdline").strip() == "loglevel=7 from=card"
    checks.audit(m, 1 << 30)


def test_sd_card_of_no_kernel_is_refused(kernel, tmp_path):
    done = subprocess.run([str(MKSD), "--image", str(kernel.elf), "--output",
                           str(tmp_path / "sd.img")], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "no RISC-V boot image" in done.stderr
