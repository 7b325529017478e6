#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a boot loader starts the kernel from: a FIT image, or an image for an SD card.

usage: boot_files.py fit|sdimage BOARD-FOLDER TREE

TREE is the board's, for RAM and the firmware's memory. Variables: O, DTB (a tree for the
kernel instead of U-Boot's own), INITRD, APPEND (boot arguments), KERNEL (sdimage: Image, Image.gz
or fit), OUT. The same input gives the same bytes: dates are SOURCE_DATE_EPOCH, or a fixed day.
"""

import os
import shutil
import subprocess
import sys

import fdt
from load_map import ALIGN, MIB, Map, Refused, TREE_ROOM, image_bytes_in_ram, read
from release import release

O = os.environ.get("O", "build")
EPOCH = os.environ.get("SOURCE_DATE_EPOCH", "1704067200")	# 1 January 2024
PARTITION_MIB = 64
EXTLINUX = "default tessera\ntimeout 1\n\nlabel tessera\n"


def variable(name):
    return os.environ.get(name, "")


def run(words, what, **more):
    env = dict(os.environ, SOURCE_DATE_EPOCH=EPOCH, MTOOLS_SKIP_CHECK="1",
               PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    done = subprocess.run(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **more)
    if done.returncode:
        raise Refused("%s failed:\n%s" % (what, done.stdout.strip()))
    return done.stdout


class Files:
    """What is booted: the kernel, and what the user adds."""

    def __init__(self, board, tree):
        self.board = board
        self.map = Map(board + "/uboot.env", tree)
        self.image = read(O + "/Image")
        self.in_ram = image_bytes_in_ram(self.image)
        self.packed = read(O + "/Image.gz")
        self.tree = read(variable("DTB")) if variable("DTB") else None
        if self.tree:
            fdt.Tree(self.tree, variable("DTB"))
        self.initrd = read(variable("INITRD")) if variable("INITRD") else None


def its_node(name, path, rows):
    body = "".join("\t\t\t%s;\n" % row for row in rows)
    return ("\t\t%s {\n\t\t\tdata = /incbin/(\"%s\");\n%s\t\t\thash-1 {\n"
            "\t\t\t\talgo = \"sha256\";\n\t\t\t};\n\t\t};\n" % (name, os.path.abspath(path), body))


def cells(number):
    return "<%#x %#x>" % (number >> 32, number & 0xffffffff)


def its(files, place, parts):
    """The source of the FIT: the kernel and the other parts, each with its hash."""
    riscv, linux, plain = 'arch = "riscv"', 'os = "linux"', 'compression = "none"'
    rows = {"kernel": ['type = "kernel"', riscv, linux, 'compression = "gzip"',
                       "load = " + cells(place), "entry = " + cells(place)],
            "fdt": ['type = "flat_dt"', riscv, plain],
            "ramdisk": ['type = "ramdisk"', riscv, linux, plain]}
    title = 'description = "Tessera %s"' % release(O)
    nodes = "".join(its_node(name, path, rows[name]) for name, path in parts.items())
    names = "".join('\t\t\t%s = "%s";\n' % (name, name) for name in parts)
    return ("/dts-v1/;\n/ {\n\t%s;\n\t#address-cells = <2>;\n\timages {\n%s\t};\n"
            "\tconfigurations {\n\t\tdefault = \"board\";\n\t\tboard {\n\t\t\t%s;\n%s\t\t};\n\t};\n"
            "};\n" % (title, nodes, title, names))


def with_arguments(files, folder):
    """The FIT's tree with the boot arguments; U-Boot keeps those unless it has its own."""
    path = os.path.join(folder, "board.dtb")
    with open(path, "wb") as f:
        f.write(files.tree)
    if variable("APPEND"):
        run(["fdtput", "-p", "-t", "s", path, "/chosen", "bootargs", variable("APPEND")], "fdtput")
    return path


def make_fit(files, folder, parts):
    """(path of a FIT image with these parts, where its kernel is unpacked to)."""
    path, source = os.path.join(folder, "tessera.itb"), os.path.join(folder, "tessera.its")
    # The kernel is unpacked to its place. Where the FIT itself is loaded to that place, behind the
    # FIT.
    loaded, place = files.map.address("kernel_addr_r"), files.map.place()
    guess = MIB + sum(os.path.getsize(part) for part in parts.values())
    if loaded < place + files.in_ram and place < loaded + guess:
        place = -(-(loaded + guess) // ALIGN) * ALIGN
    with open(source, "w", encoding="utf-8") as f:
        f.write(its(files, place, parts))
    run(["mkimage", "-f", source, path], "mkimage")
    files.map.load("FIT image", os.path.getsize(path), "kernel_addr_r")
    files.map.put("kernel", place, files.in_ram)
    return path, place


def fit(board, tree):
    files = Files(board, tree)
    folder = make_folder("fit")
    parts = {"kernel": O + "/Image.gz"}
    if files.tree:
        parts["fdt"] = with_arguments(files, folder)
    elif variable("APPEND"):
        raise Refused("APPEND= has no place in a FIT without a tree: give DTB=<file>, or 'setenv "
                      "bootargs' on the board")
    if files.initrd:
        parts["ramdisk"] = variable("INITRD")
    path, place = make_fit(files, folder, parts)
    print(files.map.check())
    out = variable("OUT") or O + "/tessera.itb"
    shutil.copyfile(path, out)
    shutil.rmtree(folder)
    print("  FIT     %s, %d bytes, kernel to %#x. At U-Boot's prompt:\n"
          "          load mmc 1:1 ${kernel_addr_r} %s; bootm ${kernel_addr_r}%s" % (
              out, os.path.getsize(out), place, os.path.basename(out), "" if files.tree else
              " %s ${fdtcontroladdr}" % ("${kernel_addr_r}" if files.initrd else "-")))


def make_folder(name):
    folder = os.path.join(O, "boot", name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def kernel_of_card(files, folder, kind):
    """Puts the kernel's places into the map; returns the kernel's path and its name on the card."""
    if kind == "fit":
        # This FIT has the kernel alone: extlinux takes the tree and the RAM disk from files of
        # their own.
        return make_fit(files, folder, {"kernel": O + "/Image.gz"})[0], "tessera.itb"
    loaded, place = "kernel, as loaded", "kernel"
    if kind == "Image.gz":
        files.map.load("unpacking", files.map.address("kernel_comp_size"), "kernel_comp_addr_r",
                      (place,))
    elif kind != "Image":
        raise Refused("KERNEL=%s: Image, Image.gz or fit is expected" % kind)
    # U-Boot unpacks the kernel, moves it back to where it was loaded, and from there to its place.
    files.map.load(loaded, len(files.image), "kernel_addr_r", (place,))
    files.map.put(place, files.map.place(), files.in_ram, (loaded, "unpacking"))
    return O + "/" + kind, kind


def genimage(board, folder, names, bytes_in_all):
    """Runs genimage with the board's own genimage.cfg, or with the common one."""
    recipe = board + "/genimage.cfg"
    if not os.path.exists(recipe):
        recipe = "scripts/genimage.cfg"
    size = max(PARTITION_MIB, bytes_in_all // MIB + PARTITION_MIB // 8)
    text = read(recipe).decode().replace("@SIZE@", "%dM" % size)
    rows = "".join('\t\tfile "%s" { image = "%s" }\n' % (name, name) for name in names)
    with open(folder + "/genimage.cfg", "w", encoding="utf-8") as f:
        f.write(text.replace("\t\t@FILES@\n", rows))
    run(["genimage", "--config", folder + "/genimage.cfg", "--inputpath", folder + "/files",
         "--outputpath", folder, "--rootpath", folder + "/root", "--tmppath", folder + "/tmp"],
        "genimage")


def sdimage(board, tree):
    files = Files(board, tree)
    folder = make_folder("sdimage")
    kind = variable("KERNEL") or "Image"
    card = {}
    path, name = kernel_of_card(files, folder, kind)
    card[name] = read(path)
    rows = ["\tkernel /" + name]
    for content, name, word, where in ((files.tree, "board.dtb", "fdt", "fdt_addr_r"),
                                       (files.initrd, "initrd", "initrd", "ramdisk_addr_r")):
        if content is not None:
            card[name] = content
            rows.append("\t%s /%s" % (word, name))
            files.map.load(name, len(content) + (TREE_ROOM if word == "fdt" else 0), where)
    if variable("APPEND"):
        rows.append("\tappend " + variable("APPEND"))
    card["extlinux/extlinux.conf"] = (EXTLINUX + "\n".join(rows) + "\n").encode()
    files.map.load("extlinux.conf", len(card["extlinux/extlinux.conf"]), "scriptaddr")
    table = files.map.check()
    for folder_name in ("files/extlinux", "root", "tmp"):
        os.makedirs(os.path.join(folder, folder_name))
    for name, content in card.items():
        with open(os.path.join(folder, "files", name), "wb") as f:
            f.write(content)
    genimage(board, folder, card, sum(map(len, card.values())))
    out = variable("OUT") or O + "/sd.img"
    shutil.move(folder + "/sd.img", out)
    shutil.rmtree(folder)
    print(table)
    print("  SDIMAGE %s: %s. Onto a card: sudo dd if=%s of=/dev/sdX bs=1M conv=fsync" % (
        out, ", ".join(card), out))


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("fit", "sdimage"):
        sys.exit(__doc__)
    try:
        tree = fdt.Tree(read(sys.argv[3]), sys.argv[3])
        {"fit": fit, "sdimage": sdimage}[sys.argv[1]](sys.argv[2], tree)
    except (Refused, fdt.Unusable) as e:
        sys.exit("%s: %s" % (sys.argv[1], e))


if __name__ == "__main__":
    main()
