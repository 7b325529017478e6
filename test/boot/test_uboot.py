# SPDX-License-Identifier: BSD-2-Clause
"""Real U-Boot boots the Image, the packed Image and the FIT image, as a board's U-Boot does."""
import gzip
import os
import re
import subprocess
import sys

import pytest

import builds
import checks
from machine import qemu
from uboot import UBOOT, booti, needs_uboot

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
    """The 64 bytes that boot loaders read are right."""
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


def make_boot_file(kernel, goal, out, *words):
    """Runs make fit or make sdimage, one at a time; returns its text."""
    with builds.locked(kernel.objdir / "boot-files"):
        return builds.make(kernel.objdir, goal, f"OUT={out}", "MEM=1G", *words)


@pytest.fixture
def card_boots(kernel, start, tmp_path):
    """card_boots(*words): U-Boot boots, by extlinux, the card that make sdimage makes of these
    words."""
    def boot(*words):
        card = tmp_path / "sd.img"
        status, said = make_boot_file(kernel, "sdimage", card, *words)
        assert status == 0 and "no collision; least room:" in said, said
        m = start(qemu("virt", UBOOT, mem="1G", smp=2, extra=[
            "-drive", f"file={card},format=raw,if=none,id=card",
            "-device", "virtio-blk-device,drive=card"]))
        m.expect("Found /extlinux/extlinux.conf")
        m.shell()
        checks.audit(m, 1 << 30)
        return m, said
    return boot


def test_sd_card_boots_by_extlinux(card_boots):
    m, _ = card_boots("APPEND=loglevel=7 from=card")
    assert m.run("cat /proc/cmdline").strip() == "loglevel=7 from=card"


def test_packed_image_with_own_tree_and_initrd(card_boots, tree, tmp_path):
    tree.replace(r'model = "[^"]*"', 'model = "from the card"').banks((0x8000_0000, 1 << 30))
    own, initrd = tree.compile(tmp_path / "own.dtb"), tmp_path / "initrd"
    initrd.write_bytes(bytes(5000))
    m, said = card_boots("KERNEL=Image.gz", f"DTB={own}", f"INITRD={initrd}", "APPEND=loglevel=7")
    for row in ("unpacking", "board.dtb", "initrd", "reserved, mmode_resv0@80000000"):
        assert row in said
    assert "Uncompressing Kernel Image" in m.log and "Machine model: from the card" in m.boot_log
    assert "initrd" in m.run("cat /proc/memblock")


def test_fit_image_with_hashes(card_boots):
    m, said = card_boots("KERNEL=fit", "APPEND=loglevel=7")
    assert "FIT image" in said
    for words in ("Loading kernel from FIT Image", "Verifying Hash Integrity", "sha256",
                  "Uncompressing Kernel Image"):
        assert words in m.log


def test_fit_carries_tree_arguments_and_ramdisk(kernel, tree, tmp_path):
    """The FIT has what mkimage put into it, and a second run gives the same bytes."""
    own, out = tree.compile(tmp_path / "own.dtb"), tmp_path / "one.itb"
    words = (f"DTB={own}", f"INITRD={own}", "APPEND=loglevel=3")
    status, said = make_boot_file(kernel, "fit", out, *words)
    assert status == 0, said
    assert "load mmc 1:1 ${kernel_addr_r} one.itb; bootm ${kernel_addr_r}" in said, said
    blob = out.read_bytes()
    for word in (b"ramdisk", b"flat_dt", b"loglevel=3\0", b"sha256"):
        assert word in blob
    assert gzip.decompress((kernel.objdir / "Image.gz").read_bytes()) == kernel.image.read_bytes()
    assert make_boot_file(kernel, "fit", tmp_path / "two.itb", *words)[0] == 0
    assert blob == (tmp_path / "two.itb").read_bytes()


def test_sd_card_is_the_same_again(kernel, tmp_path):
    cards = [tmp_path / "a.img", tmp_path / "b.img"]
    for card in cards:
        assert make_boot_file(kernel, "sdimage", card)[0] == 0
    assert cards[0].read_bytes() == cards[1].read_bytes()


# Changes to virt's uboot.env, variables of make, and the sentence.
COLLISIONS = (
    ({"kernel_addr_r": "0x80000000"}, (),
     r"reserved, mmode_resv0@80000000 \(0x80000000 to 0x80080000\) and kernel, as loaded "
     r"\(0x80000000 to 0x[0-9a-f]+\) overlap by [\d,]+ bytes: change kernel_addr_r to 0x80080000"),
    ({"scriptaddr": "0x84001000"}, (),
     r"kernel, as loaded .* and extlinux.conf .* overlap by \d+ bytes: change scriptaddr to 0x840"),
    ({"scriptaddr": "0x80240000"}, (),
     r"kernel .* and extlinux.conf .* overlap by \d+ bytes: change scriptaddr to 0x802"),
    ({"ramdisk_addr_r": "0x89000000"}, ("KERNEL=Image.gz", "INITRD=own"),
     r"unpacking .* and initrd .* overlap by .* change ramdisk_addr_r to 0x8c000000 or more"),
    ({"fdt_addr_r": "0xc0000000"}, ("DTB=own",),
     r"board.dtb .* lies outside RAM \(0x80000000 to 0xc0000000\): change fdt_addr_r"),
    ({"fdt_addr_r": "0xbf000000"}, ("DTB=own",), r"U-Boot, about .* and board.dtb .* overlap by"),
    ({"kernel_addr_r": ""}, (), "has no line kernel_addr_r=<address>"),
    ({}, ("KERNEL=zImage",), "KERNEL=zImage: Image, Image.gz or fit is expected"),
    ({}, ("INITRD=/none",), "/none: No such file or directory"),
    ({}, ("DTB=Makefile",), "Makefile is no device tree"),
)


def script_refuses(tmp_path, image, board, own, words=()):
    """The sentence with which scripts/boot_files.py sdimage refuses."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "Image").symlink_to(image)
    (folder / "Image.gz").write_bytes(gzip.compress(image.read_bytes()))
    more = dict(word.replace("=own", f"={own}").split("=") for word in words)
    done = subprocess.run([sys.executable, "scripts/boot_files.py", "sdimage", str(board),
                           str(own)], cwd=builds.ROOT, env={**os.environ, "O": str(folder), **more},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("change, words, said", COLLISIONS)
def test_collisions_are_said_with_numbers(kernel, tree, tmp_path, change, words, said):
    """The board's folder is virt's but for one line."""
    board = tmp_path / "board"
    board.mkdir()
    text = (builds.ROOT / "board/qemu_virt/uboot.env").read_text(encoding="utf-8")
    for name, value in change.items():
        text = re.sub(rf"(?m)^{name}=.*$", f"{name}={value}", text)
    (board / "uboot.env").write_text(text, encoding="utf-8")
    tree.banks((0x8000_0000, 1 << 30)).replace(
        r"\bchosen \{", "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
        "mmode_resv0@80000000 { reg = <0 0x80000000 0 0x80000>; no-map; }; }; chosen {")
    own = tree.compile(tmp_path / "own.dtb")
    text = script_refuses(tmp_path, kernel.image, board, own, words)
    assert re.search(said, text), text


def test_elf_is_no_boot_image(kernel, tree, tmp_path):
    own = tree.compile(tmp_path / "own.dtb")
    text = script_refuses(tmp_path, kernel.elf, "board/qemu_virt", own)
    assert "no RISC-V boot image" in text


def test_card_of_the_visionfive2(kernel, tmp_path):
    """The board's own tree and addresses: the kernel lies where U-Boot loads it, and everything
    fits."""
    board = builds.ROOT / "board/visionfive2"
    own, out = tmp_path / "vf2.dtb", tmp_path / "out"
    out.mkdir()
    source = "".join((board / name).read_text(encoding="utf-8")
                     for name in ("visionfive2.dts", "firmware.dtsi"))
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(own), "-"], input=source,
                   check=True, text=True)
    (out / "include").symlink_to(kernel.objdir / "include")
    (out / "Image").symlink_to(kernel.image)
    (out / "Image.gz").write_bytes(gzip.compress(kernel.image.read_bytes()))
    for goal in ("sdimage", "fit"):
        said = subprocess.run([sys.executable, "scripts/boot_files.py", goal, str(board), str(own)],
                              cwd=builds.ROOT, env={**os.environ, "O": str(out)}, check=True,
                              capture_output=True, text=True).stdout
        assert re.search(r"0x40000000 +0x40080000 +524,288 +reserved, mmode_resv0", said)
        assert "no collision" in said
    # A FIT image is loaded to the kernel's place, so that the kernel is unpacked behind the image.
    assert "kernel to 0x40400000" in said
